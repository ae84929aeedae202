// What is bent by hand: the bias of the settings, for the symbols of the model at hand.

import * as biases from "../core/bias.js";
import * as picks from "../core/picks.js";
import { quoted, sentence } from "../core/format.js";
import * as store from "../core/store.js";

const { state } = store;
const TOLD = 8; // names in a sentence

// Takes the vocabulary of a new run. What the bias and the picks have for symbols that it lacks is dropped, and the sentences
// that are given say so. Ids are of one model, so of another's none stays.
/** @param {Run} run @param {Run | null} before */
export function heed(run, before) {
  const same = !before || before.model === run.model;
  const bias = biases.sift(state.settings.bias, run.symbols, same);
  const picked = picks.sift(state.settings.picks, run.symbols, same);
  store.set({ bias: bias.kept, picks: picked.kept });
  return [...told("bias_unknown", bias.unknown), ...told("picks_unknown", picked.unknown)];
}

/** @param {string} key @param {string[]} unknown */
function told(key, unknown) {
  if (!unknown.length) return [];
  const names = unknown.slice(0, TOLD).map((name) => quoted(name)).join(", ");
  return [sentence(key, { names: unknown.length > TOLD ? `${names}, …` : names })];
}

// Gives an id a bias: 0 is none, minus infinity bans.
/** @param {number} id @param {number} number */
export function bend(id, number) {
  if (!state.run) return;
  store.set({ bias: biases.bend(state.settings.bias, state.run.symbols, id, number) });
}

export const reset = () => store.set({ bias: "" });
