// A translation as it is written: its letters, the player's buttons, and the bars and the dart at the selected place. A click
// on a letter goes back to it; a click on a bar overrules the dice there. It plays a complete answer letter by letter, as
// the Play tab plays its text: it reports the place to the section, and requests another answer through `rewrite`.

import { bars } from "../../charts/bars.js";
import { cumulative } from "../../charts/cumulative.js";
import { distributionOf } from "../../core/distribution.js";
import { keep, make, retext } from "../../dom.js";
import * as format from "../../core/format.js";
import { words } from "../../core/i18n.js";
import * as sampling from "../../core/sampling.js";
import { state } from "../../core/store.js";
import * as translation from "../../core/translation.js";
import { cellKeys } from "../cellkeys.js";
import { headed } from "../headed.js";
import { transport } from "../transport.js";
import { settingsFor } from "./common.js";

const LETTER_PAUSE = 45; // milliseconds from letter to letter

/** @typedef {import("../../core/translation.js").Written} Written */
/** @typedef {{ of: Written, taught: boolean, parted: number | null }} Shown  taught: teacher forcing; parted: the letter at which it diverges from the reference */

/**
 * @param {{ moved: () => void, rewrite: (at: number, id: number | null) => void }} section
 *   `moved` is called when the place or the revealed text changes; `rewrite` with a place and the id for it, or null to
 *   let the dice decide again
 */
