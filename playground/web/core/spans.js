// The settings under which parts of a text were generated, and whether generating again would give the same. Pure.

import { exactly, say } from "./format.js";
import { table } from "./pagedata.js";
import { words } from "./i18n.js";

/** @type {SettingName[]} */
export const DISTRIBUTION_SETTINGS = ["temperature", "top_k", "top_p", "min_p", "bias"]; // settings that change the distribution of the same logits
/** @type {SettingName[]} */
export const DRAW_SETTINGS = [...DISTRIBUTION_SETTINGS, "seed"]; // settings that decide what is drawn at a step
/** @type {SettingName[]} */
const TEXT_SETTINGS = [...DRAW_SETTINGS, "model", "prompt", "length", "stop"];
const MAX_LISTED = 3; // parts that are listed individually

/** @param {Settings} settings @param {Settings} other @param {SettingName[]} names */
export const agree = (settings, other, names) => (
  settings === other || names.every((name) => settings[name] === other[name]));

// The parts of the generated text up to a step: [{ from, to, settings }], counted from the prompt's end. A
// hand-chosen symbol belongs to the part around it.
/** @param {Run} run @param {number} [upTo] */
export function spans(run, upTo = run.steps.length) {
  /** @type {{ from: number, to: number, settings: Settings }[]} */
  const list = [];
  for (let at = run.prompted; at < upTo; at++) {
    const { settings, hand } = run.steps[at];
    const last = list.at(-1);
    if (last && (hand || !settings || agree(last.settings, settings, DRAW_SETTINGS))) last.to = at + 1 - run.prompted;
    else if (!hand && settings) list.push({ from: last ? at - run.prompted : 0, to: at + 1 - run.prompted, settings });
  }
  return list;
}

/** @param {Settings} settings */
function describe(settings) {
  const truncationNames = /** @type {SettingName[]} */ (["top_k", "top_p", "min_p"]).filter((name) => settings[name] !== table[name].default);
  return [
    say("under", { t: exactly(settings.temperature), seed: settings.seed }),
    ...truncationNames.map((name) => `${table[name].link} ${settings[name]}`),
    ...(settings.bias ? [words.under_bias] : []),
  ].join(", ");
}

// The same as text: "T = 1.50, seed 42" or, if parts differ, each with its position.
/** @param {Run} run @param {number} [upTo] */
export function describeSettings(run, upTo) {
  const parts = spans(run, upTo);
  if (parts.length < 2) return parts.map(({ settings }) => describe(settings)).join("");
  const last = parts.slice(-MAX_LISTED);
  const descriptions = last.map(({ from, to, settings }) => `${from + 1}–${to}: ${describe(settings)}`);
  return [...(parts.length > MAX_LISTED ? ["…"] : []), ...descriptions].join(" · ");
}

// Whether Generate would only reproduce the text that is already there.
/** @param {State} state */
export function wouldRepeat({ run, settings, here, cursor, busy, playing }) {
  if (!run || busy || playing || (here && cursor < run.prompted)) return false;
  const from = here ? cursor : run.prompted;
  if (from >= run.steps.length || !agree(run.settings, settings, TEXT_SETTINGS)) return false;
  return run.steps.slice(from).every((step) => step.hand || (step.settings && agree(step.settings, settings, DRAW_SETTINGS)));
}

// The settings shared by all of these steps, under which they could be reproduced; null if they differ.
/** @param {Step[]} steps */
export function sharedBy([{ settings, hand }, ...otherSteps]) {
  if (!settings || hand) return null;
  return otherSteps.every((step) => step.settings && !step.hand && agree(step.settings, settings, DRAW_SETTINGS)) ? settings : null;
}
