// Symbols chosen by hand, as the settings hold them, "0:e,12:t": step and symbol. Mirrors playground/server/picks.py.
// Pure.

import * as names from "./names.js";

export const MAX_PICKS = 200;
const MAX_STEP = 9999;

/** @typedef {[number, string | number][]} Picks  steps, and the names of their symbols */

/** @param {string} text @returns {Picks} */
const parse = (text) => (text ? names.split(text, ",") : []).map((part) => {
  const [step, ...rest] = names.split(part, ":");
  return [Number(step), names.read(rest.join(":"))];
});

/** @param {Picks} list */
const write = (list) => list.map(([step, name]) => `${step}:${names.write(name)}`).join(",");

// The picks before a step; they stay valid when the text is rewritten from there.
/** @param {string} text @param {number} step */
export const picksBefore = (text, step) => write(parse(text).filter(([other]) => other < step));

// The picks before a step, plus a new one at that step.
/** @param {string} text @param {number} step @param {string | number} name */
export const withPick = (text, step, name) => write([...parse(text).filter(([other]) => other < step), [step, name]]);

// The picks of a run: its hand-chosen steps, or other steps selected by `isPicked`. Capped at what a link has room
// for.
/** @param {Pick<Run, "steps" | "prompted" | "symbols">} run @param {(step: Step, at: number) => boolean} [isPicked] */
export function picksOf({ steps, prompted, symbols }, isPicked = ({ hand }) => hand) {
  /** @type {Picks} */
  const list = [];
  for (let at = prompted; at < steps.length; at++) {
    if (isPicked(steps[at], at)) list.push([at - prompted, names.nameOf(steps[at].id, symbols)]);
  }
  return write(list.filter(([step]) => step <= MAX_STEP).slice(0, MAX_PICKS));
}

// Splits picks into those that a vocabulary has and the names that it lacks. `sameModel`: whether ids refer to
// this model.
/** @param {string} text @param {string[]} symbols @param {boolean} sameModel */
export function sift(text, symbols, sameModel) {
  const list = parse(text);
  return {
    kept: write(list.filter(([, name]) => names.isKnown(name, symbols, sameModel))),
    unknown: list.filter(([, name]) => !names.isKnown(name, symbols, sameModel)).map(([, name]) => names.display(name)),
  };
}
