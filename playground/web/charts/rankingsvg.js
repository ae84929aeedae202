// The ranking (ranking.js), as an SVG file.

import { heading, heat, INK, label, MUTED, picture, RULE, SURPRISE, tag } from "./svg.js";

const [LEFT, TEXT, NUMBER, AXIS, WIDE, TOP, DOWN] = [16, 130, 560, 590, 300, 62, 24];
const MONO = "ui-monospace, 'DejaVu Sans Mono', monospace";
const LONGEST = 48; // characters of a text

/** @param {string} text */
const shorten = (text) => ([...text].length > LONGEST ? `${[...text].slice(0, LONGEST - 1).join("")}…` : text);

/** @param {import("./ranking.js").Data} data @param {string} title */
export function rankingSvg({ rows, low, unit }, title) {
  /** @param {number} x @param {number} y @param {string} kind */
  const mark = (x, y, kind) => (kind === "greedy"
    ? tag("path", { d: `M${x.toFixed(1)} ${y - 6}l6 6l-6 6l-6 -6z`, fill: INK })
    : tag("circle", { cx: x, cy: y, r: 5, fill: kind === "beam" ? heat(1) : "none", stroke: kind === "beam" ? heat(1) : SURPRISE, "stroke-width": 2 }));
  return picture(AXIS + WIDE + 24, TOP + rows.length * DOWN + 14, title, [
    heading(LEFT, 24, title),
    label(NUMBER, TOP - 10, unit, { "text-anchor": "end" }), label(AXIS, TOP - 10, `${low}`.replace("-", "−"), { "text-anchor": "middle" }), label(AXIS + WIDE, TOP - 10, "0", { "text-anchor": "middle" }),
    ...rows.flatMap(({ kind, name, text, value }, i) => {
      const y = TOP + (i + 0.5) * DOWN;
      return [
        tag("line", { x1: AXIS, x2: AXIS + WIDE, y1: y, y2: y, stroke: RULE }), mark(AXIS + WIDE * (1 - value / low), y, kind),
        label(LEFT, y + 4, name, { fill: MUTED }), label(TEXT, y + 4, shorten(text), { fill: INK, "font-family": MONO, "xml:space": "preserve" }),
        label(NUMBER, y + 4, value.toFixed(2).replace("-", "−"), { fill: INK, "text-anchor": "end" }),
      ];
    }),
  ]);
}
