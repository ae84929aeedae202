// Chart data as CSV (RFC 4180), at full precision. Pure.

import * as groups from "./groups.js";
import { segments } from "./segments.js";

/** @param {unknown} value */
const field = (value) => {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};

/** @param {unknown[][]} rows the first of them the names of the columns */
export const csv = (rows) => rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");

// One row per symbol, likeliest first; the folded rest comes last.
/** @param {Distribution} distribution */
export function barsCsv({ row, symbols, atOne, drawn, settings: { temperature } }) {
  const rows = Array.from(row.ids, (id, place) => [symbols[id], id, row.ranked[place], drawn.probabilities[place], atOne[place]]);
  if (row.folded) rows.push(["", "", "", groups.beyond(row, drawn.probabilities), groups.beyond(row, atOne)]);
  return csv([["symbol", "id", "logit", `probability (T = ${temperature})`, "probability (T = 1)"], ...rows]);
}

/** @param {Distribution} distribution */
export function cumulativeCsv(distribution) {
  const { symbols, u, under } = distribution;
  const rows = segments(distribution).map(({ id, from, width }) => [
    id === null ? "" : symbols[id], id, from, from + width, u !== null && id === (under ?? null) ? u : "",
  ]);
  return csv([["symbol", "id", "from", "to", "u"], ...rows]);
}

/** @param {{ symbol: string, surprise: number, entropy: number }[]} steps */
export const lineCsv = (steps) =>
  csv([["step", "symbol", "surprise (bits)", "entropy (bits)"], ...steps.map(({ symbol, surprise, entropy }, i) => [i + 1, symbol, surprise, entropy])]);

// One row per row of the heat map; the header has the column names.
/** @param {HeatmapData} data */
export const heatmapCsv = ({ rows, columns, values }) => csv([["", ...columns], ...rows.map((name, i) => [name, ...values[i]])]);

// One row per node of a tree, with the number of its parent's row (empty for the root).
/** @param {TreeNode[]} nodes */
export const treeCsv = (nodes) => csv([["node", "parent", "text", "log-probability", "kept"],
  ...nodes.map(({ parent, text, logp, kept }, i) => [i + 1, parent < 0 ? "" : parent + 1, text, logp, kept])]);
