// A heat map (heatmap.js) as an SVG file.

import { depth } from "../core/grid.js";
import { INK, heat, label, picture, tag } from "./svg.js";

const [LEFT, TOP, WIDE, HIGH] = [64, 34, 840, 18]; // pixels; the last is a row's height

/** @param {HeatmapData} data @param {{ title: string, unit: string }} words */
export function heatmapSvg({ rows, columns, ticks, values }, { title, unit }) {
  const across = WIDE / Math.max(1, columns.length);
  const foot = TOP + HIGH * rows.length;
  const cells = values.flatMap((row, i) => row.map((p, j) =>
    tag("rect", { x: LEFT + j * across, y: TOP + i * HIGH, width: across, height: HIGH, "fill-opacity": depth(p) })));
  return picture(LEFT + WIDE + 20, foot + 44, title, [
    label(LEFT, 22, title, { fill: INK, "font-weight": 700, "font-size": 15 }),
    tag("g", { fill: heat(1) }, cells.join("")),
    ...rows.map((text, i) => label(LEFT - 8, TOP + (i + 0.75) * HIGH, text, { "text-anchor": "end", fill: INK })),
    ...ticks.map(([at, text]) => label(LEFT + at * WIDE, foot + 18, text, { "text-anchor": "middle" })),
    label(LEFT + WIDE, foot + 36, unit, { "text-anchor": "end" }),
  ]);
}
