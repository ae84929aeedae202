// What the bars stand for: each symbol by itself, or where symbols are tokens, all that begin with the same character.
// Pure: from a ranked row to groups of its places.

import { whole } from "./bytes.js";
import * as format from "./format.js";

// The next character of a model of tokens: the sum over the tokens that begin with it. `before` is the beginning of a
// character that the text so far ends with. A special token begins with no character: it has a bar of its own.
/** @param {string} symbol @param {string} before */
export function firstOf(symbol, before) {
  const text = whole(before + symbol);
  const parts = (/^[\uf780-\uf7ff]+/).exec(text);
  return parts ? parts[0] : [...text][0] ?? "";
}

// [{ symbol, places, first, special }], the likeliest at temperature 1 first or, in `alphabet`, in the order of ids or characters.
/** @param {Distribution} distribution @param {{ first: boolean, alphabet: boolean }} how @returns {Group[]} */
export function groups({ symbols, special: specials, before, row, atOne, summed }, { first, alphabet }) {
  if (summed) {
    const each = Array.from(row.ids, (id, place) => ({ symbol: symbols[id], places: [place], first: true, special: specials.has(id) }));
    return alphabet ? each.sort((a, b) => (a.symbol < b.symbol ? -1 : 1)) : each;
  }
  if (!first) {
    const each = Array.from(row.ids, (id, place) => ({ symbol: symbols[id], places: [place], special: specials.has(id) }));
    return alphabet ? each.sort((a, b) => row.ids[a.places[0]] - row.ids[b.places[0]]) : each;
  }
  /** @type {Map<string | number, Group>} */
  const found = new Map();
  row.ids.forEach((id, place) => {
    const special = specials.has(id);
    const symbol = special ? symbols[id] : firstOf(symbols[id], before);
    const key = special ? id : symbol;
    const group = found.get(key) ?? { symbol, places: [], first: !special, special };
    found.set(key, group);
    group.places.push(place);
  });
  const list = [...found.values()];
  return alphabet ? list.sort((a, b) => (a.symbol < b.symbol ? -1 : 1)) : list.sort((a, b) => mass(b, atOne) - mass(a, atOne));
}

/** @param {{ places: number[] }} group @param {Float64Array} probabilities */
export function mass({ places }, probabilities) {
  let sum = 0;
  for (const place of places) sum += probabilities[place];
  return sum;
}

// The symbols of a group, the likeliest first, and what each has.
/** @param {Group} group @param {Distribution} distribution @returns {[string, number][]} */
export const members = ({ places }, { symbols, row, drawn }) =>
  places.map((place) => [format.seen(symbols[row.ids[place]]), drawn.probabilities[place]]);

// What the folded entries of a row have together.
/** @param {Row} row @param {Float64Array} values */
export function beyond(row, values) {
  let total = 0;
  for (let i = row.ids.length; i < values.length; i++) total += values[i];
  return total;
}

// The same in words: how many they are, and their share.
/** @param {Row} row @param {Float64Array} probabilities */
export const folded = (row, probabilities) =>
  ({ n: format.grouped(row.size - row.ids.length), p: format.percent(beyond(row, probabilities)) });

export const BANNED = "⊘";

// How a bar is bent by hand: "+1.5"; "" where it is not. A bar of many tokens is bent where one of them is.
/** @param {Row} row @param {Group} group */
export function bendOf(row, { places, first }) {
  const bent = places.filter((place) => row.bent[place] !== row.ranked[place]);
  if (!bent.length) return "";
  if (first) return "±";
  const number = row.bent[bent[0]] - row.ranked[bent[0]];
  return number === -Infinity ? BANNED : format.bias(number);
}
