// How much worse predictions are with less context: one line per model, from no context to all of it. It knows no
// models and no page.
//
//   reach(host, …).draw({ columns, series, rules, alone, top, log })     log: whether the axis is logarithmic
//   series = [{ name, series, values: (number | null)[] }]    by column, in the unit of the axis, from 0 to `top`
//   rules  = [{ name, value }]                                lines across, such as yardsticks
//   alone  = ["count"]                                        columns that no line leads to

import { keep, make, shape } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { menu } from "./menu.js";
import { axisMarks, givenName, LINE, nameY, reachSvg, xOf, yOf } from "./reachsvg.js";

/**
 * @typedef {{ name: string, series: number, values: (number | null)[] }} Line
 * @typedef {{ columns: string[], series: Line[], rules: { name: string, value: number }[], alone: string[], top: number, log: boolean }} ReachData
 */

const TALL = 230; // pixels
const NARROW = 36; // column distance in pixels below which numbers would touch
const NAME_WIDTH = 72; // width of a column name in pixels
const COUNTED = /^\d+$/; // a column for a number of symbols

/** @param {number | null} value */
const formatNats = (value) => (value === null ? "–" : value === Infinity ? "∞" : value >= 0.1 || value === 0 ? value.toFixed(2) : value >= 0.001 ? value.toFixed(4) : value.toExponential(0));

/**
 * @param {HTMLElement} host
 * @param {{ name: string, title: () => string, unitX: string, unitY: () => string, csv: () => string }} options
 */
export function reach(host, { name, title, unitX, unitY, csv }) {
  /** @type {ReachData} */
  let data = { columns: [], series: [], rules: [], alone: [], top: 1, log: false };
  /** @type {import("./reachsvg.js").Size} */
  let size = { wide: 0, tall: TALL };
  let selected = -1;
  const svg = shape("svg", { tabindex: 0, role: "slider", "aria-valuemin": 1 });
  const axes = shape("g", { class: "axes" });
  const lines = shape("g", { class: "curves" });
  const mark = shape("path", { class: "here" });
  svg.append(axes, lines, mark);
  const unit = make("span");
  const status = keep(make("div", { class: "told", role: "status" }));
  const save = menu(words.save_chart, "bars", name, () => ({ svg: reachSvg(data, { title: title(), unitX: String(unitX), unitY: unitY() }), csv: csv() }));
  host.classList.add("reach-chart");
  host.replaceChildren(make("div", { class: "unit" }, unit, save), keep(make("div", {}, svg)), make("div", { class: "unit across", text: unitX }), status);

  new ResizeObserver(([{ contentRect: { width } }]) => {
    if (width === size.wide) return;
    size.wide = width;
    draw(data);
  }).observe(host);

  /** @param {ReachData} newData */
  function draw(newData) {
    data = newData;
    const { columns, series, rules, alone } = data;
    unit.textContent = unitY();
    svg.setAttribute("aria-label", title());
    const { wide } = size;
    // Names that would overlap are placed a line lower; numbers are shorter.
    const columnDistance = wide / Math.max(1, columns.length);
    /** @type {number[]} */
    const nameLines = [];
    columns.forEach((column, i) => nameLines.push(i && !COUNTED.test(column) && columnDistance < (COUNTED.test(columns[i - 1]) ? NARROW : NAME_WIDTH) ? nameLines[i - 1] + 1 : 0));
    size = { wide, tall: TALL + LINE * Math.max(0, ...nameLines), lines: Math.max(0, ...nameLines) };
    svg.setAttribute("width", String(Math.max(0, wide)));
    svg.setAttribute("height", String(size.tall));
    svg.setAttribute("aria-valuemax", String(Math.max(1, columns.length)));
    const x = (/** @type {number} */ i) => xOf(i, columns.length, size);
    const y = (/** @type {number} */ value) => yOf(value, data, size);
    const lastCount = columns.findLastIndex((column) => COUNTED.test(column));
    const isSkipped = (/** @type {number} */ i) => columnDistance < NARROW && COUNTED.test(columns[i]) && (lastCount - i) % 2 === 1; // every second number is left out
    axes.replaceChildren(
      ...axisMarks(data).flatMap(([value, label]) => [shape("path", { d: `M${x(0)} ${y(value)}H${wide - 8}` }), text(x(0) - 8, y(value) + 5, "end", label)]),
      ...columns.flatMap((column, i) => (isSkipped(i) ? [] : [text(x(i), nameY(size, nameLines[i]), "middle", givenName(column))])),
      ...rules.flatMap(({ name: rule, value }) => [shape("path", { class: "rule", d: `M${x(0)} ${y(value)}H${wide - 8}` }), text(wide - 8, y(value) - 5, "end", `${rule} ${formatNats(value)}`)]));
    lines.replaceChildren(...series.flatMap(({ series: number, values }) => {
      const points = values.flatMap((value, i) => (value === null ? [] : [{ a: x(i), b: y(value), joined: !alone.includes(columns[i]) }]));
      return [
        shape("path", { class: `curve line-${number}`, d: points.filter(({ joined }) => joined).map(({ a, b }, i) => `${i ? "L" : "M"}${a.toFixed(1)} ${b.toFixed(1)}`).join("") }),
        ...points.map(({ a, b }) => shape("circle", { class: `line-${number}`, cx: a.toFixed(1), cy: b.toFixed(1), r: 3 })),
      ];
    }));
    point(Math.min(selected, columns.length - 1));
  }

  /** @param {number} x @param {number} y @param {string} anchor @param {string} content */
  function text(x, y, anchor, content) {
    const node = shape("text", { x, y, "text-anchor": anchor });
    node.textContent = content;
    return node;
  }

  /** @param {number} i a column, or −1 */
  function point(i) {
    selected = i;
    const { columns, series } = data;
    const isShown = i >= 0 && i < columns.length;
    mark.setAttribute("visibility", isShown ? "visible" : "hidden");
    svg.setAttribute("aria-valuenow", String(Math.max(1, i + 1)));
    if (isShown) {
      const x = xOf(i, columns.length, size).toFixed(1);
      mark.setAttribute("d", `M${x} ${yOf(data.top, data, size)}V${yOf(0, data, size)}`);
    }
    status.textContent = isShown ? `${COUNTED.test(columns[i]) ? format.say("models_given_n", { n: Number(columns[i]) }) : givenName(columns[i])}: ${series.map((line) => `${line.name} ${formatNats(line.values[i])}`).join(" · ")}` : "";
    svg.setAttribute("aria-valuetext", status.textContent ?? "");
  }

  /** @param {Event} event */
  const nearestColumn = (event) => {
    const left = /** @type {PointerEvent} */ (event).clientX - svg.getBoundingClientRect().left;
    const distances = data.columns.map((_, i) => Math.abs(xOf(i, data.columns.length, size) - left));
    return distances.indexOf(Math.min(...distances));
  };
  svg.addEventListener("pointermove", (event) => point(nearestColumn(event)));
  svg.addEventListener("pointerleave", () => point(-1));
  svg.addEventListener("blur", () => point(-1));
  svg.addEventListener("keydown", (event) => {
    const { key } = /** @type {KeyboardEvent} */ (event);
    const last = data.columns.length - 1;
    const target = { ArrowLeft: selected - 1, ArrowRight: selected + 1, Home: 0, End: last }[key];
    if (target === undefined || last < 0) return;
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
    point(Math.max(0, Math.min(last, target)));
  });

  return { draw };
}
