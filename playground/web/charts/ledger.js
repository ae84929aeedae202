// The running sum of surprise, a line for each model over the same text: ledger(host).draw({ series, length, at, told }).
// It knows no models and no page: what is pointed at it tells `onPoint`, as a code point of the text.
//
//   series = [{ points: [[x, y], …], mark: [x, y] or null }]    x in characters, y in bits, both from 0 up
//   length = of the text, in characters; at = the place that is marked, or null; told = what is said of it in words

import { make } from "../core/dom.js";

/**
 * @typedef {[number, number]} Point
 * @typedef {{ points: Point[], mark: Point | null }} Series
 * @typedef {{ series: Series[], length: number, at: number | null, told: string }} Data
 */

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [1000, 200]; // of the lines, stretched to their box

/** @param {string} tag @param {Record<string, string>} attributes */
function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// The largest of 1, 2 and 5 times a power of ten that cuts a length into at least three parts.
/** @param {number} length */
function stepOf(length) {
  const power = 10 ** Math.floor(Math.log10(length / 3));
  return [5, 2, 1].map((n) => n * power).find((step) => step * 3 <= length) ?? power;
}

/**
 * @param {HTMLElement} host
 * @param {{ label: string, unitX: string, unitY: string, onPoint: (at: number) => void }} options
 */
export function ledger(host, { label, unitX, unitY, onPoint }) {
  const lines = shape("svg", { class: "lines", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const marks = make("div", { class: "marks" });
  const rule = make("div", { class: "rule" });
  const plot = make("div", { class: "plot", role: "slider", tabindex: 0, "aria-label": label, "aria-valuemin": 0 }, lines, marks, rule);
  const rows = make("div", { class: "rows", "aria-hidden": "true" });
  const columns = make("div", { class: "columns", "aria-hidden": "true" });
  host.replaceChildren(make("div", { class: "chart ledger" }, make("div", { class: "unit", text: unitY, "aria-hidden": "true" }),
    rows, plot, columns, make("div", { class: "unit across", text: unitX, "aria-hidden": "true" })));

  /** @type {Data} */
  let drawn = { series: [], length: 0, at: null, told: "" };

  /** @param {HTMLElement} box @param {number} length @param {string} style */
  function ticks(box, length, style) {
    const step = length > 0 ? Math.max(stepOf(length), 1) : 1;
    const values = Array.from({ length: Math.floor(length / step + 1e-9) + 1 }, (_, i) => i * step);
    box.replaceChildren(...values.map((value) => make("span", { style: `${style}: ${(100 * value) / Math.max(length, 1e-9)}%`, text: value.toLocaleString("en") })));
  }

  /** @param {Data} data */
  function draw(data) {
    drawn = data;
    const { series, length, at, told } = data;
    const finite = series.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite);
    const top = Math.max(1, ...finite) * 1.04;
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
    if (at !== null) rule.style.left = `${(100 * (at + 0.5)) / Math.max(1, length)}%`;
    marks.replaceChildren(...series.flatMap(({ mark }, i) => (mark === null ? [] : [make("i", {
      class: `series-${i + 1}`, style: `left: ${(100 * x(mark[0])) / WIDTH}%; top: ${(100 * y(mark[1])) / HEIGHT}%`,
    })])));
  }

  /** @param {PointerEvent} event */
  const point = ({ clientX }) => {
    const { left, width } = plot.getBoundingClientRect();
    if (drawn.length) onPoint(Math.max(0, Math.min(drawn.length - 1, Math.floor(((clientX - left) / width) * drawn.length))));
  };
  plot.addEventListener("pointermove", point);
  plot.addEventListener("pointerdown", point);
  plot.addEventListener("keydown", (event) => {
    const far = Math.max(10, Math.round(drawn.length / 20));
    const move = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -far, PageUp: far, Home: -Infinity, End: Infinity }[event.key];
    if (move === undefined || !drawn.length) return;
    event.preventDefault();
    onPoint(Math.max(0, Math.min(drawn.length - 1, (drawn.at ?? 0) + move)));
  });

  return { draw };
}
