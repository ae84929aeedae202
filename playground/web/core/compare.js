// Several models at one place: what each expects there, on one axis in one order; and where more context stops helping.
// Pure: from rows of logits, whoever has them.

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

// The row of a run before the character that begins at a code point of its text, or after all of it. Null where the run has none.
/** @param {Run} run @param {number} at */
export function stepAt(run, at) {
  let begins = run.skipped;
  for (const { text, from } of runs.cells(run)) {
    if (begins >= at) return begins === at ? from : null;
    begins += [...text].length;
  }
  return begins === at ? run.steps.length : null;
}

// Of tokens, the characters that they begin with: models are compared by what comes next in the text.
/** @param {Run} run @param {number} step @param {Sampling} settings @param {string} [bias] as the settings write it @returns {Expected} */
export function expected(run, step, settings, bias = "") {
  const { symbols, special, unit } = run;
  const place = { logits: runs.logitsAt(run, step), symbols, special, unit, before: unit === "token" ? runs.pending(run, step) : "" };
  const shown = distributionOf(place, { ...settings, bias: biases.resolve(bias, symbols) });
  const by = new Map();
  const specials = new Set();
  for (const group of groups.groups(shown, { first: unit === "token", alphabet: false })) {
    by.set(group.symbol, (by.get(group.symbol) ?? 0) + groups.mass(group, shown.drawn.probabilities));
    if (group.special) specials.add(group.symbol);
  }
  return { by, special: specials };
}

// The symbols that all of them give most together, the greatest first; of equals the one that was named first.
/** @param {Expected[]} all @param {number} most */
export function order(all, most) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { by } of all) for (const [symbol, p] of by) sums.set(symbol, (sums.get(symbol) ?? 0) + p);
  return [...sums].sort(([, a], [, b]) => b - a).slice(0, most).map(([symbol]) => symbol);
}

// The likeliest symbol and its probability; null of nothing.
/** @param {Expected} of @returns {[string, number] | null} */
export function likeliest({ by }) {
  let best = null;
  for (const [symbol, p] of by) if (!best || p > best[1]) best = /** @type {[string, number]} */ ([symbol, p]);
  return best;
}

// Probabilities by their symbols, for yardsticks.
/** @param {string[]} symbols @param {ArrayLike<number>} probabilities @returns {Expected} */
export const listed = (symbols, probabilities) =>
  ({ by: new Map(symbols.map((symbol, id) => [symbol, probabilities[id]])), special: new Set() });

const EXACT = 1e-9; // nats: no less is left of what more context could tell

// With how many symbols an answer is as good as with all: where the divergence falls below a limit and stays there. Null where it
// never does. Between two of the numbers given both are taken to be a straight line as logarithms; where nothing is left to be told,
// the number given is the answer. The twin of `enough_context` in server/passage.py.
/** @param {Loss[]} losses @param {number} limit in nats */
export function reachOf(losses, limit) {
  const counted = losses.filter(({ given }) => /^\d+$/.test(given)).map(({ given, divergence }) => ({ n: Number(given), divergence })).sort((a, b) => a.n - b.n);
  const beyond = counted.findLastIndex(({ divergence }) => !(divergence < limit));
  const under = counted[beyond + 1];
  if (!under) return null;
  const over = counted[beyond];
  if (!over || under.divergence < EXACT) return under.n;
  return over.n * (under.n / over.n) ** (Math.log(over.divergence / limit) / Math.log(over.divergence / under.divergence));
}

// What is given, from nothing to everything: the columns of a chart of losses.
/** @param {Loss[][]} all */
export function columns(all) {
  const given = new Set(all.flat().map((loss) => loss.given));
  const counted = [...given].filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b));
  return [...["uniform", "letters"].filter((name) => given.has(name)), ...counted, ...(given.has("all") ? ["all"] : [])];
}

// A number as the server writes it.
/** @param {number | string | null | undefined} value */
export const number = (value) => (value === null || value === undefined ? null : value === "inf" ? Infinity : Number(value));

/** @param {string[]} symbols @param {{ name: string, expected: Expected | null }[]} rows */
export const barsTable = (symbols, rows) =>
  csv([["model", ...symbols], ...rows.map(({ name, expected: of }) => [name, ...symbols.map((symbol) => of?.by.get(symbol) ?? "")])]);

/** @param {{ name: string, losses: Loss[] }[]} series */
export const lossTable = (series) => csv([["model", "given", "divergence (nats)", "surprise (nats)"],
  ...series.flatMap(({ name, losses }) => losses.map(({ given, divergence, surprise }) => [name, given, divergence, surprise]))]);
