// Cells in rows and columns: which one a point is in, and where the arrow keys lead. Pure.

/** @typedef {{ row: number, column: number }} GridCell */

const within = (/** @type {number} */ i, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, i));

// The cell at a point, given as shares of the width and the height; null outside and where there is none.
/** @param {number} across @param {number} down @param {{ rows: number, columns: number }} size @returns {GridCell | null} */
export function cellAt(across, down, { rows, columns }) {
  if (!(across >= 0 && across <= 1 && down >= 0 && down <= 1) || !rows || !columns) return null;
  return { row: within(Math.floor(down * rows), rows), column: within(Math.floor(across * columns), columns) };
}

// Where a key leads from a cell; null for other keys. Without a cell, the keys begin at the first one.
/** @param {string} key @param {GridCell | null} from @param {{ rows: number, columns: number }} size @returns {GridCell | null} */
export function moved(key, from, { rows, columns }) {
  const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -Infinity], End: [0, Infinity], PageUp: [-Infinity, 0], PageDown: [Infinity, 0] }[key];
  if (!by || !rows || !columns) return null;
  if (!from) return { row: 0, column: 0 };
  return { row: within(from.row + by[0], rows), column: within(from.column + by[1], columns) };
}

// How deep a cell's colour is for a probability. By the square root, because an area is what is compared: a hundredth is still seen.
/** @param {number} p */
export const depth = (p) => Math.sqrt(Math.max(0, Math.min(1, p)));
