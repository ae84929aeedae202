// A beam search as the server reports it (server/searching.py), and what charts and tables show of it. Pure.
//
//   search = { model, unit, counted, vocabulary, symbols, steps, beams, greedy, samples, dull, human, … }
//   step   = { kept: [branch], dropped: [branch], looked_at, log_mass, dropped_mass }
//   branch = [parent, id, logp, score, stopped]      parent: its place in the beam before; id: null where its text had ended
//   text   = { ids, text, log_probabilities, log_probability, stopped, seed }
//
// All logarithms are natural, of the model's own probabilities.

import { cells } from "./cells.js";
import * as characters from "./characters.js";
import { csv } from "./csv.js";
import * as scored from "./scored.js";

/**
 * @typedef {[number, number | null, number, number, string | null]} Branch
 * @typedef {{ kept: Branch[], dropped: Branch[], looked_at: number, log_mass: number, dropped_mass: number }} SearchStep
 * @typedef {{ ids: number[], text: string, log_probabilities: number[], log_probability: number, length: number, stopped: string | null, seed?: number }} Line
 * @typedef {{ head: scored.Head, skipped: number, log_probabilities: (number | string)[] }} Human
 * @typedef {{
 *   model: string, title: string, unit: string, counted: string, normalizer: string, special: number[], vocabulary: number,
 *   length: number, width: number, penalty: number, stop: string,
 *   symbols: Record<number, string>, steps: SearchStep[], beams: Line[], greedy: Line | null, samples: Line[], dull: Line | null,
 *   human: Human | null, done: boolean,
 * }} Search
 * @typedef {{ text: string, logp: number, sum: number }} Stride  one symbol on the way to a node
 * @typedef {TreeNode & { step: number, symbol: string, stopped: string | null, place: number }} SearchNode
 * @typedef {{ kind: "beam" | "greedy" | "sample", place: number, text: string, logp: number, score: number, length: number }} Rank
 * @typedef {{ text: string, bits: number, at: number }} Letter
 */

/** @param {Omit<Search, "symbols" | "steps" | "beams" | "greedy" | "samples" | "dull" | "human" | "done">} head @returns {Search} */
export const begin = (head) => ({ ...head, symbols: {}, steps: [], beams: [], greedy: null, samples: [], dull: null, human: null, done: false });

// Adds a frame.
/** @param {Search} search @param {any} head */
export function extend(search, { symbols = {}, names = {}, step, ...rest }) {
  characters.learn(names);
  Object.assign(search.symbols, symbols);
  if (step) search.steps.push(step);
  Object.assign(search, rest);
}

// The length penalty of Wu et al. (2016), by which a score is divided; 1 if α is 0.
/** @param {number} length @param {number} alpha */
export const penaltyOf = (length, alpha) => ((5 + length) / 6) ** alpha;

const MAX_LEAVES = 40; // a larger tree is pruned
const RECENT_STEPS = 4; // steps that a pruned tree shows in full

// The branches up to a step as tree nodes, the prompt first, with up to `maxDropped` dropped branches per step. A large
// tree is pruned to what led to its last few steps.
/** @param {Search} search @param {number} depth @param {number} maxDropped @param {(symbol: string, special: boolean) => string} display @returns {SearchNode[]} */
export function nodes({ steps, symbols, special, beams }, depth, maxDropped, display) {
  /** @type {SearchNode[]} */
  const list = [{ parent: -1, text: "", logp: 0, kept: true, step: 0, symbol: "", stopped: null, place: 0 }];
  let previous = [0]; // the nodes of the beam before
  steps.slice(0, depth).forEach(({ kept, dropped }, i) => {
    /** @param {Branch} branch @param {boolean} isKept @param {number} place */
    const add = ([parent, id, logp, , stopped], isKept, place) => {
      if (id === null) return previous[parent];
      const symbol = symbols[id];
      list.push({ parent: previous[parent], text: display(symbol, special.includes(id)), logp, kept: isKept, step: i + 1, symbol, stopped, place });
      return list.length - 1;
    };
    const current = kept.map((branch, place) => add(branch, true, place));
    dropped.filter(([, id]) => id !== null).slice(0, maxDropped).forEach((branch) => add(branch, false, -1));
    previous = current;
  });
  if (beams.length && depth >= steps.length) for (let node = previous[0]; node >= 0; node = list[node].parent) list[node].best = true;
  return countLeaves(list) > MAX_LEAVES ? prune(list, previous, Math.min(depth, steps.length) - RECENT_STEPS) : list;
}

const TAIL = 8; // cells that identify a text

// The dropped branches of a step that are known, likeliest first: the last cells of each text.
/** @param {Search} search @param {number} n the step, from 1 @returns {{ cells: { text: string, special: boolean }[], whole: boolean, logp: number }[]} */
export function droppedAt(search, n) {
  const { steps } = search;
  return (steps[n - 1]?.dropped ?? []).filter(([, id]) => id !== null).map((branch) => {
    /** @type {number[]} */
    const ids = [];
    /** @type {Branch | undefined} */
    let at = branch;
    for (let step = n; at && step > 0; step--) {
      if (at[1] !== null) ids.unshift(at[1]);
      at = steps[step - 2]?.kept[at[0]];
    }
    const all = cellsOf(search, ids);
    return { cells: all.slice(-TAIL).map(({ text, special: isSpecial }) => ({ text, special: Boolean(isSpecial) })), whole: all.length <= TAIL, logp: branch[2] };
  });
}

/** @param {SearchNode[]} list */
const countLeaves = (list) => list.length - new Set(list.map(({ parent }) => parent)).size;

