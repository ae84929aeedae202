// The gap in the middle: any letter of a text can be removed, and bars show what is predicted there, from both sides and
// from the left alone: small ones for every gap (gaprows.js), and large ones for the selected gap. Below them, the text
// that such a model generates (gapwriting.js).

import { bars } from "../../charts/bars.js";
import { eachFrame, keep, make } from "../../dom.js";
import * as format from "../../core/format.js";
import * as frames from "../../core/frames.js";
import * as gaps from "../../core/gaps.js";
import { words } from "../../core/i18n.js";
import { subscribe } from "../../core/store.js";
import { asking } from "../asking.js";
import { headed } from "../headed.js";
import * as modelnames from "../modelnames.js";
import { dimmer, settingsFor, tooLong } from "./common.js";
import { gapRows } from "./gaprows.js";
import { gapWriting } from "./gapwriting.js";
import { modelChoice } from "./modelchoice.js";

const DEFAULT = { model: "shakespeare-masked", text: "To be, or not to be, that is the question: whether 'tis nobler in the mind to suffer", at: "33,65" };
const MAX_LENGTH = 200; // characters of the text
const MAX_GAPS = 50; // as in server/gaps.py
const [REACH, NARROW_REACH] = [7, 2]; // letters on each side of a gap in the diagram; fewer on a phone
const PAUSE = 60; // milliseconds after a key

