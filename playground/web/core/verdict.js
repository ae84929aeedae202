// A text as a classifier judges it: made from the frames of server/classifying.py, it grows as they come. Pure.
//
//   verdict = { model, title, cells, classes, logits, shares, beginnings, padded, widest, flipped, accuracy, done }
//
// `logits` are of the whole text, `shares[i]` is how much cell i moved the last class's logit, all its symbols together;
// `beginnings` are the logits after each cell that the model reads, in order, and `read` the numbers of these cells;
// `padded` are [width of the batch, logits with the mask, logits with it dropped].

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
    const own = head.shares[head.shares.length - 1];
    verdict.logits = head.logits;
    verdict.shares = verdict.cells.map(({ from, to }) => own.slice(from, to).reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0));
  }
  verdict.beginnings.push(...(head.beginnings ?? []));
  verdict.padded.push(...(head.padded ?? []));
  if (head.done) verdict.done = true;
}

// The probabilities of the classes at a temperature.
/** @param {number[]} logits @param {number} temperature */
export const probabilities = (logits, temperature) => sampling.distribution(logits, { temperature });

// That of the last class, which is the good one.
/** @param {number[]} logits @param {number} temperature */
export const good = (logits, temperature) => probabilities(logits, temperature)[logits.length - 1];

// The class that is likeliest; the first of several.
/** @param {number[]} logits */
export const likeliest = (logits) => logits.indexOf(Math.max(...logits));

// The probability of the last class after each cell, as points from 0 to 1: a cell stands in the middle of its place.
/** @param {Verdict} verdict @param {number} temperature @returns {[number, number][]} */
export const course = ({ beginnings, read, cells }, temperature) => beginnings.map((logits, i) => [(read[i] + 0.5) / cells.length, good(logits, temperature)]);

// The same over the width of the batch, with the mask or without; x from the text's own width, 0, to the widest, 1.
/** @param {Verdict} verdict @param {number} temperature @param {boolean} masked @returns {[number, number][]} */
export const widened = (verdict, temperature, masked) => verdict.padded.map(([width, kept, dropped]) => [shareOf(verdict, width), good(masked ? kept : dropped, temperature)]);

/** @param {Verdict} verdict @param {number} width */
export const shareOf = ({ ids, widest }, width) => (widest > ids.length ? (width - ids.length) / (widest - ids.length) : 0);
/** @param {Verdict} verdict @param {number} share */
export const widthAt = ({ ids, widest }, share) => Math.round(ids.length + share * (widest - ids.length));

// What is known at a width: of those that were looked at, the nearest.
/** @param {Verdict} verdict @param {number} width @returns {PaddedRow | null} */
export function paddedAt({ padded }, width) {
  /** @type {PaddedRow | null} */
  let nearest = null;
  for (const row of padded) if (!nearest || Math.abs(row[0] - width) < Math.abs(nearest[0] - width)) nearest = row;
  return nearest;
}

// All that is known of each letter, for who takes the numbers away; the first row has the names of the columns.
/** @param {Verdict} verdict @returns {unknown[][]} */
export const lettersRows = ({ cells, shares, beginnings, read, classes }) => [
  ["character", "share", ...classes.map((name) => `logit ${name} after it`)],
  ...cells.map(({ text }, i) => [text, shares[i] ?? "", ...(beginnings[read.indexOf(i)] ?? classes.map(() => ""))]),
];
