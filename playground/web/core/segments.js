// The segments of the cumulative line: where each symbol's share of the interval from 0 to 1 lies, in the order of the draw.
// Pure.

import * as format from "./format.js";

const THIN = 0.0005; // narrower segments are drawn together
const LETTER = 0.018; // of the line, so wide is a letter

/**
 * All but the first have a veil that dark letters can be read on, at every temperature.
 * What is too thin to draw, and what is folded, is one segment at the end, the `last`.
 * @param {Distribution} distribution
 * @returns {{ from: number, width: number, text: string, veil: number, id: number | null, special: boolean, last: boolean }[]}
 */
export function segments({ row, drawn: { probabilities, even }, symbols, special }) {
  // Likeliest first, ties by id. At T = ∞ all that is kept ties.
  const places = [...row.order].filter((place) => place < row.ids.length && probabilities[place] >= THIN);
  if (even) places.sort((a, b) => row.ids[a] - row.ids[b]);
  let from = 0;
  const found = places.map((place, i) => {
    const id = row.ids[place];
    const width = probabilities[place];
    const symbol = width > LETTER ? format.seen(symbols[id]) : "";
    const text = width > LETTER * symbol.length ** 0.8 ? symbol : "";
    from += width;
    return { from: from - width, width, text, veil: i ? Math.min(0.75, 0.25 + 0.07 * i) : 0, id, special: special.has(id), last: false };
  });
  const rest = Math.max(0, 1 - from);
  if (rest === 0) return found;
  const text = row.folded && rest > LETTER ? "…" : "";
  return [...found, { from, width: rest, text, veil: 0.75, id: null, special: false, last: true }];
}
