// What the parts of a text were written under, and whether writing it again would give the same. Pure.

import { say } from "./format.js";
import * as format from "./format.js";
import { table } from "./given.js";
import { words } from "./i18n.js";

/** @type {SettingName[]} */
export const DRAWN_UNDER = ["temperature", "top_k", "top_p", "min_p", "bias", "seed"]; // what decides what is drawn at a step
/** @type {SettingName[]} */
const WRITTEN_UNDER = [...DRAWN_UNDER, "model", "prompt", "length", "stop"];
const MOST = 3; // parts that are told one by one

/** @param {Settings} one @param {Settings} other @param {SettingName[]} names */
const agree = (one, other, names) => one === other || names.every((name) => one[name] === other[name]);

// The parts of what was written up to a step: [{ from, to, settings }], counted from the prompt's end. What a person chose
// was drawn under nothing, and belongs to the part that it stands in.
/** @param {Run} run @param {number} [upTo] */
export function spans(run, upTo = run.steps.length) {
  /** @type {{ from: number, to: number, settings: Settings }[]} */
  const found = [];
  for (let at = run.prompted; at < upTo; at++) {
    const { settings, hand } = run.steps[at];
    const last = found.at(-1);
    if (last && (hand || !settings || agree(last.settings, settings, DRAWN_UNDER))) last.to = at + 1 - run.prompted;
    else if (!hand && settings) found.push({ from: last ? at - run.prompted : 0, to: at + 1 - run.prompted, settings });
  }
  return found;
}

/** @param {Settings} settings */
function told(settings) {
  const others = /** @type {SettingName[]} */ (["top_k", "top_p", "min_p"]).filter((name) => settings[name] !== table[name].default);
  return [
    say("under", { t: format.number(settings.temperature), seed: settings.seed }),
    ...others.map((name) => `${table[name].link} ${settings[name]}`),
    ...(settings.bias ? [words.under_bias] : []),
  ].join(", ");
}

// The same in words: "T = 1.50, seed 42" or, where parts differ, each with its place in the text.
/** @param {Run} run @param {number} [upTo] */
export function writtenUnder(run, upTo) {
  const parts = spans(run, upTo);
  if (parts.length < 2) return parts.map(({ settings }) => told(settings)).join("");
  const each = parts.slice(-MOST).map(({ from, to, settings }) => `${from + 1}–${to}: ${told(settings)}`);
  return [...(parts.length > MOST ? ["…"] : []), ...each].join(" · ");
}

// Whether Generate, at the place where the page is, would only write again what is there.
/** @param {State} state */
export function repeats({ run, settings, here, cursor, busy, playing }) {
  if (!run || busy || playing || (here && cursor < run.prompted)) return false;
  const from = here ? cursor : run.prompted;
  if (from >= run.steps.length || !agree(run.settings, settings, WRITTEN_UNDER)) return false;
  return run.steps.slice(from).every((step) => step.hand || (step.settings && agree(step.settings, settings, DRAWN_UNDER)));
}
