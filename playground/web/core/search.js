// A search as it comes from the server (server/searching.py), and what charts and tables show of it. Pure.
//
//   search = { model, unit, counted, vocabulary, symbols, steps, beams, greedy, samples, dull, human, … }
//   step   = { kept: [branch], dropped: [branch], looked_at, log_mass, dropped_mass }
//   branch = [parent, id, logp, score, stopped]      parent: its place in the beam before; id: null where its text had ended
//   text   = { ids, text, log_probabilities, log_probability, stopped, seed }
//
// All logarithms are natural ones, of the model's own probabilities.

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

// Adds what another frame says.
/** @param {Search} search @param {any} head */
export function extend(search, { symbols = {}, names = {}, step, ...rest }) {
  characters.learn(names);
  Object.assign(search.symbols, symbols);
  if (step) search.steps.push(step);
  Object.assign(search, rest);
}

// By how much a text of so many symbols is divided, after Wu et al. (2016); 1 where α is 0.
/** @param {number} length @param {number} alpha */
export const penaltyOf = (length, alpha) => ((5 + length) / 6) ** alpha;

const LINES = 40; // of a tree, about, beyond which it is made lean
const RECENT = 4; // steps that a lean tree has whole

// The branches up to a step as nodes of a tree, the prompt first. Of each step as many dropped ones as `beside`, the likeliest. A
// large tree is lean: but for the last steps it has only what led to them.
/** @param {Search} search @param {number} depth @param {number} beside @param {(symbol: string, special: boolean) => string} shown @returns {SearchNode[]} */
export function nodes({ steps, symbols, special, beams }, depth, beside, shown) {
  /** @type {SearchNode[]} */
  const list = [{ parent: -1, text: "", logp: 0, kept: true, step: 0, symbol: "", stopped: null, place: 0 }];
  let before = [0]; // the nodes of the beam before
  steps.slice(0, depth).forEach(({ kept, dropped }, i) => {
    /** @param {Branch} branch @param {boolean} stays @param {number} place */
    const add = ([parent, id, logp, , stopped], stays, place) => {
      if (id === null) return before[parent];
      const symbol = symbols[id];
      list.push({ parent: before[parent], text: shown(symbol, special.includes(id)), logp, kept: stays, step: i + 1, symbol, stopped, place });
      return list.length - 1;
    };
    const now = kept.map((branch, place) => add(branch, true, place));
    dropped.filter(([, id]) => id !== null).slice(0, beside).forEach((branch) => add(branch, false, -1));
    before = now;
  });
  if (beams.length && depth >= steps.length) for (let node = before[0]; node >= 0; node = list[node].parent) list[node].best = true;
  return leaves(list) > LINES ? lean(list, before, Math.min(depth, steps.length) - RECENT) : list;
}

const TAIL = 8; // symbols of a text that tell it from others

// The branches that a step dropped, as far as they are known, the likeliest first: the last symbols of each one's text.
/** @param {Search} search @param {number} n the step, from 1 @returns {{ symbols: { symbol: string, special: boolean }[], logp: number }[]} */
export function droppedAt({ steps, symbols, special }, n) {
  return (steps[n - 1]?.dropped ?? []).filter(([, id]) => id !== null).map((branch) => {
    /** @type {number[]} */
    const ids = [];
    /** @type {Branch | undefined} */
    let at = branch;
    for (let step = n; at && step > 0 && ids.length < TAIL; step--) {
      if (at[1] !== null) ids.unshift(at[1]);
      at = steps[step - 2]?.kept[at[0]];
    }
    return { symbols: ids.map((id) => ({ symbol: symbols[id], special: special.includes(id) })), logp: branch[2] };
  });
}

/** @param {SearchNode[]} list */
const leaves = (list) => list.length - new Set(list.map(({ parent }) => parent)).size;

// Those nodes that came after a step or lead to one that did, or to one of the `tips`.
/** @param {SearchNode[]} list @param {number[]} tips @param {number} after @returns {SearchNode[]} */
function lean(list, tips, after) {
  const stays = list.map(({ step }, i) => step > after || tips.includes(i));
  for (let i = list.length - 1; i > 0; i--) if (stays[i]) stays[list[i].parent] = true; // a node comes after its parent
  /** @type {number[]} */
  const places = [];
  let left = 0;
  for (const [i, kept] of stays.entries()) places[i] = kept ? left++ : -1;
  return list.filter((_, i) => stays[i]).map((node) => ({ ...node, parent: node.parent < 0 ? -1 : places[node.parent] }));
}

