// One to many: a whole name from one initial state. Two initial states, each after typed letters, and a blend of both; from
// each, names drawn with the same dice. Within a column the state stays and the dice change; within a row it is reversed.

import { bars } from "../../charts/bars.js";
import { distributionOf } from "../../core/distribution.js";
import { eachFrame, keep, make } from "../../dom.js";
import * as format from "../../core/format.js";
import * as frames from "../../core/frames.js";
import { words } from "../../core/i18n.js";
import { requestSettings, subscribe } from "../../core/store.js";
import { asking } from "../asking.js";
import { headed } from "../headed.js";
import { newSeed } from "../seed.js";
import { dimmer, settingsFor } from "./common.js";

const MODEL = "names-gru";
const PAUSE = 60; // milliseconds after a key, or a move of a slider
const DEFAULTS = { "names-one": "", "names-other": "chris", "names-share": 0.5 };
const EXAMPLES = ["", "ma", "chris", "z"];
const START = "▷"; // stands for the start symbol
const [ONE, MIDDLE, OTHER] = [0, 1, 2]; // the columns

/** @typedef {{ text: string, ended: boolean }} Name */
/** @typedef {{ one: string, other: string, share: number, seeds: number[], symbols: string[], texts: Name[][], rows: Float32Array[] }} Answer */

/** @type {Shape} */
export const names = {
  name: "names",
  title: words.shape_names,
  kind: words.shape_names_kind,
  point: words.shape_names_point,
  styles: ["shapenames"],
  diagram: { inputs: [START, null, null, null], outputs: ["a", "n", "n", "a"], arrows: "right", fed: true },
  build,
};

