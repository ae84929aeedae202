// What the shapes cost: the time to read a text and to produce the next symbol, and the memory kept, per kind of
// model; and how far back gradients reach. Stored measurements are shown at once; on a click the server measures
// again, once for everyone who asks.

import { curves } from "../../charts/curves.js";
import * as costs from "../../core/costs.js";
import { keep, make, setDisabled, setHidden, shape } from "../../dom.js";
import * as format from "../../core/format.js";
import { words } from "../../core/i18n.js";
import { subscribe } from "../../core/store.js";
import { asking } from "../asking.js";
import * as modelnames from "../modelnames.js";

const TABLE_LENGTH = 256; // symbols: the length that the table is for
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
  let isShown = false;

  const formatters = { read: costs.seconds, step: costs.seconds, state: costs.size, learn: costs.size };
  const nameOf = (/** @type {{ model: string, whole?: boolean }} */ entry) => (entry.whole ? format.say("shape_costs_whole", { title: modelnames.called(entry.model) }) : modelnames.called(entry.model));
  const legend = make("ul", { class: "keys" });
  const table = make("table", { class: "table" });
  const panels = /** @type {const} */ (["read", "step", "state", "learn"]).map((costKind) => {
    const box = make("div");
    const [title, about, unitY] = PANELS[costKind];
    const chart = curves(box, {
      title, unitX: words.shape_costs_symbols, unitY,
      tell: (at) => {
        const { symbols, costs: nearestCosts } = costs.costsNear(measured, at, costKind);
        return `${format.say("shape_costs_told", { n: symbols })} ${nearestCosts.flatMap((modelCosts, i) => (modelCosts ? [`${nameOf(measured[i])} ${formatters[costKind](modelCosts[costKind] ?? 0)}`] : [])).join(" · ")}`;
      },
      rows: () => costs.costRows(measured),
    });
    return { what: costKind, chart, box, node: make("section", {}, make("h3", { text: title }), make("p", { class: "muted", text: about }), box) };
  });
  const backBox = make("div");
  const gradientChart = curves(backBox, {
    title: words.shape_costs_back, unitX: words.shape_costs_unit_back, unitY: words.shape_costs_unit_norm,
    tell: (at) => {
      const k = Math.round(at * Math.max(0, ...felt.map(({ norms }) => norms.length - 1)));
      return `${format.say("shape_costs_back_told", { n: k })} ${felt.map((entry) => `${nameOf(entry)} ${entry.norms[k]?.toPrecision(2)}`).join(" · ")}`;
    },
    rows: () => costs.feltRows(felt),
  });
  const backKeys = make("ul", { class: "keys" });
  const lostText = make("p", { class: "lost" });

  const costMeasurement = measurement("shape-costs", "costs", words.shape_costs_begin, (head) => costs.addFrame(measured, head), () => { measured = []; });
  const gradientMeasurement = measurement("shape-gradients", "gradients", words.shape_costs_back_begin, (head) => { if (head.norms) felt.push(head); }, () => { felt = []; });
  const keptAnswers = asking("shape-kept-costs", { receive: ({ head }) => { if (head.norms) felt.push(head); else costs.addFrame(measured, head); }, ended: () => draw() });
  const keptNote = make("p", { class: "muted before", text: words.shape_costs_kept });
  const [charts, backChart] = [
    make("div", { class: "panels" }, ...panels.map(({ node: panelNode }) => panelNode)),
    make("div", { class: "back" }, backKeys, backBox, lostText),
  ];
  const node = make("div", { class: "shape-costs" },
    keptNote, costMeasurement.node, legend, charts, make("div", { class: "table-box", tabindex: 0, role: "group", "aria-label": words.shape_costs }, table),
    make("h3", { text: words.shape_costs_back }), make("p", { class: "muted", text: words.shape_costs_back_say }), gradientMeasurement.node, backChart);

  // A button that starts a measurement, with its progress.
  /** @param {string} channel @param {string} route @param {string} text @param {(head: any) => unknown} addResult @param {() => void} reset */
  function measurement(channel, route, text, addResult, reset) {
    let isComplete = false;
    const bar = make("progress", { max: 1, value: 0, hidden: "", "aria-label": words.shape_costs_progress });
    const startButton = make("button", { class: "quiet main", text, on: { click: () => {
      isComplete = false;
      reset();
      bar.value = 0;
      answers.ask(route, { n: (requestCount += 1) });
      show();
    } } });
    const stop = make("button", { class: "quiet", text: words.stop, hidden: "", on: { click: () => { answers.halt(); show(); } } });
    let requestCount = 0;
    const answers = asking(channel, {
      receive({ head }) {
        if (head.done !== undefined) bar.value = head.done;
        else if (head.measured) isComplete = true;
        else addResult(head);
        draw();
        show();
      },
      isComplete: () => isComplete,
      ended() {
        show();
        if (isComplete) flow();
      },
    });

    function show() {
      const isRunning = answers.isAsking() && !isComplete;
      bar.hidden = !isRunning;
      setDisabled(startButton, isRunning);
      setHidden(stop, !isRunning, startButton);
    }
    return { node: make("div", { class: "tools" }, startButton, bar, stop, answers.problem), begin: startButton, halt: () => { answers.halt(); show(); } };
  }

  /** @param {number} i @param {string} text */
  const key = (i, text) => {
    const swatch = shape("svg", { class: "curves-key", viewBox: "0 0 58 8", width: 58, height: 8, "aria-hidden": "true" });
    swatch.append(shape("path", { class: `curve series-${i + 1}`, d: "M0 4H58" }));
    return make("li", {}, swatch, keep(make("span", { text })));
  };

  function draw() {
    legend.hidden = table.hidden = !measured.some((entry) => entry.costs.length);
    keptNote.hidden = !measured.some(({ kept: isOld }) => isOld);
    for (const { box } of panels) box.hidden = legend.hidden; // its heading is shown before there is a chart
    backChart.hidden = !felt.length;
    for (const { what: costKind, chart } of panels) {
      chart.draw(costs.lines(measured, costKind, formatters[costKind], nameOf));
    }
    legend.replaceChildren(...measured.map((entry, i) => key(i, nameOf(entry))));
    table.replaceChildren(
      make("thead", {}, make("tr", {}, ...HEADS.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, ...measured.filter((entry) => entry.costs.length).map((entry) => {
        const comparison = /** @type {NonNullable<ReturnType<typeof costs.compareStep>>} */ (
          costs.compareStep(entry, TABLE_LENGTH));
        const last = entry.costs[entry.costs.length - 1];
        const lastMeasured = entry.costs.findLast(({ learn }) => learn !== null);
        return make("tr", {}, make("th", { scope: "row", text: nameOf(entry) }), ...[
          format.grouped(entry.parameters), costs.seconds(comparison.each), costs.seconds(comparison.step), `${comparison.times.toFixed(1)} ×`, costs.size(last.state),
          ...[lastMeasured?.peak, lastMeasured?.learn].map((bytes) => (bytes ? costs.size(bytes) : "")),
        ].map((text) => keep(make("td", { text }))));
      })));
    if (felt.length) gradientChart.draw(costs.gradientCurves(felt, nameOf));
    backKeys.replaceChildren(...felt.map((entry, i) => key(i, nameOf(entry))));
    lostText.textContent = felt.map((entry) => {
      const last = entry.norms.length - 1;
      return format.say("shape_costs_lost", { title: nameOf(entry), n: last, times: format.roughly(entry.norms[0] / entry.norms[last]) });
    }).join(" ");
  }

  subscribe((_, patch) => { if (isShown && "language" in patch) draw(); });
  draw();

  return {
    node,
    show() {
      isShown = true;
      draw(); // the language may have changed meanwhile
      if (!measured.length && !felt.length) keptAnswers.ask("kept_costs", {});
    },
    hide() { isShown = false; keptAnswers.halt(); costMeasurement.halt(); gradientMeasurement.halt(); },
  };
}