// The symbols on the way to a node, each with its own log-probability and the sum so far.
/** @param {SearchNode[]} list @param {number} node @returns {Stride[]} */
export function way(list, node) {
  const strides = [];
  for (let at = node; list[at]?.parent >= 0; at = list[at].parent) {
    strides.unshift({ text: list[at].text, logp: list[at].logp - list[list[at].parent].logp, sum: list[at].logp });
  }
  return strides;
}

// The texts that were found, greedy's and the samples, best first; equals in this order.
/** @param {Search} search @returns {Rank[]} */
export function ranking({ beams, greedy, samples, penalty }) {
  /** @param {Rank["kind"]} kind @returns {(line: Line, place: number) => Rank} */
  const rank = (kind) => ({ text, log_probability: logp, length }, place) => ({ kind, place: place + 1, text, logp, length, score: logp / penaltyOf(length, penalty) });
  const all = [...beams.map(rank("beam")), ...(greedy ? [rank("greedy")(greedy, 0)] : []), ...samples.map(rank("sample"))];
  return all.sort((a, b) => b.score - a.score);
}

// How many times as likely the best text of the beam is as greedy's; null while one is missing, or where their lengths differ.
/** @param {Search} search */
export function gain({ beams: [best], greedy }) {
  return best && greedy && best.length === greedy.length ? Math.exp(best.log_probability - greedy.log_probability) : null;
}

// A written text as letters with their surprise in bits; `at` counts the symbols before them.
/** @param {Search} search @param {Line} line @returns {Letter[]} */
export function lettersOf({ symbols, special, unit, normalizer }, { ids, log_probabilities: logs }) {
  const run = /** @type {Run} */ (/** @type {unknown} */ ({
    symbols, special: new Set(special), unit, normalizer, dropsFirstSpace: false, byCharacters: false, text: "", prompted: 0, promptCells: [], steps: ids.map((id) => ({ id })),
  }));
  return cells(run).map(({ text, from, to }) => ({ text, at: from, bits: bitsOf(logs.slice(from, to)) }));
}

// The same of the human text: what was only read has no surprise, and stands before 0.
/** @param {Human} human @returns {Letter[]} */
export function humanLetters({ head, skipped, log_probabilities: logs }) {
  return scored.begin(head).cells.map(({ text, from, to }) => ({ text, at: from - skipped, bits: from < skipped ? NaN : bitsOf(logs.slice(from, to).map(numberOf)) }));
}

/** @param {number | string} value */
const numberOf = (value) => (typeof value === "string" ? -Infinity : value);
/** @param {number[]} logs */
const bitsOf = (logs) => logs.reduce((sum, log) => sum - log / Math.LN2, 0);

// The running sum of surprise, in bits: [symbols, bits] from [0, 0] on.
/** @param {number[]} logs @returns {[number, number][]} */
export function sums(logs) {
  let sum = 0;
  return [[0, 0], ...logs.map((log, i) => /** @type {[number, number]} */ ([i + 1, sum += -log / Math.LN2]))];
}

// The three texts along their symbols: ln p of each symbol of the human text, of the samples on average, and of the beam.
/** @param {Search} search */
export function along({ human, samples, dull }) {
  const most = dull?.log_probabilities.length ?? 0;
  const mean = Array.from({ length: Math.min(most, ...samples.map(({ log_probabilities: logs }) => logs.length)) },
    (_, i) => samples.reduce((sum, { log_probabilities: logs }) => sum + logs[i], 0) / samples.length);
  const own = human ? human.log_probabilities.slice(human.skipped, human.skipped + most).map(numberOf) : [];
  return { human: own, samples: samples.length ? mean : [], beam: dull?.log_probabilities ?? [] };
}

// Bits of surprise per symbol; NaN of nothing.
/** @param {number[]} logs */
export const mean = (logs) => bitsOf(logs) / logs.length;

/** @param {Search} search @param {(kind: Rank["kind"]) => string} called */
export const rankingCsv = (search, called) => csv([["place", "search", "text", "symbols", "log-probability (nats)", "score"],
  ...ranking(search).map(({ kind, text, length, logp, score }, i) => [i + 1, called(kind), text, length, logp, score])]);

/** @param {Search} search */
export function alongCsv(search) {
  const { human, samples, beam } = along(search);
  const bits = (/** @type {number | undefined} */ log) => (log === undefined ? "" : -log / Math.LN2);
  return csv([["symbol", "human text (bits)", "samples, mean (bits)", "beam (bits)"],
    ...Array.from({ length: Math.max(human.length, samples.length, beam.length) }, (_, i) => [i + 1, bits(human[i]), bits(samples[i]), bits(beam[i])])]);
}
