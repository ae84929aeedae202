// Compares models at one place in a text: what each expects there, and how much context each uses. Pure.

import * as biases from "./bias.js";
import { csv } from "./csv.js";
import { distributionOf } from "./distribution.js";
import * as groups from "./groups.js";
import * as runs from "./runs.js";

/**
 * What one model expects, by symbol; `special` has those that are special tokens.
 * @typedef {{ by: Map<string, number>, special: Set<string> }} Expected
 * @typedef {{ given: string, divergence: number, surprise: number | null }} Loss
 */

// The step of a run at a code point of its text (or at its end); null if that is inside a cell.
/** @param {Run} run @param {number} at */
export function stepAt(run, at) {
  let position = run.skipped;
  for (const { text, from } of runs.cells(run)) {
    if (position >= at) return position === at ? from : null;
    position += [...text].length;
  }
  return position === at ? run.steps.length : null;
}

// What a run expects at a step. Tokens are summed by the character they begin with, because models are compared by
// the next character.
/** @param {Run} run @param {number} step @param {Sampling} settings @param {string} [bias] as the settings write it @returns {Expected} */
export function expectationAt(run, step, settings, bias = "") {
  const { symbols, special, unit } = run;
  const input = { logits: runs.logitsAt(run, step), symbols, special, unit, before: unit === "token" ? runs.pending(run, step) : "" };
  const distribution = distributionOf(input, { ...settings, bias: biases.resolve(bias, symbols) });
  const by = new Map();
  const specials = new Set();
  for (const group of groups.groups(distribution, { first: unit === "token", alphabet: false })) {
    by.set(group.symbol, (by.get(group.symbol) ?? 0) + groups.mass(group, distribution.drawn.probabilities));
    if (group.special) specials.add(group.symbol);
  }
  return { by, special: specials };
}

// The symbols with the highest total probability, greatest first; ties go to the one seen first.
/** @param {Expected[]} expectations @param {number} limit */
export function order(expectations, limit) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { by } of expectations) for (const [symbol, p] of by) sums.set(symbol, (sums.get(symbol) ?? 0) + p);
  return [...sums].sort(([, a], [, b]) => b - a).slice(0, limit).map(([symbol]) => symbol);
}

// The most likely symbol and its probability; null if there is none.
/** @param {Expected} of @returns {[string, number] | null} */
export function mostLikely({ by }) {
  let best = null;
  for (const [symbol, p] of by) if (!best || p > best[1]) best = /** @type {[string, number]} */ ([symbol, p]);
  return best;
}

// Wraps plain probabilities as an expectation, for yardsticks.
/** @param {string[]} symbols @param {ArrayLike<number>} probabilities @returns {Expected} */
export const expectationFrom = (symbols, probabilities) =>
  ({ by: new Map(symbols.map((symbol, id) => [symbol, probabilities[id]])), special: new Set() });

const NEGLIGIBLE = 1e-9; // nats: below this, more context adds nothing

// How many symbols of context are needed until the divergence falls below a limit and stays there; null if it never
// does. Interpolates linearly between two measured amounts, both as logarithms. Mirrors `enough_context` in
// server/passage.py.
/** @param {Loss[]} losses @param {number} limit in nats */
export function reachOf(losses, limit) {
  const counted = losses.filter(({ given }) => /^\d+$/.test(given)).map(({ given, divergence }) => ({ n: Number(given), divergence })).sort((a, b) => a.n - b.n);
  const lastAbove = counted.findLastIndex(({ divergence }) => !(divergence < limit));
  const below = counted[lastAbove + 1];
  if (!below) return null;
  const above = counted[lastAbove];
  if (!above || below.divergence < NEGLIGIBLE) return below.n;
  return above.n * (below.n / above.n) ** (Math.log(above.divergence / limit) / Math.log(above.divergence / below.divergence));
}

// The yardsticks (comparing.py): uniform, letter frequencies, and the best count.
export const COUNT = "count";
export const YARDSTICKS = ["uniform", "letters", COUNT];

// The columns of a chart of losses: no context, increasing context, all of it, and the best count.
/** @param {Loss[][]} lossLists */
export function columns(lossLists) {
  const given = new Set(lossLists.flat().map((loss) => loss.given));
  const counted = [...given].filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b));
  const isPresent = (/** @type {string} */ name) => given.has(name);
  return [...["uniform", "letters"].filter(isPresent), ...counted, ...["all", COUNT].filter(isPresent)];
}

// Parses a number as the server writes it.
/** @param {number | string | null | undefined} value */
export const number = (value) => (value === null || value === undefined ? null : value === "inf" ? Infinity : Number(value));

/** @param {{ name: string, losses: Loss[] }[]} series */
export const lossTable = (series) => csv([["model", "given", "divergence (nats)", "surprise (nats)"],
  ...series.flatMap(({ name, losses }) => losses.map(({ given, divergence, surprise }) => [name, given, divergence, surprise]))]);