// Keeps the nodes after a step, those that lead to them, and those that lead to `tips`.
/** @param {SearchNode[]} list @param {number[]} tips @param {number} after @returns {SearchNode[]} */
function prune(list, tips, after) {
  const isKept = list.map(({ step }, i) => step > after || tips.includes(i));
  for (let i = list.length - 1; i > 0; i--) if (isKept[i]) isKept[list[i].parent] = true; // parents precede their nodes
  /** @type {number[]} */
  const places = [];
  let keptCount = 0;
  for (const [i, kept] of isKept.entries()) places[i] = kept ? keptCount++ : -1;
  return list.filter((_, i) => isKept[i]).map((node) => ({ ...node, parent: node.parent < 0 ? -1 : places[node.parent] }));
}

// The symbols leading to a node, each with its log-probability and the sum so far.
/** @param {SearchNode[]} list @param {number} node @returns {Stride[]} */
export function pathTo(list, node) {
  const strides = [];
  for (let at = node; list[at]?.parent >= 0; at = list[at].parent) {
    strides.unshift({ text: list[at].text, logp: list[at].logp - list[list[at].parent].logp, sum: list[at].logp });
  }
  return strides;
}

// All texts found, best first; ties keep the order beam, greedy, samples.
/** @param {Search} search @returns {Rank[]} */
export function ranking({ beams, greedy, samples, penalty }) {
  /** @param {Rank["kind"]} kind @returns {(line: Line, place: number) => Rank} */
  const rank = (kind) => ({ text, log_probability: logp, length }, place) => ({ kind, place: place + 1, text, logp, length, score: logp / penaltyOf(length, penalty) });
  const all = [...beams.map(rank("beam")), ...(greedy ? [rank("greedy")(greedy, 0)] : []), ...samples.map(rank("sample"))];
  return all.sort((a, b) => b.score - a.score);
}

// How many times likelier the beam's best text is than greedy's; null if one is missing or their lengths differ.
/** @param {Search} search */
export function gain({ beams: [best], greedy }) {
  return best && greedy && best.length === greedy.length ? Math.exp(best.log_probability - greedy.log_probability) : null;
}

// A generated text as letters with their surprise in bits; `at` counts the symbols before each.
/** @param {Search} search @param {Line} line @returns {Letter[]} */
export const lettersOf = (search, { ids, log_probabilities: logs }) => (
  cellsOf(search, ids).map(({ text, from, to }) => ({ text, at: from, bits: bitsOf(logs.slice(from, to)) })));

/** @param {Search} search @param {number[]} ids */
function cellsOf({ symbols, special, unit, normalizer }, ids) {
  const run = /** @type {Run} */ (/** @type {unknown} */ ({
    symbols, special: new Set(special), unit, normalizer, dropsFirstSpace: false, byCharacters: false, text: "", prompted: 0, promptCells: [], steps: ids.map((id) => ({ id })),
  }));
  return cells(run);
}

// The same for the human text: letters given only as context have no surprise and a negative `at`.
/** @param {Human} human @returns {Letter[]} */
export function humanLetters({ head, skipped, log_probabilities: logs }) {
  return scored.begin(head).cells.map(({ text, from, to }) => ({ text, at: from - skipped, bits: from < skipped ? NaN : bitsOf(logs.slice(from, to).map(numberOf)) }));
}

/** @param {number | string} value */
const numberOf = (value) => (typeof value === "string" ? -Infinity : value);
/** @param {number[]} logs */
const bitsOf = (logs) => logs.reduce((sum, log) => sum - log / Math.LN2, 0);

// The running sum of surprise in bits: [symbols, bits], starting at [0, 0].
/** @param {number[]} logs @returns {[number, number][]} */
export function sums(logs) {
  let sum = 0;
  return [[0, 0], ...logs.map((log, i) => /** @type {[number, number]} */ ([i + 1, sum += -log / Math.LN2]))];
}

// The log-probability of each symbol of the human text, of the samples' mean, and of the beam.
/** @param {Search} search */
export function surpriseSeries({ human, samples, dull }) {
  const longest = dull?.log_probabilities.length ?? 0;
  const mean = Array.from({ length: Math.min(longest, ...samples.map(({ log_probabilities: logs }) => logs.length)) },
    (_, i) => samples.reduce((sum, { log_probabilities: logs }) => sum + logs[i], 0) / samples.length);
  const humanLogs = human ? human.log_probabilities.slice(human.skipped, human.skipped + longest).map(numberOf) : [];
  return { human: humanLogs, samples: samples.length ? mean : [], beam: dull?.log_probabilities ?? [] };
}

// Bits of surprise per symbol; NaN for no symbols.
/** @param {number[]} logs */
export const mean = (logs) => bitsOf(logs) / logs.length;

/** @param {Search} search @param {(kind: Rank["kind"]) => string} nameOf */
export const rankingCsv = (search, nameOf) => csv([["place", "search", "text", "symbols", "log-probability (nats)", "score"],
  ...ranking(search).map(({ kind, text, length, logp, score }, i) => [i + 1, nameOf(kind), text, length, logp, score])]);

/** @param {Search} search */
export function surpriseCsv(search) {
  const { human, samples, beam } = surpriseSeries(search);
  const bits = (/** @type {number | undefined} */ log) => (log === undefined ? "" : -log / Math.LN2);
  return csv([["symbol", "human text (bits)", "samples, mean (bits)", "beam (bits)"],
    ...Array.from({ length: Math.max(human.length, samples.length, beam.length) }, (_, i) => [i + 1, bits(human[i]), bits(samples[i]), bits(beam[i])])]);
}
