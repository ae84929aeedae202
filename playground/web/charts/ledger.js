// The running sum of surprise, one line per model over the same text: ledger(host).draw({ series, length, at, told
// }). It knows no models and no page; it reports where it is pointed at as a code point of the text.
//
//   series = [{ name, points: [[x, y], …], mark: [x, y] or null }]    x in characters, y in bits, both from 0 up
//   length = of the text, in characters; at = the marked place, or null; told = its description in words

import { make, shape } from "../dom.js";
import { words } from "../core/i18n.js";
import { ledgerSvg, marks as marksUntil, topOf } from "./ledgersvg.js";
import { menu } from "./menu.js";

/**
 * @typedef {[number, number]} Point
 * @typedef {{ name: string, points: Point[], mark: Point | null }} Series
 * @typedef {{ series: Series[], length: number, at: number | null, told: string }} Data
 */

const [WIDTH, HEIGHT] = [1000, 200]; // the drawing's own size; it is stretched to its box

/**
 * @param {HTMLElement} host
 * @param {{ title: string, unitX: string, unitY: string, onPoint: (at: number) => void, csv: () => string }} options
 *   `csv` returns the numbers of every cell, for the menu
 */
export function ledger(host, { title, unitX, unitY, onPoint, csv }) {
  const lines = shape("svg", { class: "lines", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const marks = make("div", { class: "marks" });
  const rule = make("div", { class: "rule" });
  const plot = make("div", { class: "plot", role: "slider", tabindex: 0, "aria-label": title, "aria-valuemin": 0 }, lines, marks, rule);
  const rows = make("div", { class: "rows", "aria-hidden": "true" });
  const columns = make("div", { class: "columns", "aria-hidden": "true" });
  const save = menu(words.save_chart, "bars", "ledger", () => ({ svg: ledgerSvg(drawn, { title, unitX, unitY }), csv: csv() }));
  host.replaceChildren(make("div", { class: "ledger" },
    make("div", { class: "unit" }, make("span", { text: unitY, "aria-hidden": "true" }), save),
    rows, plot, columns, make("div", { class: "unit across", text: unitX, "aria-hidden": "true" })));

  /** @type {Data} */
  let drawn = { series: [], length: 0, at: null, told: "" };

  /** @param {HTMLElement} box @param {number} length @param {string} style */
  function ticks(box, length, style) {
    box.replaceChildren(...marksUntil(length).map((value) => make("span", { style: `${style}: ${(100 * value) / Math.max(length, 1e-9)}%`, text: value.toLocaleString("en") })));
  }

  /** @param {Data} data */
  function draw(data) {
    drawn = data;
    const { series, length, at, told } = data;
    const top = topOf(series);
    const x = (/** @type {number} */ value) => (WIDTH * value) / Math.max(1, length);
    const y = (/** @type {number} */ value) => HEIGHT * (1 - Math.min(value, top) / top);
    lines.replaceChildren(...series.map(({ points }, i) => shape("path", {
      class: `series-${i + 1}`, "vector-effect": "non-scaling-stroke",
      d: points.map(([a, b], j) => `${j ? "L" : "M"}${x(a).toFixed(2)} ${y(b).toFixed(2)}`).join(""),
    })));
    ticks(rows, top, "bottom");
    ticks(columns, length, "left");
    rule.hidden = at === null;
    plot.setAttribute("aria-valuemax", String(Math.max(0, length - 1)));
    plot.setAttribute("aria-valuenow", String(at ?? 0));
    plot.setAttribute("aria-valuetext", told);
    if (at !== null) rule.style.left = `${(100 * (at + 1)) / Math.max(1, length)}%`;
    marks.replaceChildren(...series.flatMap(({ mark }, i) => (mark === null ? [] : [make("i", {
      class: `series-${i + 1}`, style: `left: ${(100 * x(mark[0])) / WIDTH}%; top: ${(100 * y(mark[1])) / HEIGHT}%`,
    })])));
  }

  /** @param {PointerEvent} event */
  const point = ({ clientX }) => {
    const { left, width } = plot.getBoundingClientRect();
    if (drawn.length) pointTo(Math.floor(((clientX - left) / width) * drawn.length));
  };
  // Updated before drawing: the next key may come first and must continue from here.
  /** @param {number} position */
  function pointTo(position) {
    const at = Math.max(0, Math.min(drawn.length - 1, position));
    drawn = { ...drawn, at };
    onPoint(at);
  }
  plot.addEventListener("pointermove", point);
  plot.addEventListener("pointerdown", point);
  plot.addEventListener("keydown", (event) => {
    const pageStep = Math.max(10, Math.round(drawn.length / 20));
    const move = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -pageStep, PageUp: pageStep, Home: -Infinity, End: Infinity }[event.key];
    if (move === undefined || !drawn.length) return;
    event.preventDefault();
    pointTo((drawn.at ?? 0) + move);
  });

  return { draw };
}
