// A text with gaps: which letters are removed, how gaps move when the text is edited, what a model predicts for each,
// and how far a stretch of gaps has been filled. Positions are code points. Pure.

import * as compare from "./compare.js";
import { distributionOf } from "./distribution.js";
import { commonEnds } from "./edits.js";

/** @typedef {{ symbols: string[], rows: Float32Array[], model: [string, string] }} Side what one model says: a row of logits for each gap */

// Adds a gap, or removes it if it exists; null if there are too many.
/** @param {number[]} gaps @param {number} place @param {number} limit @returns {number[] | null} */
export function toggleGap(gaps, place, limit) {
  if (gaps.includes(place)) return gaps.filter((gap) => gap !== place);
  return gaps.length < limit ? [...gaps, place].sort((a, b) => a - b) : null;
}

// Moves gaps along with an edit: those outside the changed part stay with their letters, those inside it close.
/** @param {string} before @param {string} after @param {number[]} gaps @returns {number[]} */
export function shiftGaps(before, after, gaps) {
  const [old, edited] = [[...before], [...after]];
  const { head, tail } = commonEnds(old, edited);
  return gaps.flatMap((gap) => {
    if (gap < head) return [gap];
    return gap >= old.length - tail ? [gap + edited.length - old.length] : [];
  });
}

// Parses gaps from the URL, "12,7": the selected one first, then the others in text order.
/** @param {string} param @param {number} length of the text @param {number} limit @returns {{ gaps: number[], at: number }} at: -1 where there is none */
export function read(param, length, limit) {
  const places = param.split(",").filter(Boolean).map(Number).filter((place) => Number.isInteger(place) && place >= 0 && place < length);
  const gaps = [...new Set(places)].slice(0, limit);
  return { gaps: [...gaps].sort((a, b) => a - b), at: gaps[0] ?? -1 };
}

/** @param {number[]} gaps @param {number} at the selected one */
export const write = (gaps, at) => [...gaps.filter((gap) => gap === at), ...gaps.filter((gap) => gap !== at)].join();

// The letters around a gap, at most `reach` on each side, with null for every gap.
/** @param {string} text @param {number[]} gaps @param {number} gap @param {number} reach @returns {{ from: number, letters: (string | null)[] }} */
export function lettersAround(text, gaps, gap, reach) {
  const letters = [...text].map((letter, i) => (gaps.includes(i) ? null : letter));
  const from = Math.max(0, gap - reach);
  return { from, letters: letters.slice(from, gap + reach + 1) };
}

// What one model predicts for a gap: its distribution, the likeliest symbol with its probability, and that of the
// removed letter.
/** @param {Side} of @param {number} n @param {string} letter @param {Sampling} settings */
export function predictionFor({ symbols, rows }, n, letter, settings) {
  const letterId = symbols.indexOf(letter);
  const came = letterId < 0 ? null : { id: letterId, hand: false };
  const distribution = distributionOf({ logits: rows[n], symbols, came }, settings);
  const { row, drawn } = distribution;
  const place = row.order.findIndex((entry) => row.ids[entry] === letterId);
  const probabilityAt = (/** @type {number} */ at) => drawn.probabilities[row.order[at]];
  const best = symbols[row.ids[row.order[0]]];
  return { shown: distribution, best, first: probabilityAt(0), truth: place < 0 ? 0 : probabilityAt(place) };
}

// The symbols of a gap's small bars: the likeliest of both models at T = 1, so that none jumps when the slider moves.
// The removed letter is always among them, if necessary as the last.
/** @param {Distribution[]} sides @param {string} letter @param {number} limit */
export function barsOf(sides, letter, limit) {
  const symbols = compare.order(sides.map(({ row, symbols, atOne }) => compare.expectationFrom([...row.ids].map((id) => symbols[id]), atOne)), limit);
  return symbols.includes(letter) ? symbols : [...symbols.slice(0, limit - 1), letter];
}

// The probabilities of some symbols.
/** @param {Distribution} of @param {string[]} symbols */
export function sharesOf({ row, symbols: allSymbols, drawn }, symbols) {
  const wanted = new Set(symbols);
  /** @type {Map<string, number>} */
  const shares = new Map();
  row.ids.forEach((id, entry) => {
    if (wanted.has(allSymbols[id])) shares.set(allSymbols[id], drawn.probabilities[entry]);
  });
  return shares;
}

// The state of a stretch of gaps after a number of steps: the symbol at each place (null while open), and the place
// filled last.
/** @param {{ place: number, symbol: string }[]} steps @param {number} count @param {number} length */
export function stretchAfter(steps, count, length) {
  /** @type {(string | null)[]} */
  const symbols = Array(length).fill(null);
  for (const { place, symbol } of steps.slice(0, count)) symbols[place] = symbol;
  return { symbols, last: steps[Math.min(count, steps.length) - 1]?.place ?? -1 };
}
