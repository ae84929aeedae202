// A text as a classifier judges it, built incrementally from the frames of server/classifying.py. Pure.
//
//   verdict = { model, title, cells, classes, logits, shares, beginnings, padded, widest, flipped, accuracy, done }
//
// `logits` are those of the whole text; `shares[i]` is how much cell i, with all its symbols, contributed to the last
// class's logit; `beginnings` are the logits after each cell that the model reads, whose indices are in `read`;
// `padded` has [width of the batch, logits with the mask, logits without it].

import * as characters from "./characters.js";
import * as sampling from "./sampling.js";

/**
 * @typedef {{ text: string, from: number, to: number, unknown: string | undefined }} ReviewCell  from and to: of its ids
 * @typedef {[number, number[], number[]]} PaddedRow
 * @typedef {{
 *   model: string, title: string, classes: string[], cells: ReviewCell[], read: number[], ids: number[], logits: number[], shares: number[],
 *   beginnings: number[][], padded: PaddedRow[], widest: number, flipped: number | null, accuracy: number | null, done: boolean,
 * }} Verdict
 */

/** @param {any} head @returns {Verdict} */
export function begin(head) {
  characters.learn(head.names);
  let to = 0;
  /** @type {ReviewCell[]} */
  const cells = head.cells.map((/** @type {[string, number]} */ [text, count], /** @type {number} */ i) => {
    const from = to;
    to += count;
    return { text, from, to, unknown: head.unknown[i] };
  });
  const read = cells.flatMap((cell, i) => (cell.to > cell.from ? [i] : []));
  return { ...head, cells, read, logits: [], shares: [], beginnings: [], padded: [], done: false };
}

/** @param {Verdict} verdict @param {any} head */
export function extend(verdict, head) {
  if (head.logits) {
    const last = head.shares[head.shares.length - 1];
    verdict.logits = head.logits;
    verdict.shares = verdict.cells.map(({ from, to }) => last.slice(from, to).reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0));
  }
  verdict.beginnings.push(...(head.beginnings ?? []));
  verdict.padded.push(...(head.padded ?? []));
  if (head.done) verdict.done = true;
}

// The probabilities of the classes at a temperature.
/** @param {number[]} logits @param {number} temperature */
export const probabilities = (logits, temperature) => sampling.distribution(logits, { temperature });

// The probability of the last class, the positive one.
/** @param {number[]} logits @param {number} temperature */
export const positiveProbability = (logits, temperature) => probabilities(logits, temperature)[logits.length - 1];

// The most likely class; ties go to the first.
/** @param {number[]} logits */
export const mostLikely = (logits) => logits.indexOf(Math.max(...logits));

// The probability of the last class after each cell, as points with x from 0 to 1, each at the middle of its cell.
/** @param {Verdict} verdict @param {number} temperature @returns {[number, number][]} */
export const positiveCurve = ({ beginnings, read, cells }, temperature) => beginnings.map((logits, i) => [(read[i] + 0.5) / cells.length, positiveProbability(logits, temperature)]);

// The same by width of the batch, with or without the mask; x runs from the text's own width (0) to the widest (1).
/** @param {Verdict} verdict @param {number} temperature @param {boolean} masked @returns {[number, number][]} */
export const curveOverWidths = (verdict, temperature, masked) => verdict.padded.map(([width, kept, dropped]) => [shareOf(verdict, width), positiveProbability(masked ? kept : dropped, temperature)]);

/** @param {Verdict} verdict @param {number} width */
export const shareOf = ({ ids, widest }, width) => (widest > ids.length ? (width - ids.length) / (widest - ids.length) : 0);
/** @param {Verdict} verdict @param {number} share */
export const widthAt = ({ ids, widest }, share) => Math.round(ids.length + share * (widest - ids.length));

// The measured row nearest to a width.
/** @param {Verdict} verdict @param {number} width @returns {PaddedRow | null} */
export function paddedAt({ padded }, width) {
  /** @type {PaddedRow | null} */
  let nearest = null;
  for (const row of padded) if (!nearest || Math.abs(row[0] - width) < Math.abs(nearest[0] - width)) nearest = row;
  return nearest;
}

// One row per letter for the CSV export; the first row has the column names.
/** @param {Verdict} verdict @returns {unknown[][]} */
export const lettersRows = ({ cells, shares, beginnings, read, classes }) => [
  ["character", "share", ...classes.map((name) => `logit ${name} after it`)],
  ...cells.map(({ text }, i) => [text, shares[i] ?? "", ...(beginnings[read.indexOf(i)] ?? classes.map(() => ""))]),
];
