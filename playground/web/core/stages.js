// Mirrors playground/sampling/stages.py: turns logits into a distribution, in float64.

// e^((logit − largest) ÷ T) for logits in descending order; 1 for all possible ones at T = ∞.
/** @param {Float64Array} ranked @param {number} temperature */
function weightsOf(ranked, temperature) {
  const weights = new Float64Array(ranked.length);
  for (let i = 0; i < ranked.length && ranked[i] > -Infinity; i++) {
    weights[i] = temperature === Infinity ? 1 : Math.exp((ranked[i] - ranked[0]) / temperature);
  }
  return weights;
}

// The total weight of a row's entries, each times the number of its symbols that are left.
/** @param {Float64Array} weights @param {Float64Array} left */
function total(weights, left) {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i] * left[i];
  return sum;
}

// Each stage takes a row in descending order and removes symbols from its unlikely end: left[i] is how many symbols
// of entry i remain, which is 0 or 1 except for the groups of a folded row.

/** @param {Float64Array} left @param {Float64Array} ranked @param {number} k */
function keepTopK(left, ranked, k) {
  let remaining = k;
  for (let i = 0; i < left.length; i++) {
    if (remaining <= 0 && ranked[i] !== ranked[i - 1]) return left.fill(0, i);
    if (remaining > 0) left[i] = Math.min(left[i], remaining);
    remaining -= left[i];
  }
  return left;
}

// Drops from the unlikely end while the mass dropped is at most 1 − p.
/** @param {Float64Array} left @param {Float64Array} weights @param {number} p */
function keepTopP(left, weights, p) {
  const sum = total(weights, left);
  let tail = 0;
  for (let i = left.length - 1; i > 0; i--) {
    const mass = (weights[i] * left[i]) / sum;
    if (tail + mass > 1 - p) {
      if (left[i] > 1) left[i] -= Math.floor((left[i] * (1 - p - tail)) / mass);
      return;
    }
    tail += mass;
    left[i] = 0;
  }
}

// If the limit falls within a group, the group's symbols are assumed to be spread evenly up to halfway to its
// neighbours.
/** @param {Float64Array} left @param {Float64Array} weights @param {number} share @param {Float64Array} ranked @param {number} temperature */
function keepMinP(left, weights, share, ranked, temperature) {
  const limit = ranked[0] + temperature * Math.log(share);
  for (let i = left.length - 1; i > 0; i--) {
    if (left[i] > 1) {
      const high = (ranked[i - 1] + ranked[i]) / 2;
      const low = i + 1 < ranked.length ? (ranked[i] + ranked[i + 1]) / 2 : 2 * ranked[i] - high;
      if (limit <= low) return;
      left[i] = limit < high ? Math.round((left[i] * (high - limit)) / (high - low)) : 0;
    } else if (weights[i] >= share * weights[0]) {
      return;
    } else {
      left[i] = 0;
    }
  }
}

// The ids of a row, largest value first, ties by id.
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
export function settings({ temperature = 1, topK = 0, topP = 1, minP = 0, bias = [] } = {}) {
  check(temperature, "temperature", Infinity);
  check(topP, "topP", 1);
  check(minP, "minP", 1);
  if (!Number.isInteger(topK) || topK < 0) {
    throw new RangeError(`topK must be a whole number, 0 (off) or more, but was ${topK}.`);
  }
  for (const [, number] of bias) {
    if (typeof number !== "number" || !(number < Infinity)) {
      throw new RangeError(`bias must be finite numbers, or -Infinity to ban, but was ${number}.`);
    }
  }
  return { temperature, topK, topP, minP, bias };
}

/** @type {(logits: Logits) => logits is FoldedRow} */
export const isFolded = (logits) => "counts" in logits;

// Ranks a row of logits once, for use at every temperature. A folded row (playground/sampling/folding.py), { ids,
// logits, counts, means, size }, comes ranked; its groups follow its ids as further entries, and `counts` is how many
// symbols each has. Entries stay in the model's order; `order` is their order with the bias.
/** @param {Logits} logits @param {Bias} [bias] @returns {Row} */
export function rank(logits, bias = []) {
  const folded = isFolded(logits);
  const size = folded ? logits.size : logits.length;
  const ids = folded ? logits.ids : ranks(logits);
  const ranked = folded ? Float64Array.of(...logits.logits, ...logits.means) : Float64Array.from(ids, (id) => logits[id]);
  if (!ids.length || ranked.some(Number.isNaN) || ranked[0] === Infinity || ranked[0] === -Infinity) {
    throw new RangeError("logits must not be NaN or plus infinity, and at least one must be finite.");
  }
  const counts = new Float64Array(ranked.length).fill(1);
  if (folded) counts.set(logits.counts, ids.length);
  const bent = bias.length ? bend(ranked, ids, size, bias) : ranked;
  return { ids, ranked, bent, order: orderOf(bent, ids), counts, size, folded };
}

