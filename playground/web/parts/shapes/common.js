// What the sections of the Shapes tab share.

import * as biases from "../../core/bias.js";
import { models as bundled } from "../../core/given.js";
import { state, truncation } from "../../core/store.js";
import * as modelnames from "../modelnames.js";

// The page's temperature, truncation and bias, for a model with these symbols.
/** @param {string[]} symbols @returns {Sampling} */
export const settingsFor = (symbols) => ({ ...truncation(), bias: biases.resolve(state.settings.bias, symbols) });

// What the page calls a model.
/** @param {string} model */
export function titleOf(model) {
  const own = bundled.find(([, name]) => name === model);
  return own ? modelnames.titleOf(own) : modelnames.short(model);
}
