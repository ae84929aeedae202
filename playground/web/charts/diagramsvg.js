// A diagram (diagram.js) as an SVG file, with the look that shapes.css gives it on the page.

import { SIZES } from "../core/diagram.js";
import { heading, heat, INK, label, MUTED, picture, tag } from "./svg.js";

const [MARGIN, HEAD] = [20, 44]; // pixels around the diagram, and above it for its title
const MONO = "ui-monospace, 'DejaVu Sans Mono', monospace";
const [HIDDEN, DECODES] = ["#d4d5d8", "#a9abb1"];

/**
 * @param {ReturnType<typeof import("../core/diagram.js").layDiagram>} laid out in the large size
 * @param {{ title: string, temperature: number }} of
 */
export function diagramSvg({ boxes, lines, width, height }, { title, temperature }) {
  const [colour, high] = [heat(temperature), SIZES.large.box];
  const parts = [
    ...lines.map(({ d, kind }) => tag("path", { d, fill: "none", stroke: MUTED, "stroke-width": 1.5, ...(kind === "fed" ? { "stroke-dasharray": "3 4" } : {}) })),
    ...boxes.flatMap((box) => {
      const { row, x, y, width: wide, text, note, missed } = box;
      const middle = { "text-anchor": "middle" };
      return [
        tag("rect", { x, y, width: wide, height: high, rx: high / 5, ...look(box, colour) }),
        ...(text ? [label(x + wide / 2, y + high / 2 + 6, text, { ...middle, "font-family": MONO, "font-size": 17, fill: row === "output" && !missed ? "#ffffff" : INK })] : []),
        ...(note ? [label(x + wide / 2, y - 6, note, middle)] : []),
      ];
    })];
  return picture(Math.max(width, 240) + 2 * MARGIN, height + HEAD + MARGIN, title, [
    heading(MARGIN, 26, title), tag("g", { transform: `translate(${MARGIN} ${HEAD})` }, parts.join("")),
  ]);
}

/** @param {import("../core/diagram.js").Box} box @param {string} colour of the outputs */
function look({ row, text, decodes, missed }, colour) {
  if (row === "input") return { fill: "#ffffff", stroke: MUTED, "stroke-width": 1.5 };
  if (row === "hidden") return { fill: decodes ? DECODES : HIDDEN };
  if (text === "") return { fill: "none", stroke: colour, "stroke-width": 1.5, "stroke-dasharray": "4 4" };
  return missed ? { fill: "none", stroke: colour, "stroke-width": 1.5 } : { fill: colour };
}
