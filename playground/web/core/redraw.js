// What the same dice draw under other settings. Pure.

import * as sampling from "./sampling.js";
import { agree, DISTRIBUTION_SETTINGS } from "./spans.js";

/** @param {Settings} settings */
export const distributionSettings = (settings) => (
  Object.fromEntries(DISTRIBUTION_SETTINGS.map((name) => [name, settings[name]])));

// The step under new settings, or null if its u would then draw another symbol. Hand-chosen steps never change.
/** @param {Step} step @param {Settings} settings @param {Sampling} truncation the same, as sampling.js takes them @returns {Step | null} */
export function redraw(step, settings, truncation) {
  if (step.hand || step.u === null || !step.settings) return step;
  if (agree(step.settings, settings, DISTRIBUTION_SETTINGS)) return step;
  const row = sampling.rank(step.logits, truncation.bias);
  if (sampling.chosen(row, sampling.stages(row, truncation), step.u) !== step.id) return null;
  return { ...step, settings: { ...step.settings, ...distributionSettings(settings) }, bias: truncation.bias };
}
