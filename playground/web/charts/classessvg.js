// The bars of a few classes (classes.js) as an SVG file.

import * as format from "../core/format.js";
import { heading, INK, label, picture, RULE, tag } from "./svg.js";

export const COLOURS = ["#c2410c", "#0b62c4"]; // of the two verdicts, as shapereview.css has them

/** @param {import("./classes.js").ClassRow[]} rows @param {string} title */
export function classesSvg(rows, title) {
  const [left, top, wide, pitch, high] = [120, 44, 420, 40, 26];
  const parts = rows.flatMap(({ name, share, atOne }, i) => {
    const y = top + i * pitch;
    const mark = left + wide * atOne;
    return [
      label(left - 12, y + 18, name, { "text-anchor": "end", fill: INK }),
      tag("rect", { x: left, y, width: wide, height: high, fill: "none", stroke: RULE }),
      tag("rect", { x: left, y, width: wide * share, height: high, fill: COLOURS[i % COLOURS.length] }),
      tag("line", { x1: mark, x2: mark, y1: y - 3, y2: y + high + 3, stroke: INK, "stroke-width": 2, "stroke-dasharray": "4 3" }),
      label(left + wide + 12, y + 18, format.percent(share), { fill: INK }),
    ];
  });
  return picture(left + wide + 90, top + rows.length * pitch + 6, title, [heading(14, 24, title), ...parts]);
}
