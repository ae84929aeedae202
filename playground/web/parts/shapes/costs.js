// What the shapes cost: the time of reading a text and of the next symbol, and what must be kept of it, kind by kind; and how far
// back a mistake is felt. The server measures both at a click, once for all who ask.

import { curves } from "../../charts/curves.js";
import * as costs from "../../core/costs.js";
import { keep, make } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { words } from "../../core/i18n.js";
import { subscribe } from "../../core/store.js";
import { asking } from "../asking.js";
import * as modelnames from "../modelnames.js";

const AT = 256; // symbols: the table's
const PANELS = /** @type {const} */ ({
  read: [words.shape_costs_read, words.shape_costs_read_say, words.shape_costs_unit_read],
  step: [words.shape_costs_step, words.shape_costs_step_say, words.shape_costs_unit_step],
  state: [words.shape_costs_state, words.shape_costs_state_say, words.shape_costs_unit_state],
  learn: [words.shape_costs_learn, words.shape_costs_learn_say, words.shape_costs_unit_state],
});
const HEADS = [
  words.shape_costs_head_model, words.shape_costs_head_numbers, words.shape_costs_head_at_once, words.shape_costs_head_alone,
  words.shape_costs_head_times, words.shape_costs_head_keeps, words.shape_costs_head_peak, words.shape_costs_head_learn,
];

/** @type {Shape} */
export const cost = {
  name: "costs",
  title: words.shape_costs,
  kind: words.shape_costs_kind,
  heated: false,
  point: words.shape_costs_point,
  styles: ["curves", "costs"],
  diagram: { inputs: ["1", "2", "…", "n"], outputs: [null, null, null, "?"], arrows: "right" },
  build,
};

