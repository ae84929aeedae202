// Repeated draws from a distribution: how often each symbol was drawn, and how often it was expected. Pure.

import * as sampling from "./sampling.js";

// The first `count` numbers u of a seed, extending the `known` ones.
/** @param {number} seed @param {number} count @param {number[]} [known] */
export function drawNumbers(seed, count, known = []) {
  const us = known.slice(0, count);
  for (let step = us.length; step < count; step++) us.push(sampling.dice(seed, step));
  return us;
}

// How often each entry of a ranked row is drawn, in the page's drawing order: likeliest first, ties by id.
/** @param {Row} row @param {Drawn} drawn @param {number[]} us */
export function countDraws(row, drawn, us) {
  const { probabilities } = drawn;
  const places = [...sampling.drawOrder(row, drawn)].filter((place) => probabilities[place] > 0);
  let sum = 0;
  const upperBounds = places.map((place) => (sum += probabilities[place]));
  const counts = new Float64Array(probabilities.length);
  for (const u of us) {
    let [low, high] = [0, upperBounds.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upperBounds[middle] > u) high = middle;
      else low = middle + 1;
    }
    counts[places[low]] += 1;
  }
  return counts;
}

// The expected share of n draws of something with probability p, ± two standard deviations of the binomial
// distribution, σ = √(p (1 − p) ÷ n). About 19 of 20 counts fall within, unless n p is small.
/** @param {number} p @param {number} n @returns {[number, number]} */
export function expectedRange(p, n) {
  const sigma = n ? Math.sqrt((p * (1 - p)) / n) : 0;
  return [Math.max(0, p - 2 * sigma), Math.min(1, p + 2 * sigma)];
}

// Total variation distance between the drawn shares and the probabilities, from 0 to 1.
/** @param {Float64Array} counts @param {Float64Array} probabilities @param {number} n */
export const totalVariation = (counts, probabilities, n) => (n ? counts.reduce((sum, count, i) => sum + Math.abs(count / n - probabilities[i]), 0) / 2 : 1);
