// Everything a chart shows of the distribution at one place, computed from raw logits and settings. Pure.

import * as sampling from "./sampling.js";

const UNTRUNCATED = { topK: 0, topP: 1, minP: 0 };

/** @type {WeakMap<object, { row: Row, atOne: Float64Array }>} */
const cache = new WeakMap();

// Ranks a row once, without bias, and computes its probabilities at T = 1. This does not depend on the settings, so
// it is cached.
/** @param {Logits} logits */
function rankOnce(logits) {
  const cached = cache.get(logits);
  if (cached) return cached;
  const row = sampling.rank(logits);
  const entry = { row, atOne: sampling.stages(row, { temperature: 1, ...UNTRUNCATED }).probabilities };
  cache.set(logits, entry);
  return entry;
}

// The row with a bias. Only the last one is cached: it changes each frame while a bar is dragged.
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
  const { row: unbiased, atOne } = rankOnce(logits);
  const { topK, topP, minP, temperature, bias = [] } = settings;
  const row = bias.length ? bentRow(logits, bias) : unbiased;
  const drawn = sampling.stages(row, settings);
  const truncates = topK > 0 || topP < 1 || minP > 0;
  const untruncated = truncates ? sampling.stages(row, { ...settings, ...UNTRUNCATED }) : drawn;
  return {
    row, atOne, drawn, settings, symbols, special, unit, before, u, came, logits,
    whole: untruncated.probabilities,
    truncated: temperature !== 0 && drawn.kept < untruncated.kept,
    under: u === null ? undefined : sampling.chosen(row, drawn, u),
  };
}
