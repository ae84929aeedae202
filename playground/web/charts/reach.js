// How much worse an answer is when less is given: a line for each model over the amounts, from nothing to everything. It knows
// no models and no page.
//
//   reach(host, …).draw({ columns, series, rules, top, log })     log: whether the axis is logarithmic
//   series = [{ name, series, values: (number | null)[] }]    by column, in the unit of the axis, from 0 to `top`
//   rules  = [{ name, value }]                                lines across, such as yardsticks

import { keep, make, shape } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { menu } from "./menu.js";
import { axisMarks, givenName, reachSvg, xOf, yOf } from "./reachsvg.js";

/**
 * @typedef {{ name: string, series: number, values: (number | null)[] }} Line
 * @typedef {{ columns: string[], series: Line[], rules: { name: string, value: number }[], top: number, log: boolean }} ReachData
 */

const TALL = 230; // pixels

/** @param {number | null} value */
export const nats = (value) => (value === null ? "–" : value === Infinity ? "∞" : value >= 0.1 || value === 0 ? value.toFixed(2) : value >= 0.001 ? value.toFixed(4) : value.toExponential(0));

/**
 * @param {HTMLElement} host
 * @param {{ name: string, title: () => string, unitX: string, unitY: () => string, csv: () => string }} options
 */
export function reach(host, { name, title, unitX, unitY, csv }) {
  /** @type {ReachData} */
  let data = { columns: [], series: [], rules: [], top: 1, log: false };
  let wide = 0;
  let at = -1;
  const svg = shape("svg", { height: TALL, tabindex: 0, role: "slider", "aria-valuemin": 1 });
  const axes = shape("g", { class: "axes" });
  const lines = shape("g", { class: "curves" });
  const mark = shape("path", { class: "here" });
  svg.append(axes, lines, mark);
  const unit = make("span");
  const told = keep(make("div", { class: "told", role: "status" }));
  const save = menu(words.save_chart, "bars", name, () => ({ svg: reachSvg(data, { title: title(), unitX: String(unitX), unitY: unitY() }), csv: csv() }));
  host.classList.add("reach-chart");
  host.replaceChildren(make("div", { class: "unit" }, unit, save), keep(make("div", {}, svg)), make("div", { class: "unit across", text: unitX }), told);

  new ResizeObserver(([{ contentRect: { width } }]) => {
    if (width === wide) return;
    wide = width;
    draw(data);
  }).observe(host);

  /** @param {ReachData} next */
  function draw(next) {
    data = next;
    const { columns, series, rules } = data;
    unit.textContent = unitY();
    svg.setAttribute("aria-label", title());
    svg.setAttribute("width", String(Math.max(0, wide)));
    svg.setAttribute("aria-valuemax", String(Math.max(1, columns.length)));
    const size = { wide, tall: TALL };
    const x = (/** @type {number} */ i) => xOf(i, columns.length, size);
    const y = (/** @type {number} */ value) => yOf(value, data, size);
    const low = (/** @type {number} */ i) => (i === 1 && wide / Math.max(1, columns.length) < 72 ? 15 : 0); // the names would lie over each other
    axes.replaceChildren(
      ...axisMarks(data).flatMap(([value, said]) => [shape("path", { d: `M${x(0)} ${y(value)}H${wide - 8}` }), text(x(0) - 8, y(value) + 5, "end", said)]),
      ...columns.map((column, i) => text(x(i), TALL - 22 + low(i), "middle", givenName(column))),
      ...rules.flatMap(({ name: rule, value }) => [shape("path", { class: "rule", d: `M${x(0)} ${y(value)}H${wide - 8}` }), text(wide - 8, y(value) - 5, "end", `${rule} ${nats(value)}`)]));
    lines.replaceChildren(...series.flatMap(({ series: number, values }) => {
      const points = values.flatMap((value, i) => (value === null ? [] : [[x(i), y(value)]]));
      return [
        shape("path", { class: `curve line-${number}`, d: points.map(([a, b], i) => `${i ? "L" : "M"}${a.toFixed(1)} ${b.toFixed(1)}`).join("") }),
        ...points.map(([a, b]) => shape("circle", { class: `line-${number}`, cx: a.toFixed(1), cy: b.toFixed(1), r: 3 })),
      ];
    }));
    point(Math.min(at, columns.length - 1));
  }

  /** @param {number} x @param {number} y @param {string} anchor @param {string} content */
  function text(x, y, anchor, content) {
    const node = shape("text", { x, y, "text-anchor": anchor });
    node.textContent = content;
    return node;
  }

  /** @param {number} i a column, or −1 */
  function point(i) {
    at = i;
    const { columns, series } = data;
    const shown = i >= 0 && i < columns.length;
    mark.setAttribute("visibility", shown ? "visible" : "hidden");
    svg.setAttribute("aria-valuenow", String(Math.max(1, i + 1)));
    if (shown) {
      const x = xOf(i, columns.length, { wide, tall: TALL }).toFixed(1);
      mark.setAttribute("d", `M${x} ${yOf(data.top, data, { wide, tall: TALL })}V${yOf(0, data, { wide, tall: TALL })}`);
    }
    told.textContent = shown ? `${/^\d+$/.test(columns[i]) ? format.say("models_given_n", { n: Number(columns[i]) }) : givenName(columns[i])}: ${series.map((line) => `${line.name} ${nats(line.values[i])}`).join(" · ")}` : "";
    svg.setAttribute("aria-valuetext", told.textContent ?? "");
  }

  /** @param {Event} event */
  const near = (event) => {
    const left = /** @type {PointerEvent} */ (event).clientX - svg.getBoundingClientRect().left;
    const places = data.columns.map((_, i) => Math.abs(xOf(i, data.columns.length, { wide, tall: TALL }) - left));
    return places.indexOf(Math.min(...places));
  };
  svg.addEventListener("pointermove", (event) => point(near(event)));
  svg.addEventListener("pointerleave", () => point(-1));
  svg.addEventListener("blur", () => point(-1));
  svg.addEventListener("keydown", (event) => {
    const { key } = /** @type {KeyboardEvent} */ (event);
    const last = data.columns.length - 1;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
    point(Math.max(0, Math.min(last, to)));
  });

  return { draw };
}
