// Where a run may stop early: at symbols that the model has (stopping.py).

import { words } from "../core/i18n.js";
import * as store from "../core/store.js";

// Adopts a model's stop options. If the chosen one is not among them, runs go to their full length, and a sentence
// says so.
/** @param {{ stops: string[] }} message */
export function adoptStops({ stops }) {
  const { stop } = store.state.settings;
  const isMissing = !stops.includes(stop);
  if (isMissing) store.set({ stop: "none" });
  store.update({ stops });
  return isMissing ? [words[`stop_lacks_${stop}`]] : [];
}
