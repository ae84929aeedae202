// A heat map (heatmap.js), as an SVG file.

import { depth } from "../core/grid.js";
import { heading, heat, INK, label, picture, tag } from "./svg.js";

const [LEFT, TOP, WIDE, HIGH] = [64, 34, 840, 18]; // pixels; the last is a row's height

/** @param {HeatmapData} data @param {{ title: string, unit: string }} words */
export function heatmapSvg({ rows, columns, ticks, values }, { title, unit }) {
  const columnWidth = WIDE / Math.max(1, columns.length);
  const bottom = TOP + HIGH * rows.length;
  const cells = values.flatMap((row, i) => row.map((p, j) =>
    tag("rect", {
      x: LEFT + j * columnWidth, y: TOP + i * HIGH, width: columnWidth, height: HIGH, "fill-opacity": depth(p),
    })));
  return picture(LEFT + WIDE + 20, bottom + 44, title, [
    heading(LEFT, 22, title),
    tag("g", { fill: heat(1) }, cells.join("")),
    ...rows.map((text, i) => label(LEFT - 8, TOP + (i + 0.75) * HIGH, text, { "text-anchor": "end", fill: INK })),
    ...ticks.map(([at, text]) => label(LEFT + at * WIDE, bottom + 18, text, { "text-anchor": "middle" })),
    label(LEFT + WIDE, bottom + 36, unit, { "text-anchor": "end" }),
  ]);
}
