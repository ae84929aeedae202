// The gap in the middle: any letter of a text can be taken out, and the bars say what stands there, from both sides and from the
// left alone. Under it what becomes of a text that such a model writes (gapwriting.js).

import { bars } from "../../charts/bars.js";
import { distributionOf } from "../../core/distribution.js";
import { eachFrame, keep, make } from "../../core/dom.js";
import * as format from "../../core/format.js";
import * as frames from "../../core/frames.js";
import * as gaps from "../../core/gaps.js";
import { words } from "../../core/i18n.js";
import { subscribe } from "../../core/store.js";
import { asking } from "../asking.js";
import * as modelnames from "../modelnames.js";
import { settingsFor } from "./common.js";
import { gapWriting } from "./gapwriting.js";
import { modelChoice } from "./modelchoice.js";

const USUAL = { model: "shakespeare-masked", text: "To be, or not to be, that is the question: whether 'tis nobler in the mind to suffer", at: "33,65" };
const MOST = 200; // characters of the text
const MOST_GAPS = 12;
const [REACH, NARROW_REACH] = [7, 2]; // letters on each side of a gap that the diagram shows, so that the gap is in sight on a phone too
const LINE = 9; // and the line of a gap
const PAUSE = 60; // milliseconds after a key

/** @typedef {{ symbols: string[], rows: Float32Array[], model: [string, string] }} Side what one model says: a row of logits for each gap */
/** @typedef {{ text: string, gaps: number[], both: Side, left: Side }} Answer */

/** @type {Shape} */
export const gap = {
  name: "gap",
  title: words.shape_gap,
  kind: words.shape_gap_kind,
  point: words.shape_gap_point,
  styles: ["shapegap"],
  task: "masked",
  diagram: { inputs: ["h", "e", null, "l", "o"], outputs: [null, null, "l", null, null], arrows: "both" },
  build,
};

