// One to many: from one first state a whole name. Two first states, each after letters that are typed, and one on the way between
// them; from each the names of the same dice. Down a column the state stays and the dice change, along a row it is the other way.

import { bars } from "../../charts/bars.js";
import { distributionOf } from "../../core/distribution.js";
import { eachFrame, keep, make } from "../../core/dom.js";
import * as format from "../../core/format.js";
import * as frames from "../../core/frames.js";
import { words } from "../../core/i18n.js";
import { asked, subscribe } from "../../core/store.js";
import { asking } from "../asking.js";
import { newSeed } from "../seed.js";
import { settingsFor } from "./common.js";

const MODEL = "names-gru";
const PAUSE = 60; // milliseconds after a key, or a move of a slider
const LONGEST = 40; // letters that lead to a first state, as requests/firststates.py has it
const USUAL = { "names-one": "", "names-other": "chris", "names-share": 0.5 };
const TRIES = ["", "ma", "chris", "z"];
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
function build({ link, say, draw: drawDiagram, flow }) {
  const first = { one: link.get("names-one") ?? USUAL["names-one"], other: link.get("names-other") ?? USUAL["names-other"] };
  const given = Number(link.get("names-share") ?? USUAL["names-share"]);
  let share = given >= 0 && given <= 1 ? given : USUAL["names-share"];
  /** @type {Answer | null} */
  let answer = null;
  let at = { column: MIDDLE, row: 0 }; // the name that the diagram shows
  let looked = false;
  let waiting = 0;

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  /** @param {"one" | "other"} which @param {string} called */
  function letters(which, called) {
    const id = `names-${which}`;
    const box = keep(make("input", {
      type: "text", id, class: "typed", maxlength: LONGEST, autocomplete: "off", spellcheck: "false", value: first[which], placeholder: START,
      on: { input: () => { first[which] = box.value; soon(); } },
    }));
    const tries = TRIES.map((text) => keep(make("button", {
      class: "quiet", text: text || START, ...(text ? {} : { "aria-label": words.shape_names_start }), on: { click: () => { box.value = first[which] = text; soon(); } },
    })));
    return make("div", { class: "first" }, make("label", { class: "muted", for: id, text: called }), box, make("div", { class: "tries" }, ...tries));
  }
  const rail = make("input", { type: "range", id: "names-share", min: 0, max: 1, step: 0.01, value: share, on: { input: () => { share = Number(rail.value); soon(); } } });
  const shareValue = keep(make("output", { for: "names-share" }));
  const blend = make("div", { class: "first blend" }, make("label", { class: "muted", for: "names-share", text: words.shape_names_blend }), shareValue, rail);
  const dice = make("button", { class: "quiet", text: words.shape_names_dice, on: { click: newSeed } });
  const head = make("tr");
  const body = make("tbody");
  const table = keep(make("table", { class: "names" }, make("thead", {}, head), body));
  const heading = make("h3");
  const plot = make("div");
  const chart = bars(plot);
  const answers = asking("shape-names", { receive });
  const node = make("div", { class: "shape-names" },
    make("div", { class: "firsts" }, letters("one", words.shape_names_one), blend, letters("other", words.shape_names_other)),
    answers.problem,
    make("div", { class: "both" },
      make("div", {}, make("div", { class: "scroller" }, table), make("div", { class: "under" }, dice, make("p", { class: "muted", text: words.shape_names_say }))),
      make("div", {}, heading, plot)));

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, PAUSE); };

  function ask() {
    if (!looked) return;
    say({
      "names-one": first.one === USUAL["names-one"] ? null : first.one, "names-other": first.other === USUAL["names-other"] ? null : first.other,
      "names-share": share === USUAL["names-share"] ? null : String(share),
    });
    const { temperature, top_k, top_p, min_p, bias, seed } = asked();
    answers.ask("first", { settings: { model: MODEL, temperature, top_k, top_p, min_p, bias, seed }, one: first.one, other: first.other, share });
  }

  /** @param {Frame} frame */
  function receive({ head: of, body: numbers }) {
    const before = answer;
    const read = frames.reader(numbers);
    answer = { ...of, rows: of.texts.map(() => read.singles(of.symbols.length)) };
    draw();
    if (JSON.stringify(before?.texts) !== JSON.stringify(answer?.texts)) flow();
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  /** @param {Answer} of @param {number} column */
  const named = (of, column) => (column === MIDDLE ? format.say("shape_names_between", { p: Math.round(100 * (1 - of.share)), q: Math.round(100 * of.share) })
    : calledAfter(column === ONE ? of.one : of.other));
  /** @param {string} text */
  const calledAfter = (text) => (text ? format.say("shape_names_after", { text: format.quoted(text) }) : format.say("shape_names_from_start"));

  const draw = eachFrame(() => {
    shareValue.textContent = format.percent(share);
    rail.setAttribute("aria-valuetext", shareValue.textContent);
    if (!answer) return;
    const of = answer;
    head.replaceChildren(make("th", { class: "die", scope: "col", text: format.say("shape_names_seed") }), ...of.texts.map((_, column) => make("th", { scope: "col", text: named(of, column) })));
    body.replaceChildren(...of.seeds.map((seed, row) => make("tr", {}, make("th", { class: "die", scope: "row", text: String(seed) }),
      ...of.texts.map((texts, column) => make("td", {}, cell(of, column, row, texts[row]))))));
    mark();
  });

  /** @param {Answer} of @param {number} column @param {number} row @param {Name} name */
  function cell(of, column, row, { text, ended }) {
    const before = column === ONE ? of.one : column === OTHER ? of.other : "";
    return make("button", {
      class: "name", "data-column": column, "data-row": row, tabindex: -1, "aria-label": `${before}${text}`,
      on: { click: () => point(column, row), focus: () => point(column, row), pointerenter: () => point(column, row) },
    }, make("span", { class: "muted", text: before }), make("b", { text }), ended ? "" : "…");
  }

  /** @param {number} column @param {number} row */
  function point(column, row) {
    if (at.column === column && at.row === row) return;
    at = { column, row };
    mark();
    flow();
  }

  // The name that is pointed at: its cell, its letters in the diagram, and the bars that its first letter was drawn from.
  function mark() {
    if (!answer) return;
    const { column, row } = at;
    for (const button of table.querySelectorAll("button")) {
      const own = Number(button.dataset.column) === column && Number(button.dataset.row) === row;
      button.classList.toggle("at", own);
      button.tabIndex = own ? 0 : -1;
    }
    const { text, ended } = answer.texts[column][row];
    const outputs = [...[...text].map(format.seen), ...(ended ? [format.seen("\n")] : [])];
    const input = column === MIDDLE ? "½" : (column === ONE ? answer.one : answer.other) ? "…" : START;
    drawDiagram({ inputs: outputs.map((_, i) => (i ? null : input)), outputs, arrows: "right", fed: true });
    heading.replaceChildren(make("span", { text: format.say("shape_names_bars", { state: named(answer, column) }) }));
    drawBars();
  }

  const drawBars = eachFrame(() => {
    if (!answer) return;
    const { symbols, rows, texts } = answer;
    const { text, ended } = texts[at.column][at.row];
    const came = symbols.indexOf([...text][0] ?? (ended ? "\n" : ""));
    chart.draw(distributionOf({ logits: rows[at.column], symbols, came: came < 0 ? null : { id: came, hand: false } }, settingsFor(symbols)));
  });

  table.addEventListener("keydown", (event) => {
    const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!across && !down) return;
    const next = /** @type {HTMLElement | null} */ (table.querySelector(`[data-column="${at.column + across}"][data-row="${at.row + down}"]`));
    event.preventDefault();
    next?.focus();
  });

  subscribe((_, patch) => {
    if (!looked) return;
    if ("settings" in patch) {
      drawBars();
      soon();
    }
    if ("language" in patch) draw();
  });

  return {
    node,
    show() { looked = true; draw(); ask(); },
    hide() { looked = false; answers.halt(); },
  };
}
