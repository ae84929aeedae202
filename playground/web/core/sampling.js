// The twin of playground/sampling/: the same functions, in the same order, in float64.
// Pure arithmetic; it knows no page. The contract is written in that package's docstring,
// and one table of cases drives the tests of both.

// e^((logit − largest) ÷ T) for logits in descending order; 1 for all that are possible at T = ∞.
/** @param {Float64Array} ranked @param {number} temperature */
function weightsOf(ranked, temperature) {
  const weights = new Float64Array(ranked.length);
  for (let i = 0; i < ranked.length && ranked[i] > -Infinity; i++) {
    weights[i] = temperature === Infinity ? 1 : Math.exp((ranked[i] - ranked[0]) / temperature);
  }
  return weights;
}

// What the entries of a row weigh together: of each as many symbols as are left.
/** @param {Float64Array} each @param {Float64Array} left */
function total(each, left) {
  let sum = 0;
  for (let i = 0; i < each.length; i++) sum += each[i] * left[i];
  return sum;
}

// Each stage takes one row in descending order and takes symbols away from its unlikely end: left[i] says how many
// of entry i stay, which is 1 or 0, but for the groups of a folded row.

/** @param {Float64Array} left @param {Float64Array} ranked @param {number} k */
function keepTopK(left, ranked, k) {
  let room = k;
  for (let i = 0; i < left.length; i++) {
    if (room <= 0 && ranked[i] !== ranked[i - 1]) return left.fill(0, i);
    if (room > 0) left[i] = Math.min(left[i], room);
    room -= left[i];
  }
  return left;
}

// Drops from the unlikely end while the mass dropped is at most 1 − p.
/** @param {Float64Array} left @param {Float64Array} each @param {number} p */
function keepTopP(left, each, p) {
  const sum = total(each, left);
  let tail = 0;
  for (let i = left.length - 1; i > 0; i--) {
    const mass = (each[i] * left[i]) / sum;
    if (tail + mass > 1 - p) {
      if (left[i] > 1) left[i] -= Math.floor((left[i] * (1 - p - tail)) / mass);
      return;
    }
    tail += mass;
    left[i] = 0;
  }
}

// A group that the limit runs through reaches halfway to its neighbours, and its symbols lie evenly in there.
/** @param {Float64Array} left @param {Float64Array} each @param {number} share @param {Float64Array} ranked @param {number} temperature */
function keepMinP(left, each, share, ranked, temperature) {
  const limit = ranked[0] + temperature * Math.log(share);
  for (let i = left.length - 1; i > 0; i--) {
    if (left[i] > 1) {
      const high = (ranked[i - 1] + ranked[i]) / 2;
      const low = i + 1 < ranked.length ? (ranked[i] + ranked[i + 1]) / 2 : 2 * ranked[i] - high;
      if (limit <= low) return;
      left[i] = limit < high ? Math.round((left[i] * (high - limit)) / (high - low)) : 0;
    } else if (each[i] >= share * each[0]) {
      return;
    } else {
      left[i] = 0;
    }
  }
}

// Ids of a row, largest value first, ties by id.
/** @param {Numbers} values */
export function ranks(values) {
  const ids = Uint32Array.from(values, (_, id) => id);
  return ids.sort((a, b) => values[b] - values[a] || a - b);
}

/** @param {number} value @param {string} name @param {number} high */
function check(value, name, high) {
  if (typeof value !== "number" || !(value >= 0 && value <= high)) {
    throw new RangeError(`${name} must be a number from 0 to ${high}, but was ${value}.`);
  }
}

/** @param {Partial<Sampling>} [sampling] @returns {Sampling} */
function settings({ temperature = 1, topK = 0, topP = 1, minP = 0 } = {}) {
  check(temperature, "temperature", Infinity);
  check(topP, "topP", 1);
  check(minP, "minP", 1);
  if (!Number.isInteger(topK) || topK < 0) {
    throw new RangeError(`topK must be a whole number, 0 (off) or more, but was ${topK}.`);
  }
  return { temperature, topK, topP, minP };
}

/** @type {(logits: Logits) => logits is FoldedRow} */
export const isFolded = (logits) => "counts" in logits;

// A row of logits, ranked once: what every temperature shares. A folded row (playground/sampling/folding.py) comes ranked:
// { ids, logits, counts, means, size }. Its groups follow its ids as further entries; `counts` says of how many symbols.
/** @param {Logits} logits @returns {Row} */
export function rank(logits) {
  const folded = isFolded(logits);
  const size = folded ? logits.size : logits.length;
  const ids = folded ? logits.ids : ranks(logits);
  const ranked = folded ? Float64Array.of(...logits.logits, ...logits.means) : Float64Array.from(ids, (id) => logits[id]);
  if (!ids.length || ranked.some(Number.isNaN) || ranked[0] === Infinity || ranked[0] === -Infinity) {
    throw new RangeError("logits must not be NaN or plus infinity, and at least one must be finite.");
  }
  const counts = new Float64Array(ranked.length).fill(1);
  if (folded) counts.set(logits.counts, ids.length);
  return { ids, ranked, counts, size, folded };
}

