// The segments of the cumulative line: each symbol's share of the interval from 0 to 1, in drawing order. Pure.

import * as format from "./format.js";
import { drawOrder } from "./sampling.js";

const MIN_WIDTH = 0.0005; // narrower segments are merged into the last one
const LETTER_WIDTH = 0.018; // the width of a letter, as a fraction of the line

/**
 * All but the first have a veil on which dark letters are legible at every temperature. Segments too thin to draw, and
 * folded symbols, are merged into one at the end, the `last`.
 * @param {Distribution} distribution
 * @returns {{ from: number, width: number, text: string, veil: number, id: number | null, special: boolean, last: boolean }[]}
 */
export function segments({ row, drawn, symbols, special }) {
  const { probabilities } = drawn;
  const order = [...drawOrder(row, drawn)];
  const places = order.filter((place) => place < row.ids.length && probabilities[place] >= MIN_WIDTH);
  let from = 0;
  const result = places.map((place, i) => {
    const id = row.ids[place];
    const width = probabilities[place];
    const symbol = width > LETTER_WIDTH ? format.seen(symbols[id]) : "";
    const text = width > LETTER_WIDTH * symbol.length ** 0.8 ? symbol : "";
    from += width;
    return { from: from - width, width, text, veil: i ? Math.min(0.75, 0.25 + 0.07 * i) : 0, id, special: special.has(id), last: false };
  });
  const rest = Math.max(0, 1 - from);
  if (rest === 0) return result;
  const text = row.folded && rest > LETTER_WIDTH ? "…" : "";
  return [...result, { from, width: rest, text, veil: 0.75, id: null, special: false, last: true }];
}
