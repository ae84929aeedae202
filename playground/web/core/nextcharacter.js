// The true next character of a token model (server/characters.py): turns the server's answer into what the bars draw.
// Pure.

import { whole } from "./bytes.js";
import { distributionOf } from "./distribution.js";
import * as frames from "./frames.js";
import * as groups from "./groups.js";
import { writtenIds } from "./run.js";

// The question about a place in a run. It names the whole prompt, since the page may only have a long prompt's last
// ids.
/** @param {Run} run @param {number} at */
export const question = (run, at) => ({
  model: run.model, prompt: run.text, left: Math.max(0, run.prompted - at), written: writtenIds(run).slice(0, Math.max(0, at - run.prompted)),
});

// Parses an answer for a run.
/** @param {Frame} frame @param {Run} run @returns {NextCharacters} */
export function answerOf({ head, body }, run) {
  /** @type {(string | number)[]} */
  const outcomes = head.outcomes;
  return {
    logits: frames.row(frames.reader(body), { folded: head.folded, size: head.size }),
    // A special token has its id, anything else its text.
    ids: outcomes.map((outcome) => (typeof outcome === "number" ? outcome : null)),
    symbols: outcomes.map((outcome) => (typeof outcome === "number" ? run.symbols[outcome] : whole(outcome))),
    special: new Set(outcomes.flatMap((outcome, place) => (typeof outcome === "number" ? [place] : []))),
    leftOut: head.left_out, leftOutOfAll: head.left_out_of_all, cutAnew: head.cut_anew, whole: head.whole, changed: head.changed,
  };
}

// The probability mass that a by-characters model left out of a row: what its probabilities lack to 1
// (checkpoints/by_characters.py).
/** @param {Row} row */
export function leftOut({ ranked, counts }) {
  let sum = 0;
  for (let i = 0; i < ranked.length; i++) sum += counts[i] * Math.exp(ranked[i]);
  return Math.max(0, 1 - sum);
}

// The character outcome that a token begins with.
/** @param {NextCharacters} answer @param {Distribution} tokens @param {number | null | undefined} id */
function outcomeOf({ ids, symbols }, { symbols: tokenSymbols, special, before }, id) {
  if (typeof id !== "number") return undefined;
  const place = special.has(id) ? ids.indexOf(id) : symbols.indexOf(groups.firstOf(tokenSymbols[id], before));
  return place < 0 ? undefined : place;
}

// The distribution over characters that the bars draw instead of tokens; the settings act on the characters. The dart
// and the drawn symbol are tokens, so the characters that these begin with are marked.
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

// The token to write when an outcome is clicked: the likeliest one that begins with it, or undefined.
/** @param {NextCharacters} answer @param {Distribution} tokens @param {number} place */
export function tokenOf(answer, tokens, place) {
  if (answer.ids[place] !== null) return answer.ids[place] ?? undefined;
  const group = groups.groups(tokens, { first: true, alphabet: false }).find(({ symbol, special }) => !special && symbol === answer.symbols[place]);
  if (group) return tokens.row.ids[group.places[0]];
  const tokenId = tokens.symbols.indexOf(answer.symbols[place]);
  return tokenId < 0 ? undefined : tokenId;
}

// The end of the text that was re-tokenized: what its last tokens spell.
/** @param {Run} run @param {number} at @param {number} count */
export const endOf = (run, at, count) => whole(run.steps.slice(at - count, at).map(({ id }) => run.symbols[id]).join(""));
