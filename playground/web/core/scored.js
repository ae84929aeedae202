// A text as one model predicts it: made from the frames of server/scoring.py, it grows as they come. Pure.
//
//   reading = { model, title, unit, counted, cells, ids, bits, sums, done, figures, … }
//   cell    = { text, from, to, place, unknown, special, at, end }    its ids, and its code points in the text
//
// `bits[i]` is the surprise of cell i, −log₂ p of all its ids, and `sums[i]` that of the cells before it; `done` says how many
// cells are known. Several symbols may spell one character (the jamo of a syllable): their probabilities are multiplied.

import { cells } from "./cells.js";
import * as characters from "./characters.js";
import { csv } from "./csv.js";

/**
 * @typedef {{ nats: number | string, bits_per_symbol: number | string, bits_per_character: number | string, perplexity: number | string }} Figures
 * @typedef {{
 *   model: string, title: string, unit: string, counted: string, start: string, cells: [string, number][],
 *   unknown: Record<string, string>, ids: number[], special: number[], names: Record<string, string>, characters: number,
 * }} Head
 * @typedef {Cell & { at: number, end: number }} ScoredCell
 * @typedef {Omit<Head, "cells"> & {
 *   cells: ScoredCell[], length: number, logs: number[], bits: Float64Array, sums: Float64Array, done: number, spelt: number,
 *   figures: Figures | null, stopped: boolean,
 * }} Reading
 */

/** @param {Head} head @returns {Reading} */
export function begin(head) {
  characters.learn(head.names);
  const special = new Set(head.special);
  const promptCells = head.cells.map(([text, count], i) => ({ text, count, unknown: head.unknown[i] }));
  let at = 0;
  const run = /** @type {Run} */ (/** @type {unknown} */ ({ special, promptCells, steps: head.ids.map((id) => ({ id })) }));
  const placed = cells(run).map((cell) => {
    const begins = at;
    at += [...cell.text].length;
    return { ...cell, at: begins, end: at };
  });
  return {
    ...head, cells: placed, length: at, logs: [], bits: new Float64Array(placed.length), sums: new Float64Array(placed.length + 1),
    done: 0, spelt: 0, figures: null, stopped: false,
  };
}

// Adds the next natural logarithms of probabilities.
/** @param {Reading} reading @param {Iterable<number>} more */
export function extend(reading, more) {
  const { logs, bits, sums, cells: all } = reading;
  for (const log of more) logs.push(log);
  while (reading.done < all.length && all[reading.done].to <= logs.length) {
    const i = reading.done++;
    let own = 0;
    for (let id = all[i].from; id < all[i].to; id++) own -= logs[id] / Math.LN2;
    bits[i] = own;
    sums[i + 1] = sums[i] + own;
    reading.spelt += [...all[i].text.normalize("NFC")].length;
  }
}

// The figures of what is known so far; of a whole text they are the server's.
/** @param {Reading} reading */
export function figures({ figures: final, logs, sums, done, spelt }) {
  const number = (/** @type {number | string} */ value) => (typeof value === "string" ? Infinity : value);
  if (final) {
    return { bits: number(final.nats) / Math.LN2, perCharacter: number(final.bits_per_character), perplexity: number(final.perplexity) };
  }
  return { bits: sums[done], perCharacter: sums[done] / spelt, perplexity: 2 ** (sums[done] / logs.length) };
}

// The cell that holds a code point of the text.
/** @param {Reading} reading @param {number} at */
export function cellAt({ cells: all }, at) {
  let [low, high] = [0, all.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (all[middle].at <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

// The numbers of the cells that surprised most, the greatest first; the earlier one of equals.
/** @param {Reading} reading @param {number} count */
export function mostSurprising({ bits, done }, count) {
  return Array.from({ length: done }, (_, i) => i).sort((a, b) => bits[b] - bits[a] || a - b).slice(0, count);
}

// The text in blocks [first, end) of cells: its lines, and of a long line parts. `ends` where a line does.
const LONGEST = 300;
/** @param {Reading} reading */
export function blocks({ cells: all }) {
  const list = [];
  for (let first = 0, i = 0, line = 0; i < all.length; i++) {
    const ends = all[i].text.endsWith("\n") || i === all.length - 1;
    if (!ends && i - first + 1 < LONGEST) continue;
    list.push({ first, end: i + 1, ends, line });
    first = i + 1;
    if (ends) line = i + 1;
  }
  return list;
}

// The running sum as points [code point, bits], at most `most` of them.
/** @param {Reading} reading @param {number} most */
export function points({ cells: all, sums, done }, most) {
  const every = Math.max(1, Math.ceil(done / most));
  /** @type {[number, number][]} */
  const list = [[0, 0]];
  for (let i = every; i < done; i += every) list.push([all[i - 1].end, sums[i]]);
  if (done) list.push([all[done - 1].end, sums[done]]);
  return list;
}

// All that is known as CSV: a row for each cell of each model. `at` counts the code points before it.
/** @param {Reading[]} readings */
export const table = (readings) => csv([["model", "at", "character", "probability", "surprise (bits)", "sum (bits)"],
  ...readings.flatMap(({ model, cells: all, bits, sums, done }) =>
    all.slice(0, done).map(({ at, text }, i) => [model, at, text, 2 ** -bits[i], bits[i], sums[i + 1]]))]);

// Two lines that differ in one word, where two letters have changed places; one where there is no word for that.
/** @param {string} text */
export function misspelt(text) {
  const [line] = text.split("\n").filter(Boolean);
  const word = (line ?? "").split(/[^\p{L}]+/u).reduce((a, b) => ([...b].length > [...a].length ? b : a), "");
  const letters = [...word];
  const at = letters.findIndex((letter, i) => i > 0 && i < letters.length - 1 && letter !== letters[i + 1]);
  if (at === -1) return text;
  [letters[at], letters[at + 1]] = [letters[at + 1], letters[at]];
  return `${line}\n${line.replace(word, letters.join(""))}`;
}
