// The axis of a bar chart of probabilities: linear from 0 to 1, or logarithmic from one in a million if `log` is set.

const FLOOR = -6;

// The height of a probability, as a fraction of the column.
/** @param {number} p @param {boolean} log */
export const shareOf = (p, log) => (log ? Math.max(0, 1 - Math.log10(Math.max(p, 1e-300)) / FLOOR) : Math.min(1, p));

// The probability at a given fraction of the column's height.
/** @param {number} share @param {boolean} log */
export const probabilityAt = (share, log) => (log ? 10 ** (FLOOR * (1 - share)) : share);

// The axis labels from top to bottom: [position as a fraction of the column, text].
/** @param {boolean} log @returns {[number, string][]} */
export const marks = (log) => (log
  ? [0, 1, 2, 3, 4, 5, 6].map((e) => [1 + e / FLOOR, e ? `10⁻${"⁰¹²³⁴⁵⁶"[e]}` : "1"])
  : [1, 0.75, 0.5, 0.25, 0].map((p) => [p, p === 1 ? "100 %" : String(100 * p)]));
