// A distribution at a place in a text, with all that a chart shows of it. Pure: from raw logits and settings, whoever has
// them.

import * as sampling from "./sampling.js";

const UNTRUNCATED = { topK: 0, topP: 1, minP: 0 };

/** @type {WeakMap<object, { row: Row, atOne: Float64Array }>} */
const ranked = new WeakMap();

// A row without a bias and its probabilities at T = 1, which is what the model predicts: what does not change with the settings, and is worked out once for each place.
/** @param {Logits} logits */
function rankOnce(logits) {
  const known = ranked.get(logits);
  if (known) return known;
  const row = sampling.rank(logits);
  const fresh = { row, atOne: sampling.stages(row, { temperature: 1, ...UNTRUNCATED }).probabilities };
  ranked.set(logits, fresh);
  return fresh;
}

// The same entries with a bias, which changes from one frame to the next while a hand drags a bar, and else stays.
/** @type {{ logits: Logits | null, bias: Bias, row: Row | null }} */
let last = { logits: null, bias: [], row: null };
/** @param {Logits} logits @param {Bias} bias */
function bentRow(logits, bias) {
  if (!last.row || last.logits !== logits || last.bias !== bias) last = { logits, bias, row: sampling.rank(logits, bias) };
  return /** @type {Row} */ (last.row);
}

/**
 * @param {Place} place @param {Sampling} settings
 * @returns {Distribution}
 */
export function distributionOf({ logits, symbols, special = new Set(), unit = "character", before = "", u = null, came = null }, settings) {
  const { row: own, atOne } = rankOnce(logits);
  const { topK, topP, minP, temperature, bias = [] } = settings;
  const row = bias.length ? bentRow(logits, bias) : own;
  const drawn = sampling.stages(row, settings);
  const cuts = topK > 0 || topP < 1 || minP > 0;
  const whole = cuts ? sampling.stages(row, { ...settings, ...UNTRUNCATED }) : drawn;
  return {
    row, atOne, drawn, settings, symbols, special, unit, before, u, came, logits,
    whole: whole.probabilities,
    truncated: temperature !== 0 && drawn.kept < whole.kept,
    under: u === null ? undefined : sampling.chosen(row, drawn, u),
  };
}