// Adds a bias to the logits of a row's entries. Folded ids are not changed.
/** @param {Float64Array} ranked @param {Uint32Array} ids @param {number} size @param {Bias} bias */
function bend(ranked, ids, size, bias) {
  const bent = ranked.slice();
  for (const [id, number] of bias) {
    if (!(id < size)) throw new RangeError(`bias has the id ${id}, but there are only ${size} symbols.`);
    const place = ids.indexOf(id);
    if (place >= 0) bent[place] += number;
  }
  if (bent.every((logit) => logit === -Infinity)) {
    throw new RangeError("bias bans every symbol that is possible; at least one must be left.");
  }
  return bent;
}

/** @param {{ ranked: Float64Array, bent: Float64Array }} row @param {number} place */
export const isBanned = ({ ranked, bent }, place) => bent[place] === -Infinity && ranked[place] > -Infinity;

// The entries by logit, largest first, ties by id; groups come after ids.
/** @param {Float64Array} bent @param {Uint32Array} ids */
function orderOf(bent, ids) {
  const order = Uint32Array.from(bent, (_, place) => place);
  const id = (/** @type {number} */ place) => ids[place] ?? Infinity;
  const compare = (/** @type {number} */ a, /** @type {number} */ b) => bent[b] - bent[a] || id(a) - id(b) || a - b;
  const sorted = order.every((place) => place === 0 || bent[place - 1] > bent[place]);
  return sorted ? order : order.sort(compare);
}

// The probabilities of a ranked row's entries, in its own order; how many symbols of each are left, and in total
// (`kept`); their weight (`sum`) relative to the likeliest; and whether all of them are equal (`even`), as at T = ∞
// or, by rounding, at T = 1e18.
/** @param {Row} row @param {Omit<Sampling, "bias">} sampling @returns {Drawn} */
export function stages({ ranked, bent, order, counts }, { temperature, topK, topP, minP }) {
  const probabilities = new Float64Array(ranked.length);
  if (temperature === 0) {
    probabilities[order[0]] = 1;
    return { probabilities, left: probabilities, kept: 1, sum: 1, even: false };
  }
  const sorted = Float64Array.from(order, (place) => bent[place]);
  const weights = weightsOf(sorted, temperature);
  // Banned entries do not count.
  const remaining = Float64Array.from(order, (place) => (isBanned({ ranked, bent }, place) ? 0 : counts[place]));
  if (topK > 0) keepTopK(remaining, sorted, topK);
  if (topP < 1) keepTopP(remaining, weights, topP);
  if (minP > 0 && temperature < Infinity) keepMinP(remaining, weights, minP, sorted, temperature);
  const sum = total(weights, remaining);
  const left = new Float64Array(ranked.length);
  order.forEach((place, i) => {
    probabilities[place] = (weights[i] * remaining[i]) / sum;
    left[place] = remaining[i];
  });
  const least = remaining.findLastIndex((n) => n > 0);
  return { probabilities, left, kept: left.reduce((n, of) => n + of, 0), sum, even: weights[least] === weights[0] };
}

// Maps logits (V) to a Float64Array (V) that sums to 1.
/** @param {Numbers} logits @param {Partial<Sampling>} [sampling] */
export function distribution(logits, sampling) {
  const valid = settings(sampling);
  const row = rank(logits, valid.bias);
  const { probabilities } = stages(row, valid);
  const byId = new Float64Array(logits.length);
  row.ids.forEach((id, place) => { byId[id] = probabilities[place]; });
  return byId;
}

// Entropy in bits; 0 log 0 = 0. An entry of several symbols shares its probability evenly among them.
/** @param {Float64Array} probabilities @param {Float64Array | null} [left] */
export function entropy(probabilities, left = null) {
  let sum = 0;
  probabilities.forEach((p, i) => { if (p > 0) sum -= p * (Math.log2(p) - (left ? Math.log2(left[i]) : 0)); });
  return Math.max(0, sum);
}