export function translationWriting({ moved: onMove, rewrite }) {
  /** @type {Written | null} */
  let own = null; // what is written; `steps` are its letters
  /** @type {Step[]} */
  let steps = [];
  let cursor = 0; // the number of letters before the place
  let shown = 0; // the number of letters revealed
  let playing = false;
  let timer = 0;
  let isForcing = false;
  /** @type {number | null} */
  let peek = null; // the letter that is pointed at
  /** @type {number | null} */
  let pinned = null; // the letter selected under teacher forcing; null: the last one
  let resumption = { at: 0, plays: true }; // where to go on once a requested rewrite arrives
  /** @type {{ node: HTMLElement, cell: any, look: string, name: string }[]} */
  const drawn = [];

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const letters = keep(make("div", { class: "letters", role: "group", "aria-label": words.shape_translate_written }));
  const buttons = transport({ toStart: () => go(0), back: () => go(currentPlace() - 1), toggle, forward: () => go(currentPlace() + 1), toEnd: () => go(Infinity) });
  const progress = keep(make("span", { class: "muted progress" }));
  const player = make("div", { class: "player" }, make("button", { class: "quiet", text: words.step, title: words.step_title, on: { click: step } }), buttons.node, progress);
  const heading = make("h3");
  const barsHost = make("div");
  const lineHost = make("div");
  const handNote = make("p", { class: "muted" });
  const chart = bars(barsHost, { pick });
  const line = cumulative(lineHost, { pick, step });
  const keys = cellKeys(letters, drawn, { go, playFrom: (place) => { go(place); toggle(); }, leave: buttons.focus });

  // ── The place ────────────────────────────────────────────────────────────────────────────────────
  // A text drawn under other settings is valid up to where the dice give another letter under the current ones. The
  // rest is hidden until the new answer arrives.
  let validCache = { steps, settings: state.settings, count: 0 }; // computed once per answer and settings
  function validCount() {
    const { settings } = state;
    if (own && (validCache.steps !== steps || validCache.settings !== settings)) {
      validCache = { steps, settings, count: translation.unchangedSteps(steps, settings, settingsFor(own.symbols)) };
    }
    return own ? validCache.count : 0;
  }
  const currentPlace = () => Math.min(cursor, validCount());
  const revealedCount = () => Math.min(shown, validCount());

  // The letter that the bars show; at the end of the text it is the last one.
  /** @param {Written} of */
  function placeIn(of) {
    const pointedLetter = peek !== null && (isForcing || peek < revealedCount()) ? peek : null;
    return Math.max(0, Math.min(pointedLetter ?? (isForcing ? pinned ?? Infinity : currentPlace()), of.ids.length - 1));
  }

  /** @param {number} to */
  function move(to) {
    cursor = Math.max(0, Math.min(to, validCount()));
    shown = Math.max(revealedCount(), cursor);
    peek = null;
    onMove();
  }

  /** @param {number} at */
  function go(at) {
    pause();
    if (!isForcing) return move(at);
    [pinned, peek] = [at, null];
    onMove();
  }

  function toggle() {
    if (isForcing) return;
    if (playing) {
      pause();
      return onMove();
    }
    if (currentPlace() >= steps.length) cursor = 0;
    play();
  }

  // Reveals the letters one by one, or all at once if the user prefers reduced motion.
  function play() {
    playing = true;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) cursor = Infinity;
    move(cursor);
    advance();
  }

  function advance() {
    clearTimeout(timer);
    if (!playing) return;
    if (currentPlace() >= steps.length) {
      playing = false;
      return onMove();
    }
    timer = setTimeout(() => {
      if (currentPlace() < validCount()) move(currentPlace() + 1); // else the answer has not arrived yet
      advance();
    }, LETTER_PAUSE);
  }

  function pause() {
    playing = false;
    clearTimeout(timer);
  }

  // Adds the letter under the dart. If the translation continues with a hand-chosen letter, the dice decide again.
  function step() {
    pause();
    const at = currentPlace();
    if (!own || at >= validCount()) return onMove();
    if (!steps[at].hand) return move(at + 1);
    const { row, drawn: stages } = distributionOf({ logits: steps[at].logits, symbols: own.symbols }, settingsFor(own.symbols));
    if (sampling.chosen(row, stages, sampling.dice(state.settings.seed, at)) === steps[at].id) return move(at + 1);
    resumption = { at: at + 1, plays: false };
    rewrite(at, null);
  }

  // A clicked bar overrules the dice at its place, and the translation continues from there.
  /** @param {number} id */
  function pick(id) {
    if (!own || isForcing) return;
    pause();
    const at = placeOfBars(own);
    if (steps[at].id === id && at < validCount()) {
      move(at + 1);
      return play();
    }
    resumption = { at: at + 1, plays: true };
    rewrite(at, id);
  }
  /** @param {Written} of */
  const placeOfBars = (of) => Math.min(currentPlace(), of.ids.length - 1);

  // Takes another answer, drawn under these settings. The common beginning of both texts stays revealed; if the user had
  // paused inside it, it stays paused.
  /** @param {Written} written @param {{ settings: Settings, byHand: boolean }} how */
  function take(written, { settings, byHand }) {
    const isSameText = own && own.model === written.model && own.source.join() === written.source.join() && steps[0].settings?.seed === settings.seed;
    const isResting = isSameText && !playing && cursor < steps.length;
    const commonLength = own ? Math.min(translation.divergesAt(own.ids, written.ids), validCount()) : 0;
    [cursor, shown] = [Math.min(cursor, commonLength), Math.min(shown, commonLength)];
    own = written;
    steps = translation.stepsOf(written, settings, settingsFor(written.symbols).bias ?? []);
    peek = pinned = null;
    if (byHand) move(resumption.at);
    if (byHand ? resumption.plays : !isResting) play();
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  /** @param {Shown} given */
  function draw({ of, taught: newForcing, parted: divergence }) {
    if (isForcing !== newForcing) peek = pinned = null;
    isForcing = newForcing;
    player.hidden = lineHost.hidden = line.save.hidden = isForcing;
    keys.around(() => drawLetters(of, divergence), () => placeIn(of));
    buttons.show(playing);
    progress.textContent = format.say(of.ended && currentPlace() >= steps.length ? "progress_line" : "progress", { at: currentPlace(), all: steps.length });
    drawBars(of);
  }

  /** @param {Written} of @param {number | null} divergence */
  function drawLetters(of, divergence) {
    const ids = isForcing ? translation.likeliestIds(of) : of.ids.slice(0, revealedCount());
    for (const { node } of drawn.splice(ids.length)) node.remove();
    ids.forEach((id, i) => {
      if (!drawn[i]) {
        const node = make("button", { tabindex: -1, "data-at": i, "data-index": i, on: { click: () => go(i) } });
        drawn.push({ node, cell: { place: i }, look: "", name: "" });
        letters.append(node);
      }
      const hand = !isForcing && steps[i].hand;
      const look = ["letter cell", isForcing && id !== of.ids[i] && "missed", i === divergence && "parts", hand && "hand", !isForcing && i >= currentPlace() && "future"].filter(Boolean).join(" ");
      const name = `${format.called(of.symbols[id], false)}${hand ? `, ${words.cell_by_hand}` : ""}`;
      const { node } = drawn[i];
      if (drawn[i].look !== look) node.className = drawn[i].look = look;
      if (drawn[i].name !== name) node.setAttribute("aria-label", drawn[i].name = name);
      retext(node, format.seen(of.symbols[id]));
      node.classList.toggle("at", i === placeIn(of));
    });
  }

  // At rest, the dart shows the next draw; for a letter that is pointed at, its own.
  /** @param {Written} of */
  function drawBars(of) {
    const at = placeIn(of);
    const before = of.ids.slice(0, at).map((id) => of.symbols[id]).join("");
    heading.replaceChildren(make("span", { text: before ? format.say("shape_translate_bars", { text: format.quoted(before) }) : format.say("shape_translate_bars_first") }));
    const isDrawn = at !== currentPlace() || playing || currentPlace() >= steps.length;
    const next = isForcing || at < revealedCount() ? { id: of.ids[at], hand: !isForcing && steps[at].hand } : null;
    const u = isForcing ? null : isDrawn ? steps[at].u : sampling.dice(state.settings.seed, at);
    const { symbols } = of;
    const distribution = distributionOf({ logits: of.rows[at], symbols, u, came: next }, settingsFor(symbols));
    chart.draw(distribution);
    line.draw(distribution);
    handNote.replaceChildren(...(next?.hand && u === null ? format.rich("by_hand", { symbol: keep(make("b", { text: format.seen(of.symbols[next.id]) })) }) : []));
  }

  /** @param {number | null} place */
  function look(place) {
    if (playing || peek === place) return;
    peek = place;
    onMove();
  }
  /** @param {Event} event */
  const pointAt = ({ target }) => {
    const at = /** @type {HTMLElement} */ (target).dataset.at;
    if (at !== undefined) look(Number(at));
  };
  for (const type of ["pointerover", "focusin"]) letters.addEventListener(type, pointAt);
  for (const type of ["pointerleave", "focusout"]) letters.addEventListener(type, () => look(null));

  // Shows which letter a row of the map is about.
  /** @param {number | null} row */
  function highlight(row) {
    for (const [i, { node }] of drawn.entries()) node.classList.toggle("lit", i === row);
  }

  return {
    player, letters, bars: make("div", { class: "bars-of" }, headed(heading, chart.save, line.save), barsHost, lineHost, handNote),
    take, draw, light: highlight, go, goOn: advance, placeIn, revealed: (/** @type {Written} */ of) => (isForcing ? of.ids.length : revealedCount()), placed: currentPlace,
    hide: () => clearTimeout(timer),
  };
}
