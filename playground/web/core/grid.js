// Cells in rows and columns: hit testing and keyboard movement. Pure.

/** @typedef {{ row: number, column: number }} GridCell */

const clampIndex = (/** @type {number} */ i, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, i));

// The cell at a point, given as fractions of the width and height; null outside.
/** @param {number} across @param {number} down @param {{ rows: number, columns: number }} size @returns {GridCell | null} */
export function cellAt(across, down, { rows, columns }) {
  if (!(across >= 0 && across <= 1 && down >= 0 && down <= 1) || !rows || !columns) return null;
  return { row: clampIndex(Math.floor(down * rows), rows), column: clampIndex(Math.floor(across * columns), columns) };
}

// The cell that a key moves to; null for other keys. Without a current cell it is the first one.
/** @param {string} key @param {GridCell | null} from @param {{ rows: number, columns: number }} size @returns {GridCell | null} */
export function nextCell(key, from, { rows, columns }) {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -Infinity], End: [0, Infinity], PageUp: [-Infinity, 0], PageDown: [Infinity, 0] }[key];
  if (!step || !rows || !columns) return null;
  if (!from) return { row: 0, column: 0 };
  return { row: clampIndex(from.row + step[0], rows), column: clampIndex(from.column + step[1], columns) };
}

// The opacity of a cell's colour. The square root keeps a probability of 1 % visible.
/** @param {number} p */
export const depth = (p) => Math.sqrt(Math.max(0, Math.min(1, p)));
