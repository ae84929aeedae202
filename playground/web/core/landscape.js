// One place in a text at every temperature: the likeliest symbols and the entropy. Also the two ways to define
// temperature. Pure.

import * as dial from "./dial.js";
import * as sampling from "./sampling.js";

const UNDERFLOW = 1e-290; // smaller values lose float64 precision
const UNTRUNCATED = { topK: 0, topP: 1, minP: 0 };

/**
 * Rows of a map, the likeliest symbol first: `places` are their indices in the ranked row, `temperatures` those of the
 * columns, and `entropy` that of each column, in bits. `highest` is the most it could be: that of V equal symbols.
 * @typedef {{ places: number[], temperatures: number[], values: number[][], entropy: number[], highest: number }} Landscape
 */

// Temperatures at the middle of evenly spaced columns along the slider, so that 0 and infinity are not among them.
/** @param {number} columns */
export const temperaturesOf = (columns) => Array.from({ length: columns }, (_, i) => sampling.temperatureAt((i + 0.5) / columns));

/**
 * @param {Logits} logits @param {Sampling} settings of the page; the temperature is ignored
 * @param {number} rows at most @param {number} columns
 * @returns {Landscape}
 */
export function landscape(logits, { bias, ...truncation }, rows, columns) {
  const row = sampling.rank(logits, bias);
  const places = [...row.order].filter((place) => place < row.ids.length).slice(0, rows);
  const temperatures = temperaturesOf(columns);
  const distributions = temperatures.map((temperature) => sampling.stages(row, { ...truncation, temperature }));
  return {
    places, temperatures,
    values: places.map((place) => distributions.map(({ probabilities }) => probabilities[place])),
    entropy: distributions.map(({ probabilities, left }) => sampling.entropy(probabilities, left)),
    highest: Math.log2(row.size),
  };
}

// The temperature at a position from 0 to 1, as on the page's other sliders (dial.js), snapped to a mark nearby.
/** @param {number} position @param {number} tolerance of the scale @param {number[]} marks */
export function temperatureNear(position, tolerance, marks) {
  const mark = marks.find((t) => Math.abs(sampling.positionOf(t) - position) <= tolerance);
  return mark ?? dial.temperatureAt(position);
}

/**
 * `p` at T = 1; `power` is p^(1/T), and `byPower` the probability that follows; `scaled` is the logit less the largest,
 * ÷ T, `exp` its exponential, and `bySoftmax` the probability that follows.
 * @typedef {{ id: number, p: number, power: number, byPower: number, logit: number, scaled: number, exp: number, bySoftmax: number, lost: boolean }} Way
 */

// The two definitions of temperature for the likeliest symbols, before truncation: p^(1/T) ÷ Σ, the textbook's
// `reweight` (Chollet 2021, "Deep Learning with Python", 12.1), and softmax(logit ÷ T), which the page computes.
// `sums` cover all symbols. At very low T the powers underflow: `lost` is true if their sum, or one power, does. T =
// 0 and ∞ are limits with no such form: null.
/**
 * @param {Logits} logits @param {Sampling} settings @param {number} count
 * @returns {{ ways: Way[], sums: { power: number, exp: number }, lost: boolean } | null}
 */
export function definitions(logits, { temperature, bias }, count) {
  if (temperature === 0 || temperature === Infinity) return null;
  const row = sampling.rank(logits, bias);
  const largest = row.bent[row.order[0]];
  const { probabilities } = sampling.stages(row, { temperature: 1, ...UNTRUNCATED });
  const probabilityPerSymbol = Float64Array.from(row.bent, (_, place) => (row.counts[place] ? probabilities[place] / row.counts[place] : 0));
  const powers = probabilityPerSymbol.map((p) => p ** (1 / temperature));
  const exps = Float64Array.from(row.bent, (logit) => Math.exp((logit - largest) / temperature));
  const total = (/** @type {Float64Array} */ values) => values.reduce((sum, value, place) => sum + value * row.counts[place], 0);
  const sums = { power: total(powers), exp: total(exps) };
  const likeliest = [...row.order].filter((place) => place < row.ids.length).slice(0, count);
  return {
    sums,
    lost: sums.power < UNDERFLOW,
    ways: likeliest.map((place) => ({
      id: row.ids[place], p: probabilityPerSymbol[place], power: powers[place], byPower: powers[place] / sums.power, logit: row.bent[place],
      scaled: (row.bent[place] - largest) / temperature, exp: exps[place], bySoftmax: exps[place] / sums.exp,
      lost: powers[place] < UNDERFLOW,
    })),
  };
}