/** @param {ShapeHost} host @returns {ShapePart} */
function build({ flow }) {
  /** @type {import("../../core/costs.js").Measured[]} */
  let measured = [];
  /** @type {import("../../core/costs.js").Felt[]} */
  let felt = [];
  let looked = false;

  const said = { read: costs.seconds, step: costs.seconds, state: costs.size, learn: costs.size };
  const name = (/** @type {{ model: string, whole?: boolean }} */ one) => (one.whole ? format.say("shape_costs_whole", { title: modelnames.called(one.model) }) : modelnames.called(one.model));
  const legend = make("ul", { class: "keys" });
  const table = make("table", { class: "table" });
  const panels = /** @type {const} */ (["read", "step", "state", "learn"]).map((what) => {
    const box = make("div");
    const [title, about, unitY] = PANELS[what];
    const chart = curves(box, {
      title, unitX: words.shape_costs_symbols, unitY,
      tell: (at) => {
        const { symbols, costs: found } = costs.near(measured, at, what);
        return `${format.say("shape_costs_told", { n: symbols })} ${found.flatMap((own, i) => (own ? [`${name(measured[i])} ${said[what](own[what] ?? 0)}`] : [])).join(" · ")}`;
      },
      rows: () => costs.costRows(measured),
    });
    return { what, chart, box, node: make("section", {}, make("h3", { text: title }), make("p", { class: "muted", text: about }), box) };
  });
  const backBox = make("div");
  const back = curves(backBox, {
    title: words.shape_costs_back, unitX: words.shape_costs_unit_back, unitY: words.shape_costs_unit_norm,
    tell: (at) => {
      const k = Math.round(at * Math.max(0, ...felt.map(({ norms }) => norms.length - 1)));
      return `${format.say("shape_costs_back_told", { n: k })} ${felt.map((one) => `${name(one)} ${one.norms[k]?.toPrecision(2)}`).join(" · ")}`;
    },
    rows: () => costs.feltRows(felt),
  });
  const backKeys = make("ul", { class: "keys" });
  const lost = make("p", { class: "lost" });

  const first = measuring("shape-costs", "costs", words.shape_costs_begin, (head) => costs.take(measured, head), () => { measured = []; });
  const second = measuring("shape-gradients", "gradients", words.shape_costs_back_begin, (head) => { if (head.norms) felt.push(head); }, () => { felt = []; });
  const kept = asking("shape-kept-costs", { receive: ({ head }) => { if (head.norms) felt.push(head); else costs.take(measured, head); }, whole: () => { draw(); return true; } });
  const [charts, backChart] = [
    make("div", { class: "panels" }, ...panels.map(({ node: own }) => own)),
    make("div", { class: "back" }, backKeys, backBox, lost),
  ];
  const node = make("div", { class: "shape-costs" },
    first.node, legend, charts, make("div", { class: "table-box", tabindex: 0, role: "group", "aria-label": words.shape_costs }, table),
    make("h3", { text: words.shape_costs_back }), make("p", { class: "muted", text: words.shape_costs_back_say }), second.node, backChart);

  // A button that has something measured, and how far that is.
  /** @param {string} way @param {string} route @param {string} text @param {(head: any) => unknown} take @param {() => void} forget */
  function measuring(way, route, text, take, forget) {
    let whole = false;
    const bar = make("progress", { max: 1, value: 0, hidden: "", "aria-label": words.shape_costs_progress });
    const begin = make("button", { class: "quiet main", text, on: { click: () => {
      whole = false;
      forget();
      bar.value = 0;
      answers.ask(route, { n: (times += 1) });
      show();
    } } });
    const stop = make("button", { class: "quiet", text: words.stop, hidden: "", on: { click: () => { answers.halt(); show(); } } });
    let times = 0;
    const answers = asking(way, {
      receive({ head }) {
        if (head.done !== undefined) bar.value = head.done;
        else if (head.measured) whole = true;
        else take(head);
        draw();
        show();
      },
      whole: () => {
        queueMicrotask(() => { show(); if (whole) flow(); });
        return whole;
      },
    });

    function show() {
      const runs = answers.isAsking() && !whole;
      bar.hidden = !runs;
      stop.hidden = !runs;
      begin.disabled = runs;
    }
    return { node: make("div", { class: "tools" }, begin, bar, stop, answers.problem), begin, halt: () => { answers.halt(); show(); } };
  }

  /** @param {number} i @param {string} text */
  const key = (i, text) => make("li", {}, make("i", { class: `series-${i + 1}`, "aria-hidden": "true" }), keep(make("span", { text })));

  function draw() {
    legend.hidden = table.hidden = !measured.some((one) => one.costs.length);
    for (const { box } of panels) box.hidden = legend.hidden; // what a chart will say stands there before
    backChart.hidden = !felt.length;
    for (const { what, chart } of panels) chart.draw(costs.lines(measured, what, said[what], name));
    legend.replaceChildren(...measured.map((one, i) => key(i, name(one))));
    table.replaceChildren(
      make("thead", {}, make("tr", {}, ...HEADS.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, ...measured.filter((one) => one.costs.length).map((one) => {
        const found = /** @type {{ each: number, step: number, times: number }} */ (costs.alone(one, AT));
        const last = one.costs[one.costs.length - 1];
        const counted = one.costs.findLast(({ learn }) => learn !== null);
        return make("tr", {}, make("th", { scope: "row", text: name(one) }), ...[
          format.grouped(one.parameters), costs.seconds(found.each), costs.seconds(found.step), `${found.times.toFixed(1)} ×`, costs.size(last.state),
          ...[counted?.peak, counted?.learn].map((bytes) => (bytes ? costs.size(bytes) : "")),
        ].map((text) => keep(make("td", { text }))));
      })));
    if (felt.length) back.draw(costs.vanishing(felt, name));
    backKeys.replaceChildren(...felt.map((one, i) => key(i, name(one))));
    lost.textContent = felt.map((one) => {
      const far = one.norms.length - 1;
      return format.say("shape_costs_lost", { title: name(one), n: far, times: format.grouped(Math.round(one.norms[0] / one.norms[far])) });
    }).join(" ");
  }

  subscribe((_, patch) => { if (looked && "language" in patch) draw(); });
  draw();

  return {
    node,
    show() {
      looked = true;
      if (!measured.length && !felt.length) kept.ask("kept_costs", {});
    },
    hide() { looked = false; kept.halt(); first.halt(); second.halt(); },
  };
}
