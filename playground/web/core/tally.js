// A distribution drawn from many times: how often each symbol came, and how often it could be expected to. Pure.

import * as sampling from "./sampling.js";

// So many of a seed's numbers u; each list goes on where a shorter one ended.
/** @param {number} seed @param {number} count @param {number[]} [before] */
export function throws(seed, count, before = []) {
  const us = before.slice(0, count);
  for (let step = us.length; step < count; step++) us.push(sampling.dice(seed, step));
  return us;
}

// How often each entry of a ranked row is drawn by these numbers, with the draw of the page: likeliest first, ties by id.
/** @param {Row} row @param {Drawn} drawn @param {number[]} us */
export function tally({ ids, order }, { probabilities, even }, us) {
  const places = [...order].filter((place) => probabilities[place] > 0);
  if (even) places.sort((a, b) => (ids[a] ?? Infinity) - (ids[b] ?? Infinity) || a - b); // all alike: the order is that of the ids
  let sum = 0;
  const ends = places.map((place) => (sum += probabilities[place]));
  const counts = new Float64Array(probabilities.length);
  for (const u of us) {
    let [low, high] = [0, ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle] > u) high = middle;
      else low = middle + 1;
    }
    counts[places[low]] += 1;
  }
  return counts;
}

// The share of n draws that something of probability p has, and two standard deviations around it: of the binomial distribution,
// σ = √(p (1 − p) ÷ n). Some 19 of 20 counts are within, where n p is not small.
/** @param {number} p @param {number} n @returns {[number, number]} */
export function band(p, n) {
  const sigma = n ? Math.sqrt((p * (1 - p)) / n) : 0;
  return [Math.max(0, p - 2 * sigma), Math.min(1, p + 2 * sigma)];
}

// How far the shares of the draws are from the probabilities: half the sum of the differences (total variation), from 0 to 1.
/** @param {Float64Array} counts @param {Float64Array} probabilities @param {number} n */
export const distance = (counts, probabilities, n) => (n ? counts.reduce((sum, count, i) => sum + Math.abs(count / n - probabilities[i]), 0) / 2 : 1);
