// Shared by the sections of the Shapes tab.

import * as biases from "../../core/bias.js";
import * as format from "../../core/format.js";
import { state, truncation } from "../../core/store.js";

// The page's temperature, truncation and bias, for a model with these symbols.
/** @param {string[]} symbols @returns {Sampling} */
export const settingsFor = (symbols) => ({ ...truncation(), bias: biases.resolve(state.settings.bias, symbols) });

// The message for a text that is too long for a section; "" otherwise. The box keeps the whole text: a maxlength
// would silently cut what is pasted.
/** @param {string} text @param {number} limit */
export function tooLong(text, limit) {
  const n = text.length > limit ? [...text].length : 0;
  return n > limit ? format.say("text_too_long", { n: format.grouped(n), most: format.grouped(limit) }) : "";
}

// Dims an answer's elements while a newer request has failed, until the next answer; for `outdated` of asking().
/** @param {Element[]} nodes */
export const dimmer = (...nodes) => (/** @type {boolean} */ isOutdated) => {
  for (const node of nodes) node.classList.toggle("pale", isOutdated);
};
