// The twin of playground/sampling/draws.py: a distribution becomes a draw, with a number u; and what the page asks of it: where
// an id stands, and which id one u gives at each temperature.

import { isBanned, rank, ranks, settings, stages } from "./stages.js";

// The id under the dart: the inverse of the cumulative sum, likeliest first (ties by id).
/** @param {Float64Array} probabilities @param {number} u */
export function draw(probabilities, u) {
  if (!(u >= 0 && u < 1)) throw new RangeError(`u must be a number in [0, 1), but was ${u}.`);
  const ids = ranks(probabilities);
  let sum = 0;
  let last = ids[0];
  for (const id of ids) {
    if (probabilities[id] === 0) break; // rounding left the total a hair under u
    last = id;
    sum += probabilities[id];
    if (sum > u) break;
  }
  return last;
}

// The id under the dart in a ranked row, or null where it falls among the folded ones.
/** @param {Row} row @param {Drawn} drawn @param {number} u @returns {number | null} */
export function chosen(row, { probabilities, left, kept, even }, u) {
  const { ids, order, size, folded } = row;
  if (!folded) {
    const byId = new Float64Array(size);
    ids.forEach((id, place) => { byId[id] = probabilities[place]; });
    return draw(byId, u);
  }
  if (even) { // then the order is that of the ids
    const named = ids.filter((_, place) => left[place] > 0).sort();
    if (kept === named.length) return named[Math.floor(u * kept)];
    const banned = ids.filter((_, place) => isBanned(row, place)).sort();
    return kept === size - banned.length ? banned.reduce((id, other) => id + Number(other <= id), Math.floor(u * kept)) : null;
  }
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    sum += probabilities[order[i]];
    if (sum > u || left[order[i + 1]] === 0) return ids[order[i]] ?? null;
  }
  return null;
}

// How an id stands in a row at a temperature: its probability and its rank. Of a folded one the row says `own`, its
// logit and its rank among all as the model has them: it has no bias, but others may have passed it, one way or the other.
/** @param {Row} row @param {Drawn} drawn @param {number} temperature @param {number} id @param {Standing} [own] */
export function standing(row, { probabilities, kept, sum }, temperature, id, own) {
  const { ids, ranked, bent, order, counts } = row;
  const place = ids.indexOf(id);
  if (!row.folded) {
    const p = probabilities[place];
    return { probability: p, rank: 1 + probabilities.reduce((n, other, i) => n + Number(other > p || (other === p && ids[i] < id)), 0) };
  }
  if (place >= 0 || !own) {
    const above = order.subarray(0, order.indexOf(place)).reduce((n, other) => n + counts[other], 0);
    return { probability: probabilities[place] ?? 0, rank: 1 + above };
  }
  const above = (/** @type {Float64Array} */ logits, /** @type {number} */ i) =>
    Number(logits[i] > own.logit || (logits[i] === own.logit && ids[i] < id));
  const rank = ids.reduce((n, _, i) => n + above(bent, i) - above(ranked, i), own.rank);
  const weight = temperature === Infinity ? 1 : Math.exp((own.logit - bent[order[0]]) / temperature);
  return { probability: rank <= kept ? weight / sum : 0, rank };
}

const MASK = (1n << 64n) - 1n;
const GAMMA = 0x9e3779b97f4a7c15n;

/** @param {bigint} z */
function mix(z) {
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

// The number u in [0, 1) of step 0, 1, … of the run with this seed (SplitMix64 at a counter).
/** @param {number} seed @param {number} step */
export function dice(seed, step) {
  const z = (mix((BigInt(seed) + GAMMA) & MASK) + BigInt(step + 1) * GAMMA) & MASK;
  return Number(mix(z) >> 11n) / 2 ** 53;
}

// A slider position p from 0 to 1 is the temperature p ÷ (1 − p): 0, 1 in the middle, ∞.
/** @param {number} position */
export const temperatureAt = (position) => (position >= 1 ? Infinity : position / (1 - position));
/** @param {number} temperature */
export const positionOf = (temperature) => (temperature === Infinity ? 1 : temperature / (1 + temperature));

// Which character one u gives at every finite temperature: [{ from: T, id }], T ascending from 0; id is null for the
// folded ones.
// Heat moves mass down the ranks, so the place under the dart only ever grows, and bisection
// finds each flip to `precision` of the slider's length.
/** @param {Logits} logits @param {number} u @param {Partial<Sampling>} [sampling] @param {number} [precision] */
export function flips(logits, u, sampling = {}, precision = 1e-5) {
  const truncation = settings(sampling);
  const row = rank(logits, truncation.bias);
  const { ids, order } = row;
  // Places of the order, likeliest first. Neighbours among the folded ones are one place.
  /** @type {(number | null)[]} */
  const idAt = [];
  const placeAt = Array.from(order, (entry) => {
    const id = ids[entry] ?? null;
    if (id !== null || idAt.at(-1) !== null) idAt.push(id);
    return idAt.length - 1;
  });
  /** @param {number} position */
  const place = (position) => {
    const temperature = temperatureAt(position);
    const { probabilities, left } = stages(row, { ...truncation, temperature });
    let sum = 0;
    let i = 0;
    for (; i < order.length - 1; i++) {
      sum += probabilities[order[i]];
      if (sum > u || left[order[i + 1]] === 0 || probabilities[order[i + 1]] === 0) break;
    }
    return placeAt[i];
  };
  /** @type {Flip[]} */
  const found = [{ from: 0, id: idAt[0] }];
  /** @type {(low: number, high: number, placeLow: number, placeHigh: number) => void} */
  const search = (low, high, placeLow, placeHigh) => {
    if (placeLow >= placeHigh) return;
    if (high - low <= precision) {
      found.push({ from: temperatureAt(high), id: idAt[placeHigh] });
      return;
    }
    const middle = (low + high) / 2;
    const placeMiddle = place(middle);
    search(low, middle, placeLow, placeMiddle);
    search(middle, high, placeMiddle, placeHigh);
  };
  const hottest = 1 - 1e-4; // T = 9,999; beyond it lies only the uniform end
  search(0, hottest, 0, place(hottest));
  return found;
}
