// What the sections of the Shapes tab share.

import * as biases from "../../core/bias.js";
import { state, truncation } from "../../core/store.js";

// The page's temperature, truncation and bias, for a model with these symbols.
/** @param {string[]} symbols @returns {Sampling} */
export const settingsFor = (symbols) => ({ ...truncation(), bias: biases.resolve(state.settings.bias, symbols) });
