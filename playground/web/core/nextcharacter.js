// The true next character of a model of tokens (server/characters.py): from an answer to what the bars draw. Pure.

import { whole } from "./bytes.js";
import { distributionOf } from "./distribution.js";
import * as frames from "./frames.js";
import * as groups from "./groups.js";

// An answer, as it came for a text of this run.
/** @param {Frame} frame @param {Run} run @returns {NextCharacters} */
export function answerOf({ head, body }, run) {
  /** @type {(string | number)[]} */
  const outcomes = head.outcomes;
  return {
    logits: frames.row(frames.reader(body), { folded: head.folded, size: head.size }),
    // A special token has its id, all else what the text goes on with.
    ids: outcomes.map((outcome) => (typeof outcome === "number" ? outcome : null)),
    symbols: outcomes.map((outcome) => (typeof outcome === "number" ? run.symbols[outcome] : whole(outcome))),
    special: new Set(outcomes.flatMap((outcome, place) => (typeof outcome === "number" ? [place] : []))),
    leftOut: head.left_out, leftOutOfAll: head.left_out_of_all, cutAnew: head.cut_anew, whole: head.whole, changed: head.changed,
  };
}

// What a row of a model that is asked by characters left out: its probabilities sum to the rest (checkpoints/by_characters.py).
/** @param {Row} row */
export function leftOut({ ranked, counts }) {
  let sum = 0;
  for (let i = 0; i < ranked.length; i++) sum += counts[i] * Math.exp(ranked[i]);
  return Math.max(0, 1 - sum);
}

// The outcome that a token begins with.
/** @param {NextCharacters} answer @param {Distribution} tokens @param {number | null | undefined} id */
function outcomeOf({ ids, symbols }, { symbols: spelt, special, before }, id) {
  if (typeof id !== "number") return undefined;
  const place = special.has(id) ? ids.indexOf(id) : symbols.indexOf(groups.firstOf(spelt[id], before));
  return place < 0 ? undefined : place;
}

// What the bars draw instead of the tokens: a symbol is an outcome, and the settings act on the characters. The dart and what came
// are of tokens, so it is the characters that these begin with which are marked.
/** @param {NextCharacters} answer @param {Distribution} tokens @returns {Distribution} */
export function distribution(answer, tokens) {
  const { logits, symbols, special } = answer;
  const drawn = distributionOf({ logits, symbols, special, unit: "token" }, { ...tokens.settings, bias: [] });
  const came = outcomeOf(answer, tokens, tokens.came?.id);
  return {
    ...drawn, summed: true, under: outcomeOf(answer, tokens, tokens.under),
    came: tokens.came && came !== undefined ? { id: came, hand: tokens.came.hand } : null,
  };
}

// The token that a click on an outcome writes: the likeliest that begins with it. undefined where none is known.
/** @param {NextCharacters} answer @param {Distribution} tokens @param {number} place */
export function tokenOf(answer, tokens, place) {
  if (answer.ids[place] !== null) return answer.ids[place] ?? undefined;
  const group = groups.groups(tokens, { first: true, alphabet: false }).find(({ symbol, special }) => !special && symbol === answer.symbols[place]);
  if (group) return tokens.row.ids[group.places[0]];
  const alone = tokens.symbols.indexOf(answer.symbols[place]);
  return alone < 0 ? undefined : alone;
}

// The end of a text that was cut anew: what its last tokens spell.
/** @param {Run} run @param {number} at @param {number} count */
export const endOf = (run, at, count) => whole(run.steps.slice(at - count, at).map(({ id }) => run.symbols[id]).join(""));
