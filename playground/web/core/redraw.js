// What the same dice give under other settings. Pure.

import * as sampling from "./sampling.js";
import { agree, BENDING } from "./spans.js";

/** @param {Settings} settings */
export const bendingOf = (settings) => Object.fromEntries(BENDING.map((name) => [name, settings[name]]));

// The same step under the settings of now, where its u gives the same symbol under them; else null. What a person chose is
// drawn under none.
/** @param {Step} step @param {Settings} settings @param {Sampling} truncation the same as sampling takes them @returns {Step | null} */
export function redraw(step, settings, truncation) {
  if (step.hand || step.u === null || !step.settings || agree(step.settings, settings, BENDING)) return step;
  const row = sampling.rank(step.logits, truncation.bias);
  if (sampling.chosen(row, sampling.stages(row, truncation), step.u) !== step.id) return null;
  return { ...step, settings: { ...step.settings, ...bendingOf(settings) }, bias: truncation.bias };
}