// The probabilities of a ranked row's entries in its own order; how many symbols of each are left, and in all (`kept`);
// what they weigh together (`sum`), where the likeliest weighs 1; and whether all that is kept is alike.
/** @param {Row} row @param {Sampling} sampling @returns {Drawn} */
export function stages({ ranked, counts }, { temperature, topK, topP, minP }) {
  if (temperature === 0) {
    const first = new Float64Array(ranked.length);
    first[0] = 1;
    return { probabilities: first, left: first, kept: 1, sum: 1, even: false };
  }
  const each = weightsOf(ranked, temperature);
  const left = counts.slice();
  if (topK > 0) keepTopK(left, ranked, topK);
  if (topP < 1) keepTopP(left, each, topP);
  if (minP > 0 && temperature < Infinity) keepMinP(left, each, minP, ranked, temperature);
  const sum = total(each, left);
  const probabilities = each.map((weight, i) => (weight * left[i]) / sum);
  return { probabilities, left, kept: left.reduce((n, of) => n + of, 0), sum, even: temperature === Infinity };
}

// logits (V) → Float64Array (V) that sums to 1.
/** @param {Numbers} logits @param {Partial<Sampling>} [sampling] */
export function distribution(logits, sampling) {
  const row = rank(logits);
  const { probabilities } = stages(row, settings(sampling));
  const byId = new Float64Array(logits.length);
  row.ids.forEach((id, place) => { byId[id] = probabilities[place]; });
  return byId;
}

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
export function chosen({ ids, size, folded }, { probabilities, left, kept, even }, u) {
  if (!folded) {
    const byId = new Float64Array(size);
    ids.forEach((id, place) => { byId[id] = probabilities[place]; });
    return draw(byId, u);
  }
  if (even) { // then the order is that of the ids
    if (kept > ids.length) return kept === size ? Math.floor(u * size) : null;
    return ids.slice(0, kept).sort()[Math.floor(u * kept)];
  }
  let sum = 0;
  for (let i = 0; i < ids.length; i++) {
    sum += probabilities[i];
    if (sum > u || left[i + 1] === 0) return ids[i];
  }
  return null;
}

// How an id stands in a row at a temperature: its probability and its rank. Of a folded one the row says `own`, its
// logit and its rank among all.
/** @param {Row} row @param {Drawn} drawn @param {number} temperature @param {number} id @param {Standing} [own] */
export function standing(row, { probabilities, kept, sum }, temperature, id, own) {
  const place = row.ids.indexOf(id);
  if (!row.folded) {
    const p = probabilities[place];
    return { probability: p, rank: 1 + probabilities.reduce((n, other, i) => n + Number(other > p || (other === p && row.ids[i] < id)), 0) };
  }
  if (place >= 0 || !own) return { probability: probabilities[place] ?? 0, rank: place + 1 };
  const weight = temperature === Infinity ? 1 : Math.exp((own.logit - row.ranked[0]) / temperature);
  return { probability: own.rank <= kept ? weight / sum : 0, rank: own.rank };
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

// Entropy in bits; 0 log 0 = 0. An entry of several symbols shares its probability evenly among them.
/** @param {Float64Array} probabilities @param {Float64Array | null} [left] */
export function entropy(probabilities, left = null) {
  let sum = 0;
  probabilities.forEach((p, i) => { if (p > 0) sum -= p * (Math.log2(p) - (left ? Math.log2(left[i]) : 0)); });
  return Math.max(0, sum);
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
  const row = rank(logits);
  const truncation = settings(sampling);
  /** @param {number} position */
  const place = (position) => {
    const temperature = temperatureAt(position);
    const { probabilities, left } = stages(row, { ...truncation, temperature });
    let sum = 0;
    let i = 0;
    for (; i < Math.min(probabilities.length - 1, row.ids.length); i++) {
      sum += probabilities[i];
      if (sum > u || left[i + 1] === 0 || probabilities[i + 1] === 0) break;
    }
    return i; // the folded ones are one place, after all others: ids has none there
  };
  /** @type {Flip[]} */
  const found = [{ from: 0, id: row.ids[0] }];
  /** @type {(low: number, high: number, placeLow: number, placeHigh: number) => void} */
  const search = (low, high, placeLow, placeHigh) => {
    if (placeLow >= placeHigh) return;
    if (high - low <= precision) {
      found.push({ from: temperatureAt(high), id: row.ids[placeHigh] ?? null });
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
