// One place in a text at every temperature: how probable the likeliest symbols are, and how uncertain all of it is; and the two
// ways to say what a temperature does. Pure.

import * as sampling from "./sampling.js";

const FEW_DIGITS = 1e-290; // what is less has few digits as a float64, or none
const UNTRUNCATED = { topK: 0, topP: 1, minP: 0 };

/**
 * Rows of a map, the likeliest symbol first: `places` are theirs in the ranked row, `temperatures` those of the columns, and
 * `entropy` is in bits, of each column, with the highest that it could be: that of V equally likely symbols.
 * @typedef {{ places: number[], temperatures: number[], values: number[][], entropy: number[], highest: number }} Landscape
 */

// Columns evenly along the slider, each for its own middle: neither 0 nor infinity is among them.
/** @param {number} columns */
export const temperaturesOf = (columns) => Array.from({ length: columns }, (_, i) => sampling.temperatureAt((i + 0.5) / columns));

/**
 * @param {Logits} logits @param {Sampling} settings of the page; its temperature is no matter
 * @param {number} rows at most @param {number} columns
 * @returns {Landscape}
 */
export function landscape(logits, { bias, ...truncation }, rows, columns) {
  const row = sampling.rank(logits, bias);
  const places = [...row.order].filter((place) => place < row.ids.length).slice(0, rows);
  const temperatures = temperaturesOf(columns);
  const drawn = temperatures.map((temperature) => sampling.stages(row, { ...truncation, temperature }));
  return {
    places, temperatures,
    values: places.map((place) => drawn.map(({ probabilities }) => probabilities[place])),
    entropy: drawn.map(({ probabilities, left }) => sampling.entropy(probabilities, left)),
    highest: Math.log2(row.size),
  };
}

// A temperature for a place on the scale from 0 to 1, with as many digits as a hand can mean there; near a mark, the mark.
/** @param {number} position @param {number} near of the scale @param {number[]} marks */
export function temperatureNear(position, near, marks) {
  const mark = marks.find((t) => Math.abs(sampling.positionOf(t) - position) <= near);
  if (mark !== undefined) return mark;
  const exact = sampling.temperatureAt(position);
  return exact < 10 ? Math.round(exact * 100) / 100 : Math.round(exact);
}

/**
 * `p` at T = 1; `power`, p^(1/T), and the probability that comes of it; `logit`, less the largest, ÷ T; `exp`, its exponential, and the
 * probability that comes of that.
 * @typedef {{ id: number, p: number, power: number, byPower: number, logit: number, scaled: number, exp: number, bySoftmax: number, lost: boolean }} Way
 */

// The two ways to say a temperature, for the likeliest symbols: p^(1/T) ÷ Σ, which is the textbook's `reweight` (Chollet 2021,
// "Deep Learning with Python", 12.1), and softmax(logit ÷ T), which is what the page computes. Before truncation. `sums` are over all
// symbols. The powers of a very low temperature are too small for a float64: where that is so for their sum, there is nothing to divide
// by, and `lost` is true; a way whose own power is too small is `lost` too. At T = 0 and ∞ both are limits, and not of these forms: null.
/**
 * @param {Logits} logits @param {Sampling} settings @param {number} count
 * @returns {{ ways: Way[], sums: { power: number, exp: number }, lost: boolean } | null}
 */
export function twoWays(logits, { temperature, bias }, count) {
  if (temperature === 0 || temperature === Infinity) return null;
  const row = sampling.rank(logits, bias);
  const largest = row.bent[row.order[0]];
  const { probabilities } = sampling.stages(row, { temperature: 1, ...UNTRUNCATED });
  const each = Float64Array.from(row.bent, (_, place) => (row.counts[place] ? probabilities[place] / row.counts[place] : 0));
  const powers = each.map((p) => p ** (1 / temperature));
  const exps = Float64Array.from(row.bent, (logit) => Math.exp((logit - largest) / temperature));
  const total = (/** @type {Float64Array} */ values) => values.reduce((sum, value, place) => sum + value * row.counts[place], 0);
  const sums = { power: total(powers), exp: total(exps) };
  const likeliest = [...row.order].filter((place) => place < row.ids.length).slice(0, count);
  return {
    sums,
    lost: sums.power < FEW_DIGITS,
    ways: likeliest.map((place) => ({
      id: row.ids[place], p: each[place], power: powers[place], byPower: powers[place] / sums.power, logit: row.bent[place],
      scaled: (row.bent[place] - largest) / temperature, exp: exps[place], bySoftmax: exps[place] / sums.exp,
      lost: powers[place] < FEW_DIGITS,
    })),
  };
}
