// Mirrors playground/sampling/draws.py: turns a distribution and a number u into a draw. Also computes where an id
// ranks, and which id a given u draws at each temperature.

import { isBanned, rank, ranks, settings, stages } from "./stages.js";

// The id under the dart: the inverse of the cumulative sum, likeliest first (ties by id).
/** @param {Float64Array} probabilities @param {number} u */
export function draw(probabilities, u) {
  if (!(u >= 0 && u < 1)) throw new RangeError(`u must be a number in [0, 1), but was ${u}.`);
  const ids = ranks(probabilities);
  let sum = 0;
  let last = ids[0];
  for (const id of ids) {
    if (probabilities[id] === 0) break; // rounding left the total slightly below u
    last = id;
    sum += probabilities[id];
    if (sum > u) break;
  }
  return last;
}

// A row's entries in drawing order: as ranked, except that entries that rounding made equally probable are sorted by
// id, as in `draw`. Usually that is the row's own order. Folded groups have no ids here and come last if all entries
// are equal.
/** @param {Row} row @param {Drawn} drawn */
export function drawOrder({ ids, order, folded }, { probabilities, even }) {
  const id = (/** @type {number} */ place) => ids[place] ?? Infinity;
  if (folded && even) return order.slice().sort((a, b) => Number(!probabilities[a]) - Number(!probabilities[b]) || id(a) - id(b) || a - b);
  let places = order;
  for (let from = 0, to = 1; from < order.length && probabilities[order[from]] > 0; from = to, to++) {
    let isMixed = false;
    for (; probabilities[order[to]] === probabilities[order[from]] && order[from] < ids.length && order[to] < ids.length; to++) {
      isMixed ||= id(order[to]) < id(order[to - 1]);
    }
    if (!isMixed) continue;
    if (places === order) places = order.slice();
    places.subarray(from, to).sort((a, b) => ids[a] - ids[b]);
  }
  return places;
}

// The entry of this order that u falls on.
/** @param {Uint32Array} places @param {Drawn} drawn @param {number} u */
function indexAt(places, { probabilities, left }, u) {
  let sum = 0;
  let i = 0;
  for (; i < places.length - 1; i++) {
    sum += probabilities[places[i]];
    if (sum > u || left[places[i + 1]] === 0 || probabilities[places[i + 1]] === 0) break; // rounding left the total slightly below u
  }
  return i;
}

// The id under the dart in a ranked row, or null where it falls among the folded ones.
/** @param {Row} row @param {Drawn} drawn @param {number} u @returns {number | null} */
export function chosen(row, drawn, u) {
  const { ids, size, folded } = row;
  const { left, kept, even } = drawn;
  if (folded && even) { // the order is by id
    const namedIds = ids.filter((_, place) => left[place] > 0).sort();
    if (kept === namedIds.length) return namedIds[Math.floor(u * kept)];
    const banned = ids.filter((_, place) => isBanned(row, place)).sort();
    return kept === size - banned.length ? banned.reduce((id, other) => id + Number(other <= id), Math.floor(u * kept)) : null;
  }
  const places = drawOrder(row, drawn);
  return ids[places[indexAt(places, drawn, u)]] ?? null;
}

// The probability and rank of an id in a row at a temperature. For a folded id, `own` gives its logit and rank before
// bias; biased ids may have overtaken it or fallen behind it.
/** @param {Row} row @param {Drawn} drawn @param {number} temperature @param {number} id @param {Standing} [own] */
export function standing(row, { probabilities, kept, sum }, temperature, id, own) {
  const { ids, ranked, bent, order, counts } = row;
  const place = ids.indexOf(id);
  if (!row.folded) {
    const p = probabilities[place];
    return { probability: p, rank: 1 + probabilities.reduce((n, other, i) => n + Number(other > p || (other === p && ids[i] < id)), 0) };
  }
  if (place >= 0 || !own) {
    const countAbove = order.subarray(0, order.indexOf(place)).reduce((n, other) => n + counts[other], 0);
    return { probability: probabilities[place] ?? 0, rank: 1 + countAbove };
  }
  const oneIfAbove = (/** @type {Float64Array} */ logits, /** @type {number} */ i) =>
    Number(logits[i] > own.logit || (logits[i] === own.logit && ids[i] < id));
  const rank = ids.reduce((n, _, i) => n + oneIfAbove(bent, i) - oneIfAbove(ranked, i), own.rank);
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

// A slider position p from 0 to 1 maps to the temperature p ÷ (1 − p): 0 at the left, 1 in the middle, ∞ at the
// right.
/** @param {number} position */
export const temperatureAt = (position) => (position >= 1 ? Infinity : position / (1 - position));
/** @param {number} temperature */
export const positionOf = (temperature) => (temperature === Infinity ? 1 : temperature / (1 + temperature));

// Which id a given u draws at each temperature below the slider's infinity: [{ from: T, id }] with T ascending from
// 0; id is null for folded ones. Heat moves mass down the ranks, so the rank under the dart only grows, and bisection
// finds each flip to `precision` of the slider's length.
/** @param {Logits} logits @param {number} u @param {Partial<Sampling>} [sampling] @param {number} [precision] */
export function flips(logits, u, sampling = {}, precision = 1e-5) {
  const truncation = settings(sampling);
  const row = rank(logits, truncation.bias);
  const { ids, order } = row;
  // Rank of each entry, likeliest first. Adjacent folded entries share a rank.
  const isNamed = (/** @type {number} */ entry) => entry < ids.length;
  let last = -1;
  const placeAt = Array.from(order, (entry, i) => (isNamed(entry) || !i || isNamed(order[i - 1]) ? ++last : last));
  /** @typedef {{ at: number, id: number | null }} Place  the rank under the dart, and the id there */
  /** @type {(position: number) => Place} */
  const place = (position) => {
    const drawn = stages(row, { ...truncation, temperature: temperatureAt(position) });
    const places = drawOrder(row, drawn);
    const i = indexAt(places, drawn, u);
    return { at: placeAt[i], id: ids[places[i]] ?? null };
  };
  const coldest = { at: 0, id: ids[order[0]] ?? null };
  /** @type {Flip[]} */
  const result = [{ from: 0, id: coldest.id }];
  /** @type {(low: number, high: number, placeLow: Place, placeHigh: Place) => void} */
  const search = (low, high, placeLow, placeHigh) => {
    if (placeLow.at >= placeHigh.at) return;
    if (high - low <= precision) {
      result.push({ from: temperatureAt(high), id: placeHigh.id });
      return;
    }
    const middle = (low + high) / 2;
    const placeMiddle = place(middle);
    search(low, middle, placeLow, placeMiddle);
    search(middle, high, placeMiddle, placeHigh);
  };
  const hottest = 1 - 1e-4; // T = 9,999; beyond it the distribution is uniform, and equal entries are drawn by id
  search(0, hottest, coldest, place(hottest));
  return result;
}
