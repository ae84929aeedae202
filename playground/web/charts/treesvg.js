// The branches of a tree (tree.js) as SVG path data, and as an SVG file.

import { layTree } from "../core/tree.js";
import { heading, heat, INK, label, MUTED, picture, tag } from "./svg.js";

export const [LEFT, ACROSS, DOWN] = [12, 56, 24]; // pixels: x of the first node, distance between depths, distance between lines
const TOP = 34; // space for the title in a file

// The x at which a node's text begins, above the line that leads to it.
/** @param {number} depth */
export const textX = (depth) => LEFT + Math.max(0, depth - 1) * ACROSS + 6;

// Lines from parents to nodes: a vertical step, then across under the node's text.
/** @param {import("../core/tree.js").Laid[]} laid @param {number[]} nodes @param {number} [top] */
export function branchPaths(laid, nodes, top = 0) {
  return nodes.filter((i) => laid[i].parent >= 0).map((i) => {
    const { depth, row, parent } = laid[i];
    return `M${LEFT + (depth - 1) * ACROSS} ${top + (laid[parent].row + 0.5) * DOWN}V${top + (row + 0.5) * DOWN}H${LEFT + depth * ACROSS}`;
  }).join("");
}

/** @param {TreeData} data @param {string} title */
export function treeSvg({ nodes, depth: deepest }, title) {
  const { laid, rows, depth } = layTree(nodes, deepest);
  const visible = laid.map((_, i) => i).filter((i) => laid[i].depth <= deepest);
  const style = { fill: "none", "stroke-width": 1.5 };
  return picture(LEFT + (depth + 1) * ACROSS + 40, TOP + rows * DOWN + 10, title, [
    heading(LEFT, 20, title),
    tag("path", { d: branchPaths(laid, visible.filter((i) => !laid[i].kept), TOP), stroke: MUTED, "stroke-dasharray": "3 3", ...style }),
    tag("path", { d: branchPaths(laid, visible.filter((i) => laid[i].kept), TOP), stroke: heat(1), ...style }),
    tag("path", { d: branchPaths(laid, visible.filter((i) => laid[i].best), TOP), stroke: heat(1), ...style, "stroke-width": 3.5 }),
    ...visible.map((i) => label(textX(laid[i].depth), TOP + (laid[i].row + 0.5) * DOWN - 7, laid[i].text, { fill: laid[i].kept ? INK : MUTED })),
  ]);
}
