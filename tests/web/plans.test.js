// Where the cells of a heat map and the branches of a tree stand, and what is saved of them.
import assert from "node:assert/strict";
import test from "node:test";

import { heatmapSvg } from "../../playground/web/charts/heatmapsvg.js";
import { branchPaths, treeSvg } from "../../playground/web/charts/treesvg.js";
import { heatmapCsv, treeCsv } from "../../playground/web/core/csv.js";
import { cellAt, depth, nextCell } from "../../playground/web/core/grid.js";
import { layTree, nextNode } from "../../playground/web/core/tree.js";

const SIZE = { rows: 2, columns: 4 };
const MAP = { rows: ["<", "b"], columns: ["0", "1"], ticks: [[0, "0"], [0.5, "1"]], values: [[1, 0.25], [0, 0.75]] };
// A beam of two over two steps: a and b are kept, c is dropped; of theirs, "ax" and "by" are kept.
const NODES = [
  { parent: -1, text: "", logp: 0, kept: true },
  { parent: 0, text: "b", logp: -1.5, kept: true },
  { parent: 0, text: "a", logp: -0.5, kept: true },
  { parent: 0, text: "c", logp: -3, kept: false },
  { parent: 2, text: "x", logp: -1, kept: true },
  { parent: 1, text: "y", logp: -2, kept: true },
  { parent: 2, text: "<", logp: -4, kept: false },
];

test("a point belongs to the cell that covers it, and to none outside", () => {
  assert.deepEqual(cellAt(0, 0, SIZE), { row: 0, column: 0 });
  assert.deepEqual(cellAt(0.49, 0.5, SIZE), { row: 1, column: 1 });
  assert.deepEqual(cellAt(1, 1, SIZE), { row: 1, column: 3 }); // the last edge belongs to the last cell
  for (const [x, y] of [[-0.1, 0], [0, 1.1], [NaN, 0]]) assert.equal(cellAt(x, y, SIZE), null);
  assert.equal(cellAt(0, 0, { rows: 0, columns: 0 }), null);
});

test("arrow keys move between cells and stay inside the grid", () => {
  const from = { row: 0, column: 2 };
  assert.deepEqual(nextCell("ArrowRight", from, SIZE), { row: 0, column: 3 });
  assert.deepEqual(nextCell("End", from, SIZE), { row: 0, column: 3 });
  assert.deepEqual(nextCell("ArrowUp", from, SIZE), from);
  assert.deepEqual(nextCell("PageDown", from, SIZE), { row: 1, column: 2 });
  assert.deepEqual(nextCell("ArrowLeft", null, SIZE), { row: 0, column: 0 });
  assert.equal(nextCell("x", from, SIZE), null);
});

test("a probability of 1 % has a tenth of the full opacity", () => {
  assert.deepEqual([0, 0.25, 1].map(depth), [0, 0.5, 1]);
  assert.ok(Math.abs(depth(0.01) - 0.1) < 1e-12);
});

test("a heat map is saved as SVG and CSV", () => {
  const svg = heatmapSvg(MAP, { title: "T & p", unit: "<T>" });
  assert.equal(svg.match(/<rect/g).length, 1 + 4);
  assert.ok(svg.includes("T &amp; p") && svg.includes("&lt;T&gt;") && svg.includes(">&lt;</text>"));
  assert.equal(heatmapCsv(MAP), ",0,1\r\n<,1,0.25\r\nb,0,0.75\r\n");
});

test("each leaf has its own line, the likelier above; a node is centred on its children", () => {
  const { laid, rows, depth: deep } = layTree(NODES);
  assert.deepEqual(laid.map(({ depth: at }) => at), [0, 1, 1, 1, 2, 2, 2]);
  assert.deepEqual(laid.map(({ row }) => row), [1.75, 2, 0.5, 3, 0, 2, 1]); // x, <, y, c from the top
  assert.deepEqual([rows, deep], [4, 2]);
  assert.throws(() => layTree([{ parent: 1, text: "", logp: 0, kept: true }]), RangeError);
});

test("nodes deeper than the search has come are not laid out", () => {
  const { laid, rows, depth: deep } = layTree(NODES, 1);
  assert.deepEqual([rows, deep], [3, 1]);
  assert.deepEqual(laid.slice(0, 4).map(({ row }) => row), [1, 1, 0, 2]);
  assert.equal(nextNode("ArrowRight", 2, laid, 1), null);
});

test("arrow keys move along the branches of a tree", () => {
  const { laid } = layTree(NODES);
  assert.equal(nextNode("ArrowRight", 0, laid), 2); // a, the likeliest
  assert.equal(nextNode("ArrowDown", 2, laid), 1);
  assert.equal(nextNode("ArrowDown", 6, laid), 5); // from one parent's branch to another's
  assert.equal(nextNode("ArrowUp", 2, laid), null);
  assert.equal(nextNode("ArrowLeft", 4, laid), 2);
  assert.equal(nextNode("ArrowLeft", 0, laid), null);
  assert.equal(nextNode("Home", 4, laid), 0);
  assert.equal(nextNode("ArrowRight", -1, laid), 0); // where nothing was pointed at
});

test("a tree is saved as SVG and CSV", () => {
  const svg = treeSvg({ nodes: NODES, depth: 2 }, "beam");
  assert.equal(svg.match(/<text/g).length, 1 + NODES.length);
  assert.ok(svg.includes(">&lt;</text>"));
  assert.equal(branchPaths(layTree(NODES).laid, [2, 4]), "M12 54V24H68M68 24V12H124");
  assert.equal(treeCsv(NODES).split("\r\n")[5], "5,3,x,-1,true");
  assert.ok(!/NaN|undefined/.test(svg + treeSvg({ nodes: [], depth: 0 }, "")));
});
