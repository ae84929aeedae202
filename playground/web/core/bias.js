// Reads and writes the bias as the settings hold it, "e:-inf,t:2.5": names of symbols, each with a number. Mirrors
// playground/server/bias.py. Pure.

import * as names from "./names.js";

/** @typedef {[string | number, number][]} Pairs  names, and what is added to the logits of their symbols */

/** @param {string | undefined} text @returns {Pairs} */
function parse(text) {
  return (text ? names.split(text, ",") : []).map((part) => {
    const pieces = names.split(part, ":");
    const number = Number(pieces.pop()?.replace("inf", "Infinity"));
    return [names.read(pieces.join(":")), number];
  });
}

/** @param {Pairs} list */
const write = (list) => list.filter(([, number]) => number !== 0)
  .map(([name, number]) => `${names.write(name)}:${String(number).replace("Infinity", "inf")}`).join(",");

// The bias by id. Names that are not in the vocabulary are left out.
/** @param {string | undefined} text @param {string[]} symbols @returns {Bias} */
export function resolve(text, symbols) {
  /** @type {Map<number, number>} */
  const byId = new Map();
  for (const [name, number] of parse(text)) {
    const id = names.idOf(name, symbols);
    if (id !== undefined) byId.set(id, number);
  }
  return [...byId];
}

// The bias with one id set to another number; 0 removes the id.
/** @param {string} text @param {string[]} symbols @param {number} id @param {number} number */
export function bend(text, symbols, id, number) {
  const list = parse(text);
  const entry = list.find(([name]) => names.idOf(name, symbols) === id);
  if (entry) entry[1] = number;
  else list.push([names.nameOf(id, symbols), number]);
  return write(list);
}

// Splits a bias into what applies to a vocabulary and the names that it lacks. `sameModel`: whether ids in the bias
// refer to this model.
/** @param {string} text @param {string[]} symbols @param {boolean} sameModel */
export function sift(text, symbols, sameModel) {
  const list = parse(text);
  return {
    kept: write(list.filter(([name]) => names.isKnown(name, symbols, sameModel))),
    unknown: list.filter(([name]) => !names.isKnown(name, symbols, sameModel)).map(([name]) => names.display(name)),
  };
}
