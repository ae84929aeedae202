// The bias set by hand, for the current model's symbols.

import * as biases from "../core/bias.js";
import * as picks from "../core/picks.js";
import { quoted, sentence } from "../core/format.js";
import * as store from "../core/store.js";
import { toggle } from "./playback.js";

const { state } = store;
const MAX_LISTED = 8; // names listed in a sentence

// Adapts bias and picks to the vocabulary of a new run: drops symbols it lacks, and returns sentences that say so.
// Ids belong to one model, so they are dropped when it changes.
/** @param {Run} run @param {Run | null} before */
export function dropUnknownSymbols(run, before) {
  const sameModel = !before || before.model === run.model;
  const bias = biases.sift(state.settings.bias, run.symbols, sameModel);
  const picked = picks.sift(state.settings.picks, run.symbols, sameModel);
  store.set({ bias: bias.kept, picks: picked.kept });
  return [...unknownSentences("bias_unknown", bias.unknown), ...unknownSentences("picks_unknown", picked.unknown)];
}

/** @param {string} key @param {string[]} unknown */
function unknownSentences(key, unknown) {
  if (!unknown.length) return [];
  const names = unknown.slice(0, MAX_LISTED).map((name) => quoted(name)).join(", ");
  return [sentence(key, { names: unknown.length > MAX_LISTED ? `${names}, …` : names })];
}

// A text that plays would put other symbols under the hand. It pauses, and its place stays.
export function beginBend() {
  if (state.playing) toggle();
}

// Sets the bias of an id: 0 for none, minus infinity to ban it.
/** @param {number} id @param {number} number */
export function bend(id, number) {
  if (!state.run) return;
  store.set({ bias: biases.bend(state.settings.bias, state.run.symbols, id, number) });
}

export const reset = () => store.set({ bias: "" });
