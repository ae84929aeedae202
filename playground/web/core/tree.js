// Lays out a tree from left to right and moves through it by keyboard. Pure.

/** @typedef {TreeNode & { depth: number, row: number, children: number[] }} Laid  `row` counts lines from the top; it can lie between two */

// Positions the nodes. Each leaf has a line of its own, the likelier above; other nodes are centred on their
// children.
/** @param {TreeNode[]} nodes each after its parent @param {number} [deepest] of the nodes to lay out @returns {{ laid: Laid[], rows: number, depth: number }} */
export function layTree(nodes, deepest = Infinity) {
  /** @type {Laid[]} */
  const laid = [];
  for (const node of nodes) {
    const parent = laid[node.parent];
    if (node.parent >= 0 && !parent) throw new RangeError("A node of a tree comes after its parent.");
    laid.push({ ...node, depth: parent ? parent.depth + 1 : 0, row: 0, children: [] });
    if (parent && laid[laid.length - 1].depth <= deepest) parent.children.push(laid.length - 1);
  }
  let rows = 0;
  /** @param {number} i */
  function place(i) {
    const node = laid[i];
    node.children.sort((a, b) => laid[b].logp - laid[a].logp || a - b);
    node.children.forEach(place);
    const [first, last] = [node.children[0], node.children[node.children.length - 1]];
    node.row = node.children.length ? (laid[first].row + laid[last].row) / 2 : rows++;
  }
  laid.forEach(({ parent }, i) => { if (parent < 0) place(i); });
  const visible = laid.filter(({ depth }) => depth <= deepest);
  return { laid, rows, depth: Math.max(0, ...visible.map(({ depth }) => depth)) };
}

// The node that a key moves to: the parent, the likeliest child, or the neighbour above or below at the same depth;
// null if there is none.
/** @param {string} key @param {number} from @param {Laid[]} laid @param {number} [deepest] @returns {number | null} */
export function nextNode(key, from, laid, deepest = Infinity) {
  const node = laid[from];
  if (!node) return laid.length ? 0 : null;
  if (key === "ArrowLeft") return node.parent < 0 ? null : node.parent;
  if (key === "ArrowRight") return node.children[0] ?? null;
  const neighbours = laid.map((_, i) => i).filter((i) => laid[i].depth === node.depth && node.depth <= deepest).sort((a, b) => laid[a].row - laid[b].row);
  const at = neighbours.indexOf(from);
  return { ArrowUp: neighbours[at - 1], ArrowDown: neighbours[at + 1], Home: 0 }[key] ?? null;
}
