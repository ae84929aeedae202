// The bias as the settings hold it, "e:-inf,t:2.5": a number for each of some symbols. The twin of playground/server/bias.py. Pure.

import * as names from "./names.js";

/** @typedef {[string | number, number][]} Pairs names, and what is added to the logits of their symbols */

export const LARGEST = 1000;

/** @param {string | undefined} text @returns {Pairs} */
function pairs(text) {
  return (text ? names.split(text, ",") : []).map((part) => {
    const pieces = names.split(part, ":");
    const number = Number(pieces.pop()?.replace("inf", "Infinity"));
    return [names.read(pieces.join(":")), number];
  });
}

/** @param {Pairs} list */
const write = (list) => list.filter(([, number]) => number !== 0)
  .map(([name, number]) => `${names.write(name)}:${String(number).replace("Infinity", "inf")}`).join(",");

// The numbers by id. What is no symbol of the vocabulary is left out.
/** @param {string | undefined} text @param {string[]} symbols @returns {Bias} */
export function resolve(text, symbols) {
  /** @type {Map<number, number>} */
  const found = new Map();
  for (const [name, number] of pairs(text)) {
    const id = names.idOf(name, symbols);
    if (id !== undefined) found.set(id, number);
  }
  return [...found];
}

// The same bias with another number for one id; 0 takes it out.
/** @param {string} text @param {string[]} symbols @param {number} id @param {number} number */
export function bend(text, symbols, id, number) {
  const list = pairs(text);
  const entry = list.find(([name]) => names.idOf(name, symbols) === id);
  if (entry) entry[1] = number;
  else list.push([names.nameOf(id, symbols), number]);
  return write(list);
}

// What of a bias means something to a vocabulary, and the names that do not. `same`: whether its ids are of that model.
/** @param {string} text @param {string[]} symbols @param {boolean} same */
export function sift(text, symbols, same) {
  const list = pairs(text);
  return {
    kept: write(list.filter(([name]) => names.isKnown(name, symbols, same))),
    unknown: list.filter(([name]) => !names.isKnown(name, symbols, same)).map(([name]) => names.shown(name)),
  };
}
