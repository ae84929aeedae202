// A text as one model predicts it, built incrementally from the frames of server/scoring.py. Pure.
//
//   reading = { model, title, unit, counted, cells, ids, bits, sums, done, figures, … }
//   cell    = { text, from, to, place, unknown, special, at, end }    its ids, and its code points in the text
//
// `bits[i]` is the surprise of cell i, −log₂ p of all its ids, and `sums[i]` the total before it; `done` is how many
// cells are known. If several symbols spell one character (the jamo of a syllable), their probabilities are
// multiplied.

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
  const scoredCells = cells(run).map((cell) => {
    const start = at;
    at += [...cell.text].length;
    return { ...cell, at: start, end: at };
  });
  return {
    ...head, cells: scoredCells, length: at, logs: [], bits: new Float64Array(scoredCells.length), sums: new Float64Array(scoredCells.length + 1),
    done: 0, spelt: 0, figures: null, stopped: false,
  };
}

// Adds the next natural log-probabilities.
/** @param {Reading} reading @param {Iterable<number>} newLogs */
export function extend(reading, newLogs) {
  const { logs, bits, sums, cells: all } = reading;
  for (const log of newLogs) logs.push(log);
  while (reading.done < all.length && all[reading.done].to <= logs.length) {
    const i = reading.done++;
    let surprise = 0;
    for (let id = all[i].from; id < all[i].to; id++) surprise -= logs[id] / Math.LN2;
    bits[i] = surprise;
    sums[i + 1] = sums[i] + surprise;
    reading.spelt += [...all[i].text.normalize("NFC")].length;
  }
}

// The figures so far; for a whole text they are the server's.
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

// The indices of the most surprising cells, greatest first; ties go to the earlier one.
/** @param {Reading} reading @param {number} count */
export function mostSurprising({ bits, done }, count) {
  return Array.from({ length: done }, (_, i) => i).sort((a, b) => bits[b] - bits[a] || a - b).slice(0, count);
}

// Splits the text into blocks [first, end) of cells: its lines, and parts of long ones. `ends` marks the end of a
// line.
const MAX_BLOCK = 300;
/** @param {Reading} reading */
export function blocks({ cells: all }) {
  const list = [];
  for (let first = 0, i = 0, line = 0; i < all.length; i++) {
    const endsLine = all[i].text.endsWith("\n") || i === all.length - 1;
    if (!endsLine && i - first + 1 < MAX_BLOCK) continue;
    list.push({ first, end: i + 1, ends: endsLine, line });
    first = i + 1;
    if (endsLine) line = i + 1;
  }
  return list;
}

// The running sum as points [code point, bits], at most about `limit`.
/** @param {Reading} reading @param {number} limit */
export function points({ cells: all, sums, done }, limit) {
  const stride = Math.max(1, Math.ceil(done / limit));
  /** @type {[number, number][]} */
  const list = [[0, 0]];
  for (let i = stride; i < done; i += stride) list.push([all[i - 1].end, sums[i]]);
  if (done) list.push([all[done - 1].end, sums[done]]);
  return list;
}

// All readings as CSV, one row per cell and model. `at` counts the code points before it.
/** @param {Reading[]} readings */
export const table = (readings) => csv([["model", "at", "character", "probability", "surprise (bits)", "sum (bits)"],
  ...readings.flatMap(({ model, cells: all, bits, sums, done }) =>
    all.slice(0, done).map(({ at, text }, i) => [model, at, text, 2 ** -bits[i], bits[i], sums[i + 1]]))]);

// The first line of a text, and the same with two letters of its longest word swapped; the text itself if there is no
// such word.
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
