// Where things stand in a chart of losses (reach.js), and the chart as an SVG file.

import { words } from "../core/i18n.js";
import { colourOf, dashOf } from "./series.js";
import { INK, label, MUTED, picture, RULE, tag } from "./svg.js";

const [LEFT, RIGHT, TOP, BOTTOM] = [62, 30, 12, 44]; // pixels

/** @typedef {{ wide: number, tall: number }} Size */
/** @param {number} i @param {number} count @param {Size} size */
export const xOf = (i, count, { wide }) => LEFT + (Math.max(1, wide - LEFT - RIGHT) * i) / Math.max(1, count - 1);
const FLOOR = 1e-4; // where a logarithmic axis begins: what is less stands on it
/** @param {number} value @param {{ top: number, log?: boolean }} axis @param {Size} size */
export function yOf(value, { top, log = false }, { tall }) {
  const kept = Math.min(Math.max(value, log ? FLOOR : 0), top);
  const share = log ? Math.log(kept / FLOOR) / Math.log(top / FLOOR) : kept / top;
  return TOP + (tall - TOP - BOTTOM) * (1 - share);
}

// What is given, as the axis says it.
/** @param {string} column */
export const givenName = (column) => {
  const named = { uniform: words.models_given_uniform, letters: words.models_given_letters, all: words.models_given_all }[column];
  return String(named ?? column);
};

// Whole marks of an axis from 0, or halves where it is short; of a logarithmic one, powers of ten.
/** @param {{ top: number, log?: boolean }} axis @returns {[number, string][]} */
export function axisMarks({ top, log = false }) {
  const step = top > 8 ? Math.ceil(top / 5) : top > 1.5 ? 1 : top > 0.6 ? 0.5 : 0.1;
  const values = log ? [1e-4, 1e-3, 1e-2, 0.1, 1, 10] : Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => Number((i * step).toFixed(1)));
  return values.filter((value) => value <= top).map((value) => [value, log && value === FLOOR ? `≤ ${value}` : String(value)]);
}

/** @param {import("./reach.js").ReachData} data @param {{ title: string, unitX: string, unitY: string }} words */
export function reachSvg(data, { title, unitX, unitY }) {
  const { columns, series, rules } = data;
  const begin = 44 + 20 * series.length;
  const size = { wide: 900, tall: 320 };
  const x = (/** @type {number} */ i) => xOf(i, columns.length, size);
  const y = (/** @type {number} */ value) => begin + yOf(value, data, size);
  const rows = axisMarks(data).flatMap(([value, text]) => [
    tag("line", { x1: x(0), x2: size.wide - RIGHT, y1: y(value), y2: y(value), stroke: RULE }), label(x(0) - 8, y(value) + 4, text, { "text-anchor": "end" }),
  ]);
  const across = rules.flatMap(({ name: rule, value }) => [
    tag("line", { x1: x(0), x2: size.wide - RIGHT, y1: y(value), y2: y(value), stroke: MUTED, "stroke-dasharray": "3 3" }),
    label(size.wide - RIGHT, y(value) - 5, `${rule} ${value.toFixed(2)}`, { "text-anchor": "end" }),
  ]);
  const lines = series.flatMap(({ name: model, series: number, values }, i) => {
    const style = { stroke: colourOf(number), "stroke-width": 2, "stroke-dasharray": dashOf(number), fill: "none" };
    const points = values.flatMap((value, j) => (value === null ? [] : [`${x(j).toFixed(1)},${y(value).toFixed(1)}`]));
    return [
      tag("polyline", { points: points.join(" "), ...style }),
      tag("line", { x1: LEFT, x2: LEFT + 30, y1: 40 + 20 * i, y2: 40 + 20 * i, ...style }), label(LEFT + 38, 44 + 20 * i, model, { fill: INK }),
    ];
  });
  return picture(size.wide, begin + size.tall + 20, title, [
    label(14, 22, title, { fill: INK, "font-weight": 700, "font-size": 15 }), ...rows, ...across, ...lines,
    ...columns.map((column, i) => label(x(i), begin + size.tall - 22, givenName(column), { "text-anchor": "middle" })),
    label(size.wide - RIGHT, begin + 4, unitY, { "text-anchor": "end" }), label(size.wide - RIGHT, begin + size.tall + 14, unitX, { "text-anchor": "end" }),
  ]);
}
