// The twin of playground/sampling.py: the same functions, in the same order, in float64.
// Pure arithmetic; it knows no page. The contract is written at the top of the Python file,
// and one table of cases drives the tests of both.

(() => {
  "use strict";

  // e^((logit − largest) ÷ T) for logits in descending order; 1 for all that are possible at T = ∞.
  function weightsOf(ranked, temperature) {
    const weights = new Float64Array(ranked.length);
    for (let i = 0; i < ranked.length && ranked[i] > -Infinity; i++) {
      weights[i] = temperature === Infinity ? 1 : Math.exp((ranked[i] - ranked[0]) / temperature);
    }
    return weights;
  }

  function total(weights, count) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += weights[i];
    return sum;
  }

  // Each stage takes one row in descending order and says how many of its first entries stay.

  function keepTopK(logits, k) {
    let kept = k;
    while (kept < logits.length && logits[kept] === logits[k - 1]) kept++;
    return kept;
  }

  // Drops from the unlikely end while the mass dropped is at most 1 − p.
  function keepTopP(weights, count, p) {
    const sum = total(weights, count);
    let kept = count;
    let tail = 0;
    for (; kept > 1; kept--) {
      tail += weights[kept - 1] / sum;
      if (tail > 1 - p) break;
    }
    return kept;
  }

  function keepMinP(weights, count, share) {
    let kept = count;
    while (kept > 1 && weights[kept - 1] < share * weights[0]) kept--;
    return kept;
  }

  // Ids of a row, largest value first, ties by id.
  function ranks(values) {
    const ids = Uint32Array.from(values, (_, id) => id);
    return ids.sort((a, b) => values[b] - values[a] || a - b);
  }

  function check(value, name, high) {
    if (typeof value !== "number" || !(value >= 0 && value <= high)) {
      throw new RangeError(`${name} must be a number from 0 to ${high}, but was ${value}.`);
    }
  }

  function settings({ temperature = 1, topK = 0, topP = 1, minP = 0 } = {}) {
    check(temperature, "temperature", Infinity);
    check(topP, "topP", 1);
    check(minP, "minP", 1);
    if (!Number.isInteger(topK) || topK < 0) {
      throw new RangeError(`topK must be a whole number, 0 (off) or more, but was ${topK}.`);
    }
    return { temperature, topK, topP, minP };
  }

  // A row of logits, ranked once: what every temperature shares.
  function rank(logits) {
    const ids = ranks(logits);
    const ranked = Float64Array.from(ids, (id) => logits[id]);
    if (!ids.length || ranked.some(Number.isNaN) || ranked[0] === Infinity || ranked[0] === -Infinity) {
      throw new RangeError("logits must not be NaN or plus infinity, and at least one must be finite.");
    }
    return { ids, ranked };
  }

  // The probabilities of a ranked row in its own order, and how many were kept.
  function stages({ ranked }, { temperature, topK, topP, minP }) {
    const weights = temperature === 0 ? new Float64Array(ranked.length) : weightsOf(ranked, temperature);
    if (temperature === 0) {
      weights[0] = 1;
      return { probabilities: weights, kept: 1 };
    }
    let kept = weights.length;
    if (topK > 0 && topK < kept) kept = keepTopK(ranked, topK);
    if (topP < 1) kept = keepTopP(weights, kept, topP);
    if (minP > 0) kept = keepMinP(weights, kept, minP);
    const sum = total(weights, kept);
    for (let i = 0; i < weights.length; i++) weights[i] = i < kept ? weights[i] / sum : 0;
    return { probabilities: weights, kept };
  }

  // logits (V) → Float64Array (V) that sums to 1.
  function distribution(logits, sampling) {
    const row = rank(logits);
    const { probabilities } = stages(row, settings(sampling));
    const byId = new Float64Array(logits.length);
    row.ids.forEach((id, place) => { byId[id] = probabilities[place]; });
    return byId;
  }

  // The id under the dart: the inverse of the cumulative sum, likeliest first (ties by id).
  function draw(probabilities, u) {
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

  const MASK = (1n << 64n) - 1n;
  const GAMMA = 0x9e3779b97f4a7c15n;

  function mix(z) {
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return z ^ (z >> 31n);
  }

  // The number u in [0, 1) of step 0, 1, … of the run with this seed (SplitMix64 at a counter).
  function dice(seed, step) {
    const z = (mix((BigInt(seed) + GAMMA) & MASK) + BigInt(step + 1) * GAMMA) & MASK;
    return Number(mix(z) >> 11n) / 2 ** 53;
  }

  // Entropy in bits; 0 log 0 = 0.
  function entropy(probabilities) {
    let sum = 0;
    for (const p of probabilities) if (p > 0) sum -= p * Math.log2(p);
    return Math.max(0, sum);
  }

  // A slider position p from 0 to 1 is the temperature p ÷ (1 − p): 0, 1 in the middle, ∞.
  const temperatureAt = (position) => (position >= 1 ? Infinity : position / (1 - position));
  const positionOf = (temperature) => (temperature === Infinity ? 1 : temperature / (1 + temperature));

  // Which character one u gives at every finite temperature: [{ from: T, id }], T ascending from 0.
  // Heat moves mass down the ranks, so the place under the dart only ever grows, and bisection
  // finds each flip to `precision` of the slider's length.
  function flips(logits, u, sampling = {}, precision = 1e-5) {
    const row = rank(logits);
    const truncation = settings(sampling);
    const place = (position) => {
      const temperature = temperatureAt(position);
      const { probabilities, kept } = stages(row, { ...truncation, temperature });
      let sum = 0;
      let i = 0;
      for (; i < kept - 1; i++) {
        sum += probabilities[i];
        if (sum > u || probabilities[i + 1] === 0) break;
      }
      return i;
    };
    const found = [{ from: 0, id: row.ids[0] }];
    const search = (low, high, placeLow, placeHigh) => {
      if (placeLow >= placeHigh) return;
      if (high - low <= precision) {
        found.push({ from: temperatureAt(high), id: row.ids[placeHigh] });
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

  window.playground = window.playground || {};
  window.playground.sampling = {
    distribution, draw, dice, entropy, ranks, rank, stages, flips, temperatureAt, positionOf,
  };
})();