/** @param {ShapeHost} host @returns {ShapePart} */
function build({ link, say, draw: drawDiagram, flowing, flow }) {
  const first = { one: link.get("names-one") ?? DEFAULTS["names-one"], other: link.get("names-other") ?? DEFAULTS["names-other"] };
  const linkedShare = Number(link.get("names-share") ?? DEFAULTS["names-share"]);
  let share = linkedShare >= 0 && linkedShare <= 1 ? linkedShare : DEFAULTS["names-share"];
  /** @type {Answer | null} */
  let answer = null;
  let selected = { column: MIDDLE, row: 0 }; // the name that the diagram shows
  let isShown = false;
  let timer = 0;

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  /** @param {"one" | "other"} field @param {string} label */
  function letters(field, label) {
    const id = `names-${field}`;
    const box = keep(make("input", {
      type: "text", id, class: "typed", autocomplete: "off", spellcheck: "false", value: first[field], placeholder: START,
      on: { input: () => { first[field] = box.value; askSoon(); } },
    }));
    const examples = EXAMPLES.map((text) => keep(make("button", {
      class: "quiet", text: text || START, ...(text ? {} : { "aria-label": words.shape_names_start }), on: { click: () => { box.value = first[field] = text; askSoon(); } },
    })));
    return make("div", { class: "first" }, make("label", { class: "muted", for: id, text: label }), box, make("div", { class: "tries" }, ...examples));
  }
  const rail = make("input", { type: "range", id: "names-share", min: 0, max: 1, step: 0.01, value: share, on: { input: () => { share = Number(rail.value); askSoon(); } } });
  const shareValue = keep(make("output", { for: "names-share" }));
  const blend = make("div", { class: "first blend" }, make("label", { class: "muted", for: "names-share", text: words.shape_names_blend }), shareValue, rail);
  const dice = make("button", { class: "quiet", text: words.shape_names_dice, on: { click: newSeed } });
  const head = make("tr");
  const body = make("tbody");
  const table = keep(make("table", { class: "names" }, make("thead", {}, head), body));
  const heading = make("h3");
  const plot = make("div");
  const chart = bars(plot);
  const answers = asking("shape-names", { receive, outdated: dimmer(flowing, table, heading, plot) });
  const node = make("div", { class: "shape-names" },
    make("div", { class: "firsts" }, letters("one", words.shape_names_one), blend, letters("other", words.shape_names_other)),
    answers.problem,
    make("div", { class: "both" },
      make("div", {}, make("div", { class: "scroller" }, table), make("div", { class: "under" }, dice, make("p", { class: "muted", text: words.shape_names_say }))),
      make("div", {}, headed(heading, chart.save), plot)));

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  const askSoon = () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); };

  function ask() {
    if (!isShown) return;
    say({
      "names-one": first.one === DEFAULTS["names-one"] ? null : first.one, "names-other": first.other === DEFAULTS["names-other"] ? null : first.other,
      "names-share": share === DEFAULTS["names-share"] ? null : String(share),
    });
    const { temperature, top_k, top_p, min_p, bias, seed } = requestSettings();
    answers.ask("first", { settings: { model: MODEL, temperature, top_k, top_p, min_p, bias, seed }, one: first.one, other: first.other, share });
  }

  /** @param {Frame} frame */
  function receive({ head: of, body: numbers }) {
    const previous = answer;
    const reader = frames.reader(numbers);
    answer = { ...of, rows: of.texts.map(() => reader.singles(of.symbols.length)) };
    draw();
    if (JSON.stringify(previous?.texts) !== JSON.stringify(answer?.texts)) flow();
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  /** @param {Answer} of @param {number} column */
  const columnTitle = (of, column) => (column === MIDDLE ? format.say("shape_names_between", { p: Math.round(100 * (1 - of.share)), q: Math.round(100 * of.share) })
    : titleAfter(column === ONE ? of.one : of.other));
  /** @param {string} text */
  const titleAfter = (text) => (text ? format.say("shape_names_after", { text: format.quoted(text) }) : format.say("shape_names_from_start"));

  const draw = eachFrame(() => {
    shareValue.textContent = format.percent(share);
    rail.setAttribute("aria-valuetext", shareValue.textContent);
    if (!answer) return;
    const of = answer;
    head.replaceChildren(make("th", { class: "die", scope: "col", text: format.say("shape_names_seed") }), ...of.texts.map((_, column) => make("th", { scope: "col", text: columnTitle(of, column) })));
    body.replaceChildren(...of.seeds.map((seed, row) => make("tr", {}, make("th", { class: "die", scope: "row", text: String(seed) }),
      ...of.texts.map((texts, column) => make("td", {}, cell(of, column, row, texts[row]))))));
    mark();
  });

  /** @param {Answer} of @param {number} column @param {number} row @param {Name} name */
  function cell(of, column, row, { text, ended }) {
    const before = column === ONE ? of.one : column === OTHER ? of.other : "";
    return make("button", {
      class: "name", "data-column": column, "data-row": row, tabindex: -1, "aria-label": `${before}${text}${ended ? "" : "…"}`,
      on: { click: () => point(column, row), focus: () => point(column, row), pointerenter: () => point(column, row) },
    }, make("span", { class: "muted given" }, make("bdi", { dir: "ltr", text: before })), make("b", { text }), ended ? "" : "…");
  }

  /** @param {number} column @param {number} row */
  function point(column, row) {
    if (selected.column === column && selected.row === row) return;
    selected = { column, row };
    mark();
    flow();
  }

  // Marks the selected name: its cell, its letters in the diagram, and the bars that its first letter was drawn from.
  function mark() {
    if (!answer) return;
    const { column, row } = selected;
    for (const button of table.querySelectorAll("button")) {
      const isSelected = Number(button.dataset.column) === column && Number(button.dataset.row) === row;
      button.classList.toggle("at", isSelected);
      button.tabIndex = isSelected ? 0 : -1;
    }
    const { text, ended } = answer.texts[column][row];
    const outputs = [...[...text].map(format.seen), ...(ended ? [format.seen("\n")] : [])];
    const input = column === MIDDLE ? "½" : (column === ONE ? answer.one : answer.other) ? "…" : START;
    drawDiagram({ inputs: outputs.map((_, i) => (i ? null : input)), outputs, arrows: "right", fed: true });
    const title = format.say("shape_names_bars", { state: columnTitle(answer, column) });
    heading.replaceChildren(make("span", { text: title }));
    drawBars();
  }

  const drawBars = eachFrame(() => {
    if (!answer) return;
    const { symbols, rows, texts } = answer;
    const { text, ended } = texts[selected.column][selected.row];
    const firstId = symbols.indexOf([...text][0] ?? (ended ? "\n" : ""));
    chart.draw(distributionOf({ logits: rows[selected.column], symbols, came: firstId < 0 ? null : { id: firstId, hand: false } }, settingsFor(symbols)));
  });

  table.addEventListener("keydown", (event) => {
    const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!across && !down) return;
    const next = /** @type {HTMLElement | null} */ (table.querySelector(`[data-column="${selected.column + across}"][data-row="${selected.row + down}"]`));
    event.preventDefault();
    next?.focus();
  });

  subscribe((_, patch) => {
    if (!isShown) return;
    if ("settings" in patch) {
      drawBars();
      askSoon();
    }
    if ("language" in patch) draw();
  });

  return {
    node,
    show() { isShown = true; draw(); ask(); },
    hide() { isShown = false; answers.halt(); },
  };
}
