// The branches of a tree (tree.js) as the data of paths, and as an SVG file.

import { layTree } from "../core/tree.js";
import { heat, INK, label, MUTED, picture, tag } from "./svg.js";

export const [LEFT, ACROSS, DOWN] = [12, 56, 24]; // pixels: the first node, from one depth to the next, and from one line to the next
const TOP = 34; // of a file, for its title

// Where a node's text begins: over the line that leads to it.
/** @param {number} depth */
export const textAt = (depth) => LEFT + Math.max(0, depth - 1) * ACROSS + 6;

// A line from each node's parent to the node: a step down or up, then across, under the node's text.
/** @param {import("../core/tree.js").Laid[]} laid @param {number[]} those @param {number} [top] */
export function branches(laid, those, top = 0) {
  return those.filter((i) => laid[i].parent >= 0).map((i) => {
    const { depth, row, parent } = laid[i];
    return `M${LEFT + (depth - 1) * ACROSS} ${top + (laid[parent].row + 0.5) * DOWN}V${top + (row + 0.5) * DOWN}H${LEFT + depth * ACROSS}`;
  }).join("");
}

/** @param {TreeData} data @param {string} title */
export function treeSvg({ nodes, depth: deepest }, title) {
  const { laid, rows, depth } = layTree(nodes, deepest);
  const shown = laid.map((_, i) => i).filter((i) => laid[i].depth <= deepest);
  const style = { fill: "none", "stroke-width": 1.5 };
  return picture(LEFT + (depth + 1) * ACROSS + 40, TOP + rows * DOWN + 10, title, [
    label(LEFT, 20, title, { fill: INK, "font-weight": 700, "font-size": 15 }),
    tag("path", { d: branches(laid, shown.filter((i) => !laid[i].kept), TOP), stroke: MUTED, "stroke-dasharray": "3 3", ...style }),
    tag("path", { d: branches(laid, shown.filter((i) => laid[i].kept), TOP), stroke: heat(1), ...style }),
    tag("path", { d: branches(laid, shown.filter((i) => laid[i].best), TOP), stroke: heat(1), ...style, "stroke-width": 3.5 }),
    ...shown.map((i) => label(textAt(laid[i].depth), TOP + (laid[i].row + 0.5) * DOWN - 7, laid[i].text, { fill: laid[i].kept ? INK : MUTED })),
  ]);
}
