// Curves with their spread (curves.js), as an SVG file.

import { heading, INK, label, picture, RULE, tag } from "./svg.js";

const COLOURS = ["#7c3aed", "#c2410c", "#0f766e", "#0b62c4", "#b4235f", "#4d7c0f"]; // as curves.css has them
const DASHES = ["", "9 5", "2 4", "11 4 2 4", "14 4 2 4 2 4", "7 3 7 11"]; // so are these
const [LEFT, WIDE, TALL] = [64, 840, 260]; // pixels

/** @param {CurvesData} data @param {{ title: string, unitX: string, unitY: string }} words */
export function curvesSvg({ series, ticks, levels, top: high }, { title, unitX, unitY }) {
  const legend = series.length > 1 ? series : [];
  const top = 44 + 20 * legend.length;
  const x = (/** @type {number} */ value) => LEFT + WIDE * value;
  const y = (/** @type {number} */ value) => top + TALL * (1 - Math.min(value, high) / high);
  const points = (/** @type {number[][]} */ list) => list.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" ");
  const style = (/** @type {number} */ i) => ({ stroke: COLOURS[i % COLOURS.length], "stroke-width": 2, "stroke-dasharray": DASHES[i % DASHES.length], fill: "none" });
  return picture(LEFT + WIDE + 20, top + TALL + 44, title, [
    heading(LEFT, 22, title),
    ...legend.flatMap(({ name }, i) => [tag("line", { x1: LEFT, x2: LEFT + 30, y1: 40 + 20 * i, y2: 40 + 20 * i, ...style(i) }), label(LEFT + 38, 44 + 20 * i, name, { fill: INK })]),
    label(LEFT - 8, top - 8, unitY, { "text-anchor": "end" }),
    ...levels.flatMap(([level, text]) => [
      tag("line", { x1: LEFT, x2: LEFT + WIDE, y1: y(level), y2: y(level), stroke: RULE }), label(LEFT - 8, y(level) + 4, text, { "text-anchor": "end" }),
    ]),
    ...series.flatMap(({ points: curve, spread = [] }, i) => [
      ...(spread.length ? [tag("polygon", { points: points([...spread.map(([a, , b]) => [a, b]), ...[...spread].reverse().map(([a, b]) => [a, b])]), fill: COLOURS[i % COLOURS.length], "fill-opacity": 0.15 })] : []),
      tag("polyline", { points: points(curve), ...style(i) }),
    ]),
    ...ticks.map(([at, text]) => label(x(at), top + TALL + 20, text, { "text-anchor": "middle" })),
    label(LEFT + WIDE, top + TALL + 38, unitX, { "text-anchor": "end" }),
  ]);
}
