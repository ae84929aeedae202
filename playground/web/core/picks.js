// What was chosen by hand, as the settings hold it, "0:e,12:t": the symbol of each such step. The twin of
// playground/server/picks.py. Pure.

import * as names from "./names.js";

export const MOST = 200;
const FARTHEST = 9999;

/** @typedef {[number, string | number][]} Picks steps, and the names of their symbols */

/** @param {string} text @returns {Picks} */
const pairs = (text) => (text ? names.split(text, ",") : []).map((part) => {
  const [step, ...rest] = names.split(part, ":");
  return [Number(step), names.read(rest.join(":"))];
});

/** @param {Picks} list */
const write = (list) => list.map(([step, name]) => `${step}:${names.write(name)}`).join(",");

// Those before a step, which what is written from there on leaves as they are.
/** @param {string} text @param {number} step */
export const before = (text, step) => write(pairs(text).filter(([other]) => other < step));

// The picks of a run: what a person chose in it. A link has room for the first ones.
/** @param {Run} run */
export function of({ steps, prompted, symbols }) {
  /** @type {Picks} */
  const list = [];
  for (let at = prompted; at < steps.length; at++) {
    if (steps[at].hand) list.push([at - prompted, names.nameOf(steps[at].id, symbols)]);
  }
  return write(list.filter(([step]) => step <= FARTHEST).slice(0, MOST));
}

// What of the picks means something to a vocabulary, and the names that do not. `same`: whether its ids are of that model.
/** @param {string} text @param {string[]} symbols @param {boolean} same */
export function sift(text, symbols, same) {
  const list = pairs(text);
  return {
    kept: write(list.filter(([, name]) => names.isKnown(name, symbols, same))),
    unknown: list.filter(([, name]) => !names.isKnown(name, symbols, same)).map(([, name]) => names.shown(name)),
  };
}
