// Where a run may end before its length: what the model at hand has a symbol for (stopping.py).

import { words } from "../core/i18n.js";
import * as store from "../core/store.js";

// Takes the kinds of the model of a message. Where the chosen one is not among them, a run goes on to its length, and
// the sentence that is given says so.
/** @param {{ stops: string[] }} message */
export function heed({ stops }) {
  const { stop } = store.state.settings;
  const lacks = !stops.includes(stop);
  if (lacks) store.set({ stop: "none" });
  store.update({ stops });
  return lacks ? [words[`stop_lacks_${stop}`]] : [];
}