/** @typedef {import("../../core/gaps.js").Side} Side */
/** @typedef {import("./gaprows.js").Answer} Answer */

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
function build({ link, say, draw: drawDiagram, flowing, flow }) {
  const choice = modelChoice({ task: "masked", label: words.models_model, bundled: [[DEFAULT.model, words[`title_${DEFAULT.model}`]]], choose });
  let model = choice.first(link.get("gap-model")) ?? DEFAULT.model;
  let text = link.get("gap-text") ?? DEFAULT.text;
  const linked = gaps.read(link.get("gap-at") ?? (text === DEFAULT.text ? DEFAULT.at : ""), [...text].length, MAX_GAPS);
  let open = linked.gaps;
  let { at: selected } = linked; // the gap that the large charts show
  let cursor = Math.max(0, selected); // the letter that is the Tab stop
  /** @type {Answer | null} */
  let answer = null;
  let isShown = false;
  let timer = 0;

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const box = keep(make("input", { type: "text", id: "gap-text", class: "typed", autocomplete: "off", spellcheck: "false", value: text, on: { input: onInput } }));
  /** @type {HTMLButtonElement[]} */
  const buttons = [];
  let wordShape = ""; // the positions of the spaces in the text
  const letters = keep(make("div", { class: "letters", role: "group", "aria-label": words.shape_gap_letters }));
  const status = make("p", { class: "told muted", role: "status" });
  const gapList = gapRows({ choose: (place) => { selected = place; updateLink(); drawLetters(); draw(); } });
  const both = side(words.shape_gap_both);
  const left = side(words.shape_gap_left);
  const sides = make("div", { class: "sides" }, both.node, left.node);
  const answers = asking("shape-gap", { receive, busy: words.refused_reading, outdated: dimmer(flowing, gapList.node, sides) });
  const places = make("p", { class: "muted", text: words.shape_gap_places });
  const writing = gapWriting({ link, say, model: () => model });
  const node = make("div", { class: "shape-gap" },
    choice.node, make("label", { class: "muted", for: "gap-text", text: words.shape_gap_text }), box,
    make("p", { class: "muted", text: words.shape_gap_hint }), letters, answers.problem, status, gapList.node, sides, places, writing.node);

  /** @param {string} label */
  function side(label) {
    const modelName = make("span", { class: "muted" });
    const plot = make("div");
    const chart = bars(plot);
    return { node: make("div", {}, headed(make("h3", {}, make("span", { text: label })), chart.save), modelName, plot), who: modelName, chart };
  }

  // ── Letters ──────────────────────────────────────────────────────────────────────────────────────
  function onInput() {
    open = gaps.shiftGaps(text, box.value, open);
    text = box.value;
    if (!open.includes(selected)) selected = open[0] ?? -1;
    change(PAUSE);
  }

  /** @param {number} place */
  function toggle(place) {
    const next = gaps.toggleGap(open, place, MAX_GAPS);
    cursor = place;
    if (!next) {
      status.textContent = format.say("shape_gap_many", { n: MAX_GAPS });
      return;
    }
    open = next;
    selected = open.includes(place) ? place : (open.find((gap) => gap > place) ?? open.at(-1) ?? -1);
    change(0);
  }

  /** @param {number} pause */
  function change(pause) {
    drawLetters();
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  }

  function drawLetters() {
    const letterList = [...text].slice(0, MAX_LENGTH);
    cursor = Math.min(cursor, Math.max(0, letterList.length - 1));
    const focused = letters.contains(document.activeElement);
    while (buttons.length < letterList.length) {
      buttons.push(make("button", { class: "letter", "data-place": buttons.length }));
    }
    groupInWords(letterList);
    letterList.forEach((letter, i) => {
      const button = buttons[i];
      const n = open.indexOf(i);
      const isGap = n >= 0;
      button.textContent = isGap ? String(n + 1) : letter === " " ? "\u00a0" : format.seen(letter); // the number of its row
      button.setAttribute("aria-label", isGap ? `${n + 1}: ${format.quoted(letter)}` : format.quoted(letter));
      button.setAttribute("aria-pressed", String(isGap));
      button.classList.toggle("at", i === selected);
      button.tabIndex = i === cursor ? 0 : -1;
    });
    if (focused) buttons[cursor]?.focus();
  }

  // Lines break between words: each is a group of letters, with the space after it.
  /** @param {string[]} letterList */
  function groupInWords(letterList) {
    const shape = letterList.map((letter) => (letter === " " ? " " : "x")).join("");
    if (shape === wordShape) return;
    wordShape = shape;
    let start = 0;
    letters.replaceChildren(...(shape.match(/x* ?/g) ?? []).filter(Boolean).map((word) =>
      make("span", { class: "word" }, ...buttons.slice(start, (start += word.length)))));
  }

  letters.addEventListener("click", (event) => {
    const place = /** @type {HTMLElement} */ (event.target).dataset.place;
    if (place !== undefined) toggle(Number(place));
  });
  letters.addEventListener("keydown", (event) => {
    const last = Math.min([...text].length, MAX_LENGTH) - 1;
    const target = { ArrowLeft: cursor - 1, ArrowRight: cursor + 1, Home: 0, End: last }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    cursor = Math.max(0, Math.min(last, target));
    drawLetters();
  });

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  /** @param {string} name */
  function choose(name) {
    model = name;
    ask();
    if (isShown) writing.show();
  }

  function updateLink() {
    const places = gaps.write(open, selected);
    const isDefault = text === DEFAULT.text && places === DEFAULT.at;
    say({ "gap-text": text === DEFAULT.text ? null : text, "gap-at": isDefault ? null : places, "gap-model": model === DEFAULT.model ? null : model });
  }

  function ask() {
    if (!isShown) return;
    updateLink();
    choice.show(model);
    places.hidden = model !== DEFAULT.model; // the measurements are of that model
    const problem = tooLong(text, MAX_LENGTH);
    if (open.length && !problem) answers.ask("gaps", { model, text, gaps: [...open] });
    else answers.stopWith(problem);
    draw();
  }

  /** @param {Frame} frame @param {{ text: string, gaps: number[] }} question */
  function receive({ head, body }, question) {
    const reader = frames.reader(body);
    const rows = (/** @type {string[]} */ symbols) => question.gaps.map(() => reader.singles(symbols.length));
    answer = {
      text: question.text, gaps: question.gaps,
      both: { symbols: head.symbols, model: [head.title, head.model], rows: rows(head.symbols) },
      left: { symbols: head.left_symbols, model: [head.left.title, head.left.model], rows: rows(head.left_symbols) },
    };
    draw();
    flow();
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  const draw = eachFrame(() => {
    const current = answer && answer.text === text && answer.gaps.join() === open.join() ? answer : null;
    sides.hidden = gapList.node.hidden = !open.length;
    if (!open.length) {
      status.textContent = format.say("shape_gap_none");
      return drawDiagram(gap.diagram);
    }
    if (!current) return;
    status.textContent = "";
    const letterList = [...text];
    gapList.draw(current, selected);
    const predict = (/** @type {Side} */ of, /** @type {number} */ place) => gaps.predictionFor(of, open.indexOf(place), letterList[place], settingsFor(of.symbols));
    both.chart.draw(predict(current.both, selected).shown);
    left.chart.draw(predict(current.left, selected).shown);
    both.who.textContent = modelnames.titleOf(current.both.model);
    left.who.textContent = modelnames.titleOf(current.left.model);
    const reach = innerWidth < 660 ? NARROW_REACH : REACH;
    const { from, letters: lettersNear } = gaps.lettersAround(text, open, selected, reach);
    drawDiagram({
      inputs: lettersNear.map((letter) => (letter === null ? null : format.seen(letter))),
      outputs: lettersNear.map((letter, i) => (
        letter === null ? format.seen(predict(current.both, from + i).best) : null)),
      arrows: "both",
    });
  });

  subscribe((_, patch) => {
    if (!isShown) return;
    if ("settings" in patch || "language" in patch) draw();
  });

  drawLetters();
  return {
    node,
    show() { isShown = true; ask(); writing.show(); },
    hide() { isShown = false; answers.halt(); writing.hide(); },
  };
}
