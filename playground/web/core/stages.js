// The twin of playground/sampling/stages.py: logits become a distribution, in float64.

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

// A row of logits, ranked once: what every temperature shares. A folded row (playground/sampling/folding.py) comes ranked:
// { ids, logits, counts, means, size }. Its groups follow its ids as further entries; `counts` says of how many symbols.
// The entries stand as the model ranks them, with and without a bias; `order` has them as the bias ranks them.
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

// The logits of a row's entries with a number added to some. An id that is among the folded ones keeps its own.
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

// The entries, largest logit first, ties by id, and groups after ids.
/** @param {Float64Array} bent @param {Uint32Array} ids */
function orderOf(bent, ids) {
  const order = Uint32Array.from(bent, (_, place) => place);
  const id = (/** @type {number} */ place) => ids[place] ?? Infinity;
  const before = (/** @type {number} */ a, /** @type {number} */ b) => bent[b] - bent[a] || id(a) - id(b) || a - b;
  const sorted = order.every((place) => place === 0 || bent[place - 1] > bent[place]);
  return sorted ? order : order.sort(before);
}

// The probabilities of a ranked row's entries in its own order; how many symbols of each are left, and in all (`kept`);
// what they weigh together (`sum`), where the likeliest weighs 1; and whether all that is kept is alike.
/** @param {Row} row @param {Omit<Sampling, "bias">} sampling @returns {Drawn} */
export function stages({ ranked, bent, order, counts }, { temperature, topK, topP, minP }) {
  const probabilities = new Float64Array(ranked.length);
  if (temperature === 0) {
    probabilities[order[0]] = 1;
    return { probabilities, left: probabilities, kept: 1, sum: 1, even: false };
  }
  const sorted = Float64Array.from(order, (place) => bent[place]);
  const each = weightsOf(sorted, temperature);
  // What is banned is not there.
  const stay = Float64Array.from(order, (place) => (isBanned({ ranked, bent }, place) ? 0 : counts[place]));
  if (topK > 0) keepTopK(stay, sorted, topK);
  if (topP < 1) keepTopP(stay, each, topP);
  if (minP > 0 && temperature < Infinity) keepMinP(stay, each, minP, sorted, temperature);
  const sum = total(each, stay);
  const left = new Float64Array(ranked.length);
  order.forEach((place, i) => {
    probabilities[place] = (each[i] * stay[i]) / sum;
    left[place] = stay[i];
  });
  return { probabilities, left, kept: left.reduce((n, of) => n + of, 0), sum, even: temperature === Infinity };
}

// logits (V) → Float64Array (V) that sums to 1.
/** @param {Numbers} logits @param {Partial<Sampling>} [sampling] */
export function distribution(logits, sampling) {
  const checked = settings(sampling);
  const row = rank(logits, checked.bias);
  const { probabilities } = stages(row, checked);
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
