// The layout of the reach chart (reach.js), and the chart as an SVG file.

import { words } from "../core/i18n.js";
import { colourOf, dashOf } from "./series.js";
import { heading, INK, label, MUTED, picture, RULE, tag } from "./svg.js";

const [LEFT, RIGHT, TOP, BOTTOM] = [62, 40, 12, 44]; // pixels
const BASE = 22; // of BOTTOM, below the column names
export const LINE = 15; // height of each further line of names

/** @typedef {{ wide: number, tall: number, lines?: number }} Size  lines: further lines of names after the first */
/** @param {number} i @param {number} count @param {Size} size */
export const xOf = (i, count, { wide }) => LEFT + (Math.max(1, wide - LEFT - RIGHT) * i) / Math.max(1, count - 1);
const FLOOR = 1e-4; // start of a logarithmic axis; smaller values are drawn there
/** @param {number} value @param {{ top: number, log?: boolean }} axis @param {Size} size */
export function yOf(value, { top, log = false }, { tall, lines = 0 }) {
  const clamped = Math.min(Math.max(value, log ? FLOOR : 0), top);
  const share = log ? Math.log(clamped / FLOOR) / Math.log(top / FLOOR) : clamped / top;
  return TOP + (tall - TOP - BOTTOM - LINE * lines) * (1 - share);
}
// The baseline of a column name on one of the lines.
/** @param {Size} size @param {number} line */
export const nameY = ({ tall, lines = 0 }, line) => tall - BASE - LINE * (lines - line);

// The axis label of an amount of context.
/** @param {string} column */
export const givenName = (column) => {
  const name = { uniform: words.models_given_uniform, letters: words.models_given_letters, count: words.models_best_count, all: words.models_given_all }[column];
  return String(name ?? column);
};

// Round axis marks from 0; powers of ten on a logarithmic axis.
/** @param {{ top: number, log?: boolean }} axis @returns {[number, string][]} */
export function axisMarks({ top, log = false }) {
  const step = top > 8 ? Math.ceil(top / 5) : top > 1.5 ? 1 : top > 0.6 ? 0.5 : 0.1;
  const values = log ? [1e-4, 1e-3, 1e-2, 0.1, 1, 10] : Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => Number((i * step).toFixed(1)));
  return values.filter((value) => value <= top).map((value) => [value, log && value === FLOOR ? `≤ ${value}` : String(value)]);
}

/** @param {import("./reach.js").ReachData} data @param {{ title: string, unitX: string, unitY: string }} words */
export function reachSvg(data, { title, unitX, unitY }) {
  const { columns, series, rules, alone } = data;
  const begin = 44 + 20 * series.length;
  const size = { wide: 900, tall: 320 };
  const x = (/** @type {number} */ i) => xOf(i, columns.length, size);
  const y = (/** @type {number} */ value) => begin + yOf(value, data, size);
  const rows = axisMarks(data).flatMap(([value, text]) => [
    tag("line", { x1: x(0), x2: size.wide - RIGHT, y1: y(value), y2: y(value), stroke: RULE }), label(x(0) - 8, y(value) + 4, text, { "text-anchor": "end" }),
  ]);
  const ruleLines = rules.flatMap(({ name: rule, value }) => [
    tag("line", { x1: x(0), x2: size.wide - RIGHT, y1: y(value), y2: y(value), stroke: MUTED, "stroke-dasharray": "3 3" }),
    label(size.wide - RIGHT, y(value) - 5, `${rule} ${value.toFixed(2)}`, { "text-anchor": "end" }),
  ]);
  const lines = series.flatMap(({ name: model, series: number, values }, i) => {
    const style = { stroke: colourOf(number), "stroke-width": 2, "stroke-dasharray": dashOf(number), fill: "none" };
    const points = values.flatMap((value, j) => (value === null || alone.includes(columns[j]) ? [] : [`${x(j).toFixed(1)},${y(value).toFixed(1)}`]));
    const dots = values.flatMap((value, j) => (value === null || !alone.includes(columns[j]) ? [] : [tag("circle", { cx: x(j).toFixed(1), cy: y(value).toFixed(1), r: 4, fill: colourOf(number) })]));
    return [
      tag("polyline", { points: points.join(" "), ...style }), ...dots,
      tag("line", { x1: LEFT, x2: LEFT + 30, y1: 40 + 20 * i, y2: 40 + 20 * i, ...style }), label(LEFT + 38, 44 + 20 * i, model, { fill: INK }),
    ];
  });
  return picture(size.wide, begin + size.tall + 20, title, [
    heading(14, 22, title), ...rows, ...ruleLines, ...lines,
    ...columns.map((column, i) => label(x(i), begin + nameY(size, 0), givenName(column), { "text-anchor": "middle" })),
    label(size.wide - RIGHT, begin + 4, unitY, { "text-anchor": "end" }), label(size.wide - RIGHT, begin + size.tall + 14, unitX, { "text-anchor": "end" }),
  ]);
}