/** @param {ShapeHost} host @returns {ShapePart} */
function build({ link, say, draw: drawDiagram, flow }) {
  const choice = modelChoice({ task: "masked", label: words.models_model, bundled: [[USUAL.model, words[`title_${USUAL.model}`]]], choose });
  let model = choice.first(link.get("gap-model")) ?? USUAL.model;
  let text = [...(link.get("gap-text") ?? USUAL.text)].slice(0, MOST).join("");
  let open = gaps.read(link.get("gap-at") ?? (text === USUAL.text ? USUAL.at : ""), [...text].length, MOST_GAPS) ?? [];
  let at = open[0] ?? -1; // the gap that the bars show
  let cursor = Math.max(0, at); // the letter that Tab comes to
  /** @type {Answer | null} */
  let answer = null;
  let looked = false;
  let waiting = 0;

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const box = keep(make("input", { type: "text", id: "gap-text", class: "typed", maxlength: MOST, autocomplete: "off", spellcheck: "false", value: text, on: { input: typed } }));
  /** @type {HTMLButtonElement[]} */
  const buttons = [];
  let spaced = ""; // where the spaces of the text stand
  const letters = keep(make("div", { class: "letters", role: "group", "aria-label": words.shape_gap_letters }));
  const told = make("p", { class: "told muted", role: "status" });
  const list = keep(make("div", { class: "gaps", role: "group", "aria-label": words.shape_gap_gaps }));
  const both = side(words.shape_gap_both);
  const left = side(words.shape_gap_left);
  const sides = make("div", { class: "sides" }, both.node, left.node);
  const answers = asking("shape-gap", { receive, refused: words.refused_reading });
  const writing = gapWriting({ link, say, model: () => model });
  const node = make("div", { class: "shape-gap" },
    choice.node, make("label", { class: "muted", for: "gap-text", text: words.shape_gap_text }), box,
    make("p", { class: "muted", text: words.shape_gap_hint }), letters, answers.problem, told, list, sides, writing.node);

  /** @param {string} called */
  function side(called) {
    const who = make("span", { class: "muted" });
    const plot = make("div");
    return { node: make("div", {}, make("h3", {}, make("span", { text: called })), who, plot), who, chart: bars(plot) };
  }

  // ── Letters ──────────────────────────────────────────────────────────────────────────────────────
  function typed() {
    open = gaps.moved(text, box.value, open);
    text = box.value;
    if (!open.includes(at)) at = open[0] ?? -1;
    change(PAUSE);
  }

  /** @param {number} place */
  function toggle(place) {
    const next = gaps.toggled(open, place, MOST_GAPS);
    cursor = place;
    if (!next) {
      told.textContent = format.say("shape_gap_many", { n: MOST_GAPS });
      return;
    }
    open = next;
    at = open.includes(place) ? place : (open.find((gap) => gap > place) ?? open.at(-1) ?? -1);
    change(0);
  }

  /** @param {number} pause */
  function change(pause) {
    drawLetters();
    clearTimeout(waiting);
    waiting = setTimeout(ask, pause);
  }

  function drawLetters() {
    const all = [...text];
    cursor = Math.min(cursor, Math.max(0, all.length - 1));
    const focused = letters.contains(document.activeElement);
    while (buttons.length < all.length) buttons.push(make("button", { class: "letter", "data-place": buttons.length }));
    groupInWords(all);
    all.forEach((letter, i) => {
      const button = buttons[i];
      const gone = open.includes(i);
      button.textContent = gone ? "?" : letter === " " ? "\u00a0" : format.seen(letter);
      button.setAttribute("aria-label", format.quoted(letter));
      button.setAttribute("aria-pressed", String(gone));
      button.classList.toggle("at", i === at);
      button.tabIndex = i === cursor ? 0 : -1;
    });
    if (focused) buttons[cursor]?.focus();
  }

  // Lines break between words: each is a group of letters, with the space after it.
  /** @param {string[]} all */
  function groupInWords(all) {
    const now = all.map((letter) => (letter === " " ? " " : "x")).join("");
    if (now === spaced) return;
    spaced = now;
    let at = 0;
    letters.replaceChildren(...(now.match(/x* ?/g) ?? []).filter(Boolean).map((word) =>
      make("span", { class: "word" }, ...buttons.slice(at, (at += word.length)))));
  }

  letters.addEventListener("click", (event) => {
    const place = /** @type {HTMLElement} */ (event.target).dataset.place;
    if (place !== undefined) toggle(Number(place));
  });
  letters.addEventListener("keydown", (event) => {
    const last = [...text].length - 1;
    const to = { ArrowLeft: cursor - 1, ArrowRight: cursor + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    cursor = Math.max(0, Math.min(last, to));
    drawLetters();
  });

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  /** @param {string} name */
  function choose(name) {
    model = name;
    ask();
    if (looked) writing.show();
  }

  function ask() {
    if (!looked) return;
    const usual = text === USUAL.text && open.join() === USUAL.at;
    say({ "gap-text": text === USUAL.text ? null : text, "gap-at": usual ? null : open.join(), "gap-model": model === USUAL.model ? null : model });
    choice.show(model);
    if (open.length) answers.ask("gaps", { model, text, gaps: open });
    else answers.halt();
    draw();
  }

  /** @param {Frame} frame */
  function receive({ head, body }) {
    const read = frames.reader(body);
    const rows = (/** @type {string[]} */ symbols) => open.map(() => read.singles(symbols.length));
    answer = {
      text, gaps: [...open],
      both: { symbols: head.symbols, model: [head.title, head.model], rows: rows(head.symbols) },
      left: { symbols: head.left_symbols, model: [head.left.title, head.left.model], rows: rows(head.left_symbols) },
    };
    draw();
    flow();
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  // What a side says of a gap: the likeliest symbol, its probability, and that of the letter that stood there.
  /** @param {Side} of @param {number} n @param {string} letter */
  function said(of, n, letter) {
    const came = of.symbols.indexOf(letter);
    const shown = distributionOf({ logits: of.rows[n], symbols: of.symbols, came: came < 0 ? null : { id: came, hand: false } }, settingsFor(of.symbols));
    const { row, drawn } = shown;
    const place = row.order.findIndex((entry) => row.ids[entry] === came);
    const share = (/** @type {number} */ entry) => drawn.probabilities[row.order[entry]];
    return { shown, best: of.symbols[row.ids[row.order[0]]], first: share(0), truth: place < 0 ? 0 : share(place) };
  }

  const draw = eachFrame(() => {
    const here = answer && answer.text === text && answer.gaps.join() === open.join() ? answer : null;
    sides.hidden = list.hidden = !open.length;
    if (!open.length) {
      told.textContent = format.say("shape_gap_none");
      return drawDiagram(gap.diagram);
    }
    if (!here) return;
    told.textContent = "";
    const all = [...text];
    list.replaceChildren(...open.map((place, n) => line(here, all, place, n)));
    const n = open.indexOf(at);
    const [one, other] = [said(here.both, n, all[at]), said(here.left, n, all[at])];
    both.chart.draw(one.shown);
    left.chart.draw(other.shown);
    both.who.textContent = modelnames.titleOf(here.both.model);
    left.who.textContent = modelnames.titleOf(here.left.model);
    const { from, letters: near } = gaps.around(text, open, at, innerWidth < 660 ? NARROW_REACH : REACH);
    drawDiagram({
      inputs: near.map((letter) => (letter === null ? null : format.seen(letter))),
      outputs: near.map((letter, i) => (letter === null ? format.seen(said(here.both, open.indexOf(from + i), all[from + i]).best) : null)),
      arrows: "both",
    });
  });

  // The line of a gap: where it is, what stood there, and what either side says.
  /** @param {Answer} of @param {string[]} all @param {number} place @param {number} n */
  function line(of, all, place, n) {
    const { from, letters: near } = gaps.around(text, open, place, LINE);
    const context = near.map((letter, i) => (from + i === place ? make("b", { text: "?" }) : letter ?? "?"));
    const tell = (/** @type {Side} */ one, /** @type {string} */ name) => {
      const { best, first, truth } = said(one, n, all[place]);
      return make("span", { class: "tells" }, make("span", { class: "muted", text: words[name] }), " ",
        make("b", { class: best === all[place] ? "hit" : "", text: format.alone(best) }), ` ${format.percent(first)}`,
        ...(best === all[place] ? [] : [make("span", { class: "muted", text: ` · ${format.alone(all[place])} ${format.percent(truth)}` })]));
    };
    return make("button", { class: "gap-line", "aria-pressed": String(place === at), "data-gap": place, on: { click: () => { at = place; drawLetters(); draw(); } } },
      make("span", { class: "context" }, ...context), make("span", { class: "truth", text: format.alone(all[place]) }),
      tell(of.both, "shape_gap_both_short"), tell(of.left, "shape_gap_left_short"));
  }

  subscribe((_, patch) => {
    if (!looked) return;
    if ("settings" in patch || "language" in patch) draw();
  });

  drawLetters();
  return {
    node,
    show() { looked = true; ask(); writing.show(); },
    hide() { looked = false; answers.halt(); writing.hide(); },
  };
}
