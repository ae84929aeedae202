// The ledger's running sums (ledger.js), as an SVG file.

import { heading, INK, label, MUTED, picture, RULE, tag } from "./svg.js";

/** @typedef {import("./ledger.js").Data} Data */

const COLOURS = ["#0b62c4", "#c2410c", "#0f766e"]; // as ledger.css has them
const DASHES = ["", "8 4", "2 4"];

// At least three round axis marks from 0 to `high`.
/** @param {number} high */
export function marks(high) {
  const power = 10 ** Math.floor(Math.log10(Math.max(high, 1) / 3));
  const step = Math.max(1, [5, 2, 1].map((n) => n * power).find((size) => size * 3 <= high) ?? 1);
  return Array.from({ length: Math.floor(high / step + 1e-9) + 1 }, (_, i) => i * step);
}

// The end of the axis: a little above the largest finite value.
/** @param {Data["series"]} series */
export const topOf = (series) => 1.04 * Math.max(1, ...series.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite));

/** @param {Data} data @param {{ title: string, unitX: string, unitY: string }} words */
export function ledgerSvg({ series, length }, { title, unitX, unitY }) {
  const [left, top, wide, tall] = [64, 34 + 20 * series.length, 840, 260];
  const high = topOf(series);
  const x = (/** @type {number} */ value) => left + (wide * value) / Math.max(1, length);
  const y = (/** @type {number} */ value) => top + tall * (1 - Math.min(value, high) / high);
  const rows = marks(high).flatMap((value) => [
    tag("line", { x1: left, x2: left + wide, y1: y(value), y2: y(value), stroke: RULE }),
    label(left - 8, y(value) + 4, value.toLocaleString("en"), { "text-anchor": "end" }),
  ]);
  const columns = marks(length).map((value) => label(x(value), top + tall + 20, value.toLocaleString("en"), { "text-anchor": "middle" }));
  const lines = series.flatMap(({ name, points }, i) => {
    const style = { stroke: COLOURS[i], "stroke-width": 2, "stroke-dasharray": DASHES[i], fill: "none" };
    return [
      tag("polyline", { points: points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" "), ...style }),
      tag("line", { x1: left, x2: left + 30, y1: 40 + 20 * i, y2: 40 + 20 * i, ...style }), label(left + 38, 44 + 20 * i, name, { fill: INK }),
    ];
  });
  return picture(left + wide + 20, top + tall + 44, title, [
    heading(left, 22, title), ...rows, ...columns,
    label(left - 8, top - 8, unitY, { "text-anchor": "end", fill: MUTED }), label(left + wide, top + tall + 38, unitX, { "text-anchor": "end" }), ...lines,
  ]);
}
