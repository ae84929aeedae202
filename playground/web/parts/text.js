// The text, a cell a character, and the player's controls. It triggers "show" where gradio's controls are to follow the
// store.

import * as characters from "../core/characters.js";
import * as dom from "../core/dom.js";
import { around, eachFrame, keep, make, picture } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { glyph, glyphs, nameOf } from "../core/glyphs.js";
import * as runs from "../core/runs.js";
import { spans } from "../core/spans.js";
import { seen, state, subscribe, update } from "../core/store.js";
import { announcer } from "./announce.js";
import { cellKeys } from "./cellkeys.js";
import { files } from "./files.js";
import { play } from "./player.js";
import { rewritingSwitch } from "./rewritingswitch.js";
import { bringIntoSight } from "./sight.js";
import { under } from "./under.js";
import { versions } from "./versions.js";

const COLOURS = ["surprise", "probability", "rank", "none"];
const STILL = matchMedia("(prefers-reduced-motion: reduce)").matches;

/** @param {GradioParts} parts */
export function mount({ element, trigger }) {
  const prompted = () => state.run?.prompted ?? 0;

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  /** @param {string} key @param {() => void} click */
  const button = (key, click) => make("button", { class: "quiet", title: words[key], "aria-label": words[key], on: { click } }, picture(key));
  const playButton = button("play", play.toggle);
  playButton.classList.add("main");
  const scrub = make("input", { type: "range", class: "scrub", min: 0, max: 0, value: 0, "aria-label": words.scrub });
  const speed = make("input", { type: "range", class: "speed", min: 0, max: 1, step: 0.01, value: STILL ? 1 : 0.5, "aria-label": words.speed });
  const speedNow = keep(make("output", { class: "muted" }));
  const colour = make("select", { id: "colour", "aria-label": words.colour_by }, ...COLOURS.map((name) => make("option", { value: name, text: words[name] })));
  const legend = keep(make("span", { class: "scale", "aria-hidden": "true" }));
  const progress = make("span", { class: "muted progress" });
  const detail = make("div", { class: "detail", "aria-live": "polite" });
  const cellBox = keep(make("div", { class: "cells", role: "group", "aria-label": words.text }));

  element.replaceChildren(
    make("div", { class: "player" },
      make("div", { class: "transport" },
        button("to_start", () => play.go(prompted())), button("back", () => play.go(state.cursor - 1)), playButton,
        button("forward", () => play.go(state.cursor + 1)), button("to_end", () => play.go(Infinity))),
      scrub, progress),
    cellBox, announcer(), make("div", { class: "below" }, make("div", { class: "said" }, under(), detail), rewritingSwitch()),
    make("div", { class: "kept" }, versions(), files()),
    make("div", { class: "looks" },
      make("label", { class: "pace" }, make("span", { class: "muted", text: words.speed_label }), speed, speedNow),
      make("label", { class: "by" }, make("span", { class: "muted", text: words.colour_by }), colour, legend)));

  scrub.addEventListener("input", () => play.go(prompted() + Number(scrub.value)));
  speed.addEventListener("input", () => { update({ pace: paceOf(speed.value) }); drawPlayer(); });
  colour.addEventListener("change", () => { levels = new WeakMap(); draw(true); });
  // From 2 characters a second to 400, and at the end all at once.
  /** @param {string | number} position */
  const paceOf = (position) => (Number(position) >= 0.995 ? Infinity : Math.round(2 * 200 ** Number(position)));

  // ── Cells ────────────────────────────────────────────────────────────────────────────────────────
  /** @type {Entry[]} */
  const drawn = []; // { cell, node, step, future, at, level }
  /** @type {WeakMap<Step, number>} */
  let levels = new WeakMap();
  /** @type {WeakMap<Step, Judgement>} */
  const judged = new WeakMap();

  /** @param {Step} step */
  function judge(step) {
    const known = judged.get(step) ?? runs.judge(step);
    judged.set(step, known);
    return known;
  }

  // 0 is as expected, 1 a great surprise.
  /** @param {Step} step */
  function level(step) {
    const known = levels.get(step);
    if (known !== undefined) return known;
    if (!runs.hasRow(step)) return 0; // it is coloured when its row is here
    const { probability, rank, surprise } = judge(step);
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
    leave: () => playButton.focus(),
  });
  const placeNow = () => { const at = drawn.findIndex((entry) => entry.at); return at < 0 ? drawn.length - 1 : at; };

  /** @param {boolean} [all] */
  function draw(all = false) {
    const { run } = seen();
    if (!state.behind) cellBox.classList.remove("behind");
    if (!run) return drawPlayer();
    document.body.classList.add("drawn"); // before that, loading.css shows what is to come
    keys.around(() => drawCells(all, run), placeNow);
    const { at } = seen();
    if (at !== followed) bringIntoSight(cellBox, drawn[placeNow()]?.node);
    followed = at;
    drawPlayer();
  }

  /** @param {boolean} all @param {Run} run */
  function drawCells(all, run) {
    const { shown, cursor, at: place } = seen();
    const cells = runs.cellsUntil(run, shown);
    let same = 0;
    while (same < drawn.length && same < cells.length && alike(drawn[same], cells[same], run)) same++;
    // A text that the slider bends changes many times a second: its nodes stay, and say something else. Any other has new ones,
    // which tell that the pointer is over them.
    for (const { node } of drawn.splice(state.draft ? cells.length : same)) node.remove();
    for (let i = same; i < cells.length; i++) {
      const cell = cells[i];
      const step = run.steps[cell.place];
      const kept = drawn[i];
      const node = kept?.node ?? make("span", { class: "cell", role: "button", tabindex: -1, "data-index": i });
      if (kept?.cell.text !== cell.text || kept.cell.special !== cell.special || kept.unit !== run.unit) say(node, cell, run);
      node.classList.toggle("prompt", cell.prompt);
      node.classList.toggle("unknown", cell.unknown !== undefined);
      node.classList.toggle("special", Boolean(cell.special));
      node.classList.toggle("hand", Boolean(step?.hand));
      if (kept) Object.assign(kept, { cell, step, unit: run.unit });
      else {
        drawn.push({ cell, node, step, unit: run.unit, future: false, at: false, level: -1, band: "" });
        cellBox.append(node);
      }
    }
    const mixed = spans(run, shown).length > 1;
    for (const entry of drawn) {
      const { cell, node, step } = entry;
      const future = cell.from >= cursor && cell.to > cell.from;
      const at = cell.from <= place && place < cell.to;
      const value = step && cell.to > cell.from ? level(step) : 0;
      if (future !== entry.future) node.classList.toggle("future", future);
      if (at !== entry.at) node.classList.toggle("at", at);
      if (all || value !== entry.level) node.style.setProperty("--level", value.toFixed(3));
      // Where parts were written at several temperatures, a band under each tells which.
      const band = mixed && step?.settings && !step.hand ? format.heat(step.settings.temperature) : "";
      if (band !== entry.band) node.style.borderBottom = band && `2px solid ${band}`;
      Object.assign(entry, { future, at, level: value, band });
    }
  }

  /** @param {HTMLElement} node @param {Cell} cell @param {Run} run */
  function say(node, cell, run) {
    dom.retext(node, run.unit === "token" ? glyphs(cell.text) : glyph(cell.text));
    dom.write(node, "aria-label", nameOf(cell));
    node.classList.toggle("turned", characters.turns(cell.text));
    node.classList.toggle("coded", characters.coded(node.textContent));
  }

  /** @param {Entry} entry @param {Cell} cell @param {Run} run */
  const alike = (entry, cell, run) => entry.cell.text === cell.text && entry.cell.from === cell.from && entry.cell.to === cell.to
    && entry.cell.place === cell.place && entry.cell.prompt === cell.prompt && entry.cell.special === cell.special
    && entry.cell.unknown === cell.unknown && (cell.place < run.prompted || entry.step === run.steps[cell.place]);

  /** @type {number | null} */
  let followed = null;

  function drawPlayer() {
    const { run, cursor, playing, pace, busy } = state;
    document.body.classList.toggle("writing", playing || busy);
    const act = playing ? "pause" : "play";
    if (playButton.title !== String(words[act]) || !playButton.firstChild) {
      playButton.replaceChildren(picture(act));
      for (const name of ["aria-label", "title"]) dom.write(playButton, name, words[act]);
    }
    speedNow.textContent = pace === Infinity ? "∞" : format.say("speed_now", { n: pace });
    const range = legends()[colour.value];
    legend.replaceChildren(...(range ? [make("span", { text: range[0] }), make("i"), make("span", { text: range[1] })] : []));
    if (!run) return;
    const all = run.steps.length - run.prompted;
    scrub.max = String(all);
    scrub.value = String(Math.max(0, cursor - run.prompted));
    scrub.disabled = all === 0;
    const at = Math.max(0, cursor - run.prompted);
    keep(progress, all > 0); // it changes many times a second
    progress.textContent = all ? format.say(progressKey({ run, busy }), { at, all: busy ? run.expected : all }) : words.nothing_written;
  }

  // While it is written, a run that may stop early has at most so many; once it is all here, it says what stopped it.
  /** @param {{ run: Run, busy: boolean }} state */
  function progressKey({ run, busy }) {
    if (busy) return run.settings.stop === "none" ? "progress" : "progress_at_most";
    return { line: "progress_line", end: "progress_end" }[run.stopped ?? ""] || "progress";
  }

  function drawDetail() {
    const { peek } = state;
    // A cell without ids shares its place with the next one.
    const entry = peek === null ? null : pointed && pointed.cell.place === peek ? pointed : drawn.find(({ cell }) => cell.place === peek);
    if (!entry || !entry.step) { detail.textContent = ""; return; }
    const { probability, rank, surprise } = judge(entry.step);
    const key = entry.step.hand ? "cell_by_hand" : entry.step.settings === null ? "cell_prompt" : "cell_written";
    const said = format.say(key, { p: format.percent(probability), rank, bits: surprise === Infinity ? "∞" : surprise.toFixed(2) });
    const { text, unknown, from, to } = entry.cell;
    const character = format.quoted(text);
    const told = unknown === undefined ? [] : [unknown ? format.say("cell_unknown", { character, replacement: format.spoken(unknown) })
      : format.say("cell_skipped", { character })];
    const name = keep(make("span", { text: characters.isolated(characters.bounded(nameOf(entry.cell))) }));
    const parts = [...(to > from ? [[name, `: ${said}`]] : []), ...told.map((sentence) => [sentence])];
    detail.replaceChildren(...parts.flatMap((part, i) => (i ? [" · ", ...part] : part)));
  }

  // Pointing at a cell, or coming to it with the keyboard (cellkeys.js), shows its moment; a click goes back there.
  /** @param {Event} event */
  const entryOf = (event) => {
    const node = around(event.target, ".cell");
    return node ? drawn[Number(node.dataset.index)] : null;
  };
  /** @type {Entry | null} */
  let pointed = null;
  /** @param {Event} event */
  const look = (event) => {
    const entry = entryOf(event);
    if (!entry || state.playing || state.draft) return;
    pointed = entry;
    update({ peek: entry.cell.place });
  };
  const lookAway = () => { if (state.peek !== null) update({ peek: null }); };
  cellBox.addEventListener("pointerover", look);
  cellBox.addEventListener("focusin", look);
  cellBox.addEventListener("pointerleave", lookAway);
  cellBox.addEventListener("focusout", lookAway);
  /** @param {Event} event */
  const goBack = (event) => {
    const entry = entryOf(event);
    if (entry) play.go(entry.cell.place);
  };
  cellBox.addEventListener("click", goBack);

  // On a small phone the text is below what is seen.
  function bringIntoView() {
    const { top, bottom } = cellBox.getBoundingClientRect();
    if (bottom > innerHeight && top > innerHeight * 0.8) cellBox.scrollIntoView({ block: "center", behavior: STILL ? "auto" : "smooth" });
  }

  const redraw = eachFrame(() => draw());
  subscribe((_, patch) => {
    if (["run", "draft", "behind", "hold", "cursor", "shown", "busy", "playing", "pace", "language"].some((name) => name in patch)) redraw();
    if ("peek" in patch || "language" in patch) drawDetail();
    if (patch.behind) cellBox.classList.add("behind"); // before the bars are drawn
    if (patch.playing && innerWidth < 760) bringIntoView();
  });
  play.connect(trigger);
  update({ pace: paceOf(speed.value) });
}
