// The text, one cell per character, and the player's controls. It triggers "show" when gradio's controls should
// follow the store.

import * as characters from "../core/characters.js";
import * as dom from "../dom.js";
import { afterDrawing, around, eachFrame, keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { glyph, glyphs, nameOf } from "../core/glyphs.js";
import * as runs from "../core/runs.js";
import { spans } from "../core/spans.js";
import { visibleRun, state, subscribe, update } from "../core/store.js";
import { announcer } from "./announce.js";
import { cellKeys } from "./cellkeys.js";
import { files } from "./files.js";
import { judgementOf } from "./judgements.js";
import { play } from "./player.js";
import { rewritingSwitch } from "./rewritingswitch.js";
import { bringIntoSight, scrollPageTo } from "./sight.js";
import { transport } from "./transport.js";
import { settingsLine } from "./under.js";
import { versions } from "./versions.js";
import { showWriting } from "./writingbuttons.js";

const COLOURS = ["surprise", "probability", "rank", "none"];
const ONE_MOVEMENT = 200; // milliseconds between two texts of a drag within which they look like one movement
const REDUCED_MOTION = matchMedia("(prefers-reduced-motion: reduce)").matches;

/** @param {GradioParts} parts */
export function mount({ element, trigger }) {
  const promptLength = () => state.run?.prompted ?? 0;

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const buttons = transport({
    toStart: () => play.go(promptLength()), back: () => play.move(-1), toggle: play.toggle,
    forward: () => play.move(1), toEnd: () => play.go(Infinity),
  });
  const scrub = make("input", { type: "range", class: "scrub", min: 0, max: 0, value: 0, "aria-label": words.scrub });
  const speed = make("input", { type: "range", class: "speed", min: 0, max: 1, step: 0.01, value: REDUCED_MOTION ? 1 : 0.5, "aria-label": words.speed });
  const speedText = keep(make("output", { class: "muted" }));
  const colour = make("select", { id: "colour", "aria-label": words.colour_by }, ...COLOURS.map((name) => make("option", { value: name, text: words[name] })));
  const legend = keep(make("span", { class: "scale", "aria-hidden": "true" }));
  const progress = make("span", { class: "muted progress" });
  const detail = make("div", { class: "detail", "aria-live": "polite" });
  const cellBox = keep(make("div", { class: "cells", role: "group", "aria-label": words.text }));

  element.replaceChildren(
    make("div", { class: "player" }, buttons.node, scrub, progress),
    cellBox, announcer(), make("div", { class: "said" }, settingsLine(), detail),
    make("div", { class: "kept" }, versions(), files()),
    make("div", { class: "looks" },
      make("label", { class: "pace" }, make("span", { class: "muted", text: words.speed_label }), speed, speedText), rewritingSwitch(),
      make("label", { class: "by" }, make("span", { class: "muted", text: words.colour_by }), colour, legend)));

  scrub.addEventListener("input", () => play.go(promptLength() + Number(scrub.value)));
  speed.addEventListener("input", () => { update({ pace: paceOf(speed.value) }); drawPlayer(); });
  colour.addEventListener("change", () => { levels = new WeakMap(); draw(true); });
  // From 2 to 400 characters a second, and all at once at the end.
  /** @param {string | number} position */
  const paceOf = (position) => (Number(position) >= 0.995 ? Infinity : Math.round(2 * 200 ** Number(position)));

  // ── Cells ────────────────────────────────────────────────────────────────────────────────────────
  /** @type {Entry[]} */
  const drawn = []; // { cell, node, step, future, at, level }
  /** @type {WeakMap<Step, number>} */
  let levels = new WeakMap();

  // The colour level of a step: 0 as expected, 1 very surprising.
  /** @param {Step} step */
  function level(step) {
    const cached = levels.get(step);
    if (cached !== undefined) return cached;
    if (!runs.hasRow(step)) return 0; // coloured once its logits arrive
    const { probability, rank, surprise } = judgementOf(step);
    /** @type {Record<string, number>} */
    const values = { probability: 1 - probability, rank: Math.min(1, Math.log2(rank) / Math.log2(32)), surprise: Math.min(1, surprise / 8), none: 0 };
    levels.set(step, values[colour.value]);
    return values[colour.value];
  }

  /** @returns {Record<string, string[] | null>} */
  const legends = () => ({ probability: ["100 %", "0 %"], rank: ["1", "32+"], surprise: [format.say("bits", { n: 0 }), "8+"], none: null });

  const keys = cellKeys(cellBox, drawn, {
    go: play.go,
    playFrom: (place) => { play.go(place); play.toggle(); },
    leave: buttons.focus,
  });
  function selectedIndex() {
    const index = drawn.findIndex((entry) => entry.at);
    return index < 0 ? drawn.length - 1 : index;
  }

  /** @param {boolean} [all] */
  function draw(all = false) {
    const { run } = visibleRun();
    if (!state.behind) cellBox.classList.remove("behind");
    else if (state.draft !== drawnDraft) restartBehind();
    drawnDraft = state.draft;
    if (!run) return drawPlayer();
    document.body.classList.add("drawn"); // until then loading.css shows placeholders
    keys.around(() => drawCells(all, run), selectedIndex);
    const { at } = visibleRun();
    const startsToPlay = state.playing && !wasPlaying;
    if (at !== shownPlace || startsToPlay) afterDrawing(() => showPlace(startsToPlay && innerWidth < 760));
    shownPlace = at;
    wasPlaying = state.playing;
    drawPlayer();
  }

  // Scrolls the text to its place, and the page too if `pageToo`: the box may be above or below a small window.
  /** @param {boolean} pageToo */
  function showPlace(pageToo) {
    const cell = drawn[selectedIndex()]?.node;
    bringIntoSight(cellBox, cell);
    if (pageToo) scrollPageTo(cellBox, cell, REDUCED_MOTION ? "auto" : "smooth");
  }

  // A text that is behind turns grey after a delay (text.css). While new texts arrive too quickly for a lag to be visible,
  // each restarts the delay.
  /** @type {Run | null} */
  let drawnDraft = null;
  let behindSince = 0;
  function restartBehind() {
    const now = performance.now();
    if (now - behindSince < ONE_MOVEMENT) {
      cellBox.classList.remove("behind");
      getComputedStyle(cellBox).color; // else the browser would see no change
      cellBox.classList.add("behind");
    }
    behindSince = now;
  }

  /** @param {boolean} all @param {Run} run */
  function drawCells(all, run) {
    const { shown, cursor, at: place } = visibleRun();
    const cells = runs.cellsUntil(run, shown);
    let sameCount = 0;
    const shorter = Math.min(drawn.length, cells.length);
    while (sameCount < shorter && isSame(drawn[sameCount], cells[sameCount], run)) sameCount++;
    // While the slider rewrites a text many times a second, its nodes are reused. Otherwise new nodes are made, so
    // that they fire pointer events under a resting pointer.
    for (const { node } of drawn.splice(state.draft ? cells.length : sameCount)) node.remove();
    for (let i = sameCount; i < cells.length; i++) {
      const cell = cells[i];
      const step = run.steps[cell.place];
      const entry = drawn[i];
      const node = entry?.node ?? make("span", { class: "cell", role: "button", tabindex: -1, "data-index": i });
      if (entry?.cell.text !== cell.text || entry.cell.special !== cell.special || entry.unit !== run.unit) drawCell(node, cell, run);
      node.classList.toggle("prompt", cell.prompt);
      node.classList.toggle("unknown", cell.unknown !== undefined);
      node.classList.toggle("special", Boolean(cell.special));
      node.classList.toggle("hand", Boolean(step?.hand));
      if (entry) Object.assign(entry, { cell, step, unit: run.unit });
      else {
        drawn.push({ cell, node, step, unit: run.unit, future: false, at: false, level: -1, band: "" });
        cellBox.append(node);
      }
    }
    const isMixed = spans(run, shown).length > 1;
    for (const entry of drawn) {
      const { cell, node, step } = entry;
      const future = cell.from >= cursor && cell.to > cell.from;
      const at = cell.from <= place && place < cell.to;
      const value = step && cell.to > cell.from ? level(step) : 0;
      if (future !== entry.future) node.classList.toggle("future", future);
      if (at !== entry.at) node.classList.toggle("at", at);
      if (all || value !== entry.level) node.style.setProperty("--level", value.toFixed(3));
      // If parts have different temperatures, a coloured band under each shows which.
      const band = isMixed && step?.settings && !step.hand ? format.heat(step.settings.temperature) : "";
      if (band !== entry.band) node.style.borderBottom = band && `2px solid ${band}`;
      Object.assign(entry, { future, at, level: value, band });
    }
  }

  /** @param {HTMLElement} node @param {Cell} cell @param {Run} run */
  function drawCell(node, cell, run) {
    dom.retext(node, run.unit === "token" ? glyphs(cell.text) : glyph(cell.text));
    dom.write(node, "aria-label", nameOf(cell));
    node.classList.toggle("turned", characters.hasRightToLeft(cell.text));
    node.classList.toggle("coded", characters.isCodePoint(node.textContent));
  }

  /** @param {Entry} entry @param {Cell} cell @param {Run} run */
  const isSame = (entry, cell, run) => entry.cell.text === cell.text && entry.cell.from === cell.from && entry.cell.to === cell.to
    && entry.cell.place === cell.place && entry.cell.prompt === cell.prompt && entry.cell.special === cell.special
    && entry.cell.unknown === cell.unknown && (cell.place < run.prompted || entry.step === run.steps[cell.place]);

  /** @type {number | null} */
  let shownPlace = null;
  let wasPlaying = false;

  function drawPlayer() {
    const { run, cursor, playing, pace, busy } = state;
    showWriting(playing || busy);
    buttons.show(playing);
    dom.retext(speedText, pace === Infinity ? "∞" : format.counting("speed_now", run?.counted ?? "character", { n: pace }));
    const range = legends()[colour.value];
    dom.refill(legend, range ? [make("span", { text: range[0] }), make("i"), make("span", { text: range[1] })] : []);
    if (!run) return;
    const all = run.steps.length - run.prompted;
    scrub.max = String(all);
    scrub.value = String(Math.max(0, cursor - run.prompted));
    scrub.disabled = all === 0 && document.activeElement !== scrub; // which would lose the focus
    const at = Math.max(0, cursor - run.prompted);
    keep(progress, all > 0); // it changes too often to translate
    dom.retext(progress, all ? format.counting(progressKey({ run, busy }), run.counted, { at, all: busy ? run.expected : all }) : String(words.nothing_written));
  }

  // While generating, a run that may stop early shows a maximum; once complete, why it stopped.
  /** @param {{ run: Run, busy: boolean }} state */
  function progressKey({ run, busy }) {
    if (busy) return run.settings.stop === "none" ? "progress" : "progress_at_most";
    return { line: "progress_line", end: "progress_end" }[run.stopped ?? ""] || "progress";
  }

  function drawDetail() {
    const { peek } = state;
    // A cell without ids shares its place with the next cell.
    const entry = peek === null ? null : pointedEntry && pointedEntry.cell.place === peek ? pointedEntry : drawn.find(({ cell }) => cell.place === peek);
    if (!entry || !entry.step) { detail.textContent = ""; return; }
    const { probability, rank, surprise } = judgementOf(entry.step);
    const key = entry.step.hand ? "cell_by_hand" : entry.step.settings === null ? "cell_prompt" : "cell_written";
    const judgementText = format.say(key, { p: format.percent(probability), rank, bits: surprise === Infinity ? "∞" : surprise.toFixed(2) });
    const { text, unknown, from, to } = entry.cell;
    const character = format.quoted(text);
    const remarks = unknown === undefined ? [] : [unknown ? format.say("cell_unknown", { character, replacement: format.spoken(unknown) })
      : format.say("cell_skipped", { character })];
    const name = keep(make("span", { text: characters.isolate(characters.limitMarks(nameOf(entry.cell))) }));
    const parts = [...(to > from ? [[name, `: ${judgementText}`]] : []), ...remarks.map((sentence) => [sentence])];
    detail.replaceChildren(...parts.flatMap((part, i) => (i ? [" · ", ...part] : part)));
  }

  // Pointing at or focusing a cell (cellkeys.js) shows its moment; a click goes back there.
  /** @param {Event} event */
  const entryOf = (event) => {
    const node = around(event.target, ".cell");
    return node ? drawn[Number(node.dataset.index)] : null;
  };
  /** @type {Entry | null} */
  let pointedEntry = null;
  /** @param {Event} event */
  const pointAtCell = (event) => {
    const entry = entryOf(event);
    if (!entry || state.playing || state.draft) return;
    pointedEntry = entry;
    update({ peek: entry.cell.place });
  };
  const clearPointed = () => { if (state.peek !== null) update({ peek: null }); };
  cellBox.addEventListener("pointerover", pointAtCell);
  cellBox.addEventListener("focusin", pointAtCell);
  cellBox.addEventListener("pointerleave", clearPointed);
  cellBox.addEventListener("focusout", clearPointed);
  /** @param {Event} event */
  const goBack = (event) => {
    const entry = entryOf(event);
    if (entry) play.go(entry.cell.place);
  };
  cellBox.addEventListener("click", goBack);

  const redraw = eachFrame(() => draw());
  subscribe((_, patch) => {
    if (["run", "draft", "behind", "hold", "cursor", "shown", "busy", "playing", "pace", "language"].some((name) => name in patch)) redraw();
    if ("peek" in patch || "language" in patch) drawDetail();
    if (patch.behind) {
      if (!cellBox.classList.contains("behind")) behindSince = performance.now();
      cellBox.classList.add("behind"); // immediately, before the bars are drawn
    }
  });
  play.connect(trigger);
  update({ pace: paceOf(speed.value) });
}
