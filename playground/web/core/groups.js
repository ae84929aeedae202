// Groups the entries of a ranked row into bars: one per symbol or, for tokens, one per first character. Pure.

import { whole } from "./bytes.js";
import * as format from "./format.js";

// The first character of a token, given the incomplete character `before` at the end of the text. Special tokens have
// no first character and get bars of their own.
/** @param {string} symbol @param {string} before */
export function firstOf(symbol, before) {
  const text = whole(before + symbol);
  const bytes = (/^[\uf780-\uf7ff]+/).exec(text);
  return bytes ? bytes[0] : [...text][0] ?? "";
}

// [{ symbol, places, first, special }], sorted by likelihood at T = 1 or, if `alphabet`, by id or character.
/** @param {Distribution} distribution @param {{ first: boolean, alphabet: boolean }} how @returns {Group[]} */
export function groups({ symbols, special: specials, before, row, atOne, summed }, { first, alphabet }) {
  if (summed) {
    const bars = Array.from(row.ids, (id, place) => ({ symbol: symbols[id], places: [place], first: true, special: specials.has(id) }));
    return alphabet ? bars.sort((a, b) => (a.symbol < b.symbol ? -1 : 1)) : bars;
  }
  if (!first) {
    const bars = Array.from(row.ids, (id, place) => ({ symbol: symbols[id], places: [place], special: specials.has(id) }));
    return alphabet ? bars.sort((a, b) => row.ids[a.places[0]] - row.ids[b.places[0]]) : bars;
  }
  /** @type {Map<string | number, Group>} */
  const bySymbol = new Map();
  row.ids.forEach((id, place) => {
    const special = specials.has(id);
    const symbol = special ? symbols[id] : firstOf(symbols[id], before);
    const key = special ? id : symbol;
    const group = bySymbol.get(key) ?? { symbol, places: [], first: !special, special };
    bySymbol.set(key, group);
    group.places.push(place);
  });
  const list = [...bySymbol.values()];
  return alphabet ? list.sort((a, b) => (a.symbol < b.symbol ? -1 : 1)) : list.sort((a, b) => mass(b, atOne) - mass(a, atOne));
}

/** @param {{ places: number[] }} group @param {Float64Array} probabilities */
export function mass({ places }, probabilities) {
  let sum = 0;
  for (const place of places) sum += probabilities[place];
  return sum;
}

// The symbols of a group and their probabilities, likeliest first.
/** @param {Group} group @param {Distribution} distribution @returns {[string, number][]} */
export const members = ({ places }, { symbols, row, drawn }) =>
  places.map((place) => [format.seen(symbols[row.ids[place]]), drawn.probabilities[place]]);

// The total of a row's folded entries.
/** @param {Row} row @param {Float64Array} values */
export function beyond(row, values) {
  let total = 0;
  for (let i = row.ids.length; i < values.length; i++) total += values[i];
  return total;
}

// The number of folded symbols and their total probability, formatted.
/** @param {Row} row @param {Float64Array} probabilities */
export const folded = (row, probabilities) =>
  ({ n: format.grouped(row.size - row.ids.length), p: format.percent(beyond(row, probabilities)) });

export const BANNED = "⊘";

// The bias on a bar, "+1.5"; "" if none. A bar of several tokens shows "±" if any of them has a bias.
/** @param {Row} row @param {Group} group */
export function bendOf(row, { places, first }) {
  const bent = places.filter((place) => row.bent[place] !== row.ranked[place]);
  if (!bent.length) return "";
  if (first) return "±";
  const number = row.bent[bent[0]] - row.ranked[bent[0]];
  return number === -Infinity ? BANNED : format.bias(number);
}
