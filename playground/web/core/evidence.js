// The evidence behind one bar of an n-gram model: the contribution of each order. Mirrors
// playground/inference/evidence.py, which explains the formula. Pure.

/**
 * @typedef {{ context: number[], ids: number[], counts: number[], total: number, discounts: number[], back: number, share: number }} Level
 * @typedef {{ size: number, levels: Level[] }} Evidence
 * @typedef {{ level: Level | null, count: number, discount: number, own: number, share: number, part: number }} Term
 */

// The terms of a probability, longest context first and the uniform distribution last: own = (c − D) ÷ c(h·), part =
// share × own. The parts add up to the probability.
/** @param {Evidence} evidence @param {number} id @returns {Term[]} */
export function terms({ size, levels }, id) {
  const result = levels.map((level) => {
    const count = level.counts[level.ids.indexOf(id)] ?? 0;
    const discount = count ? level.discounts[Math.min(count, 3) - 1] : 0;
    const own = count ? (count - discount) / level.total : 0;
    return { level, count, discount, own, share: level.share, part: level.share * own };
  });
  const lowest = levels[levels.length - 1];
  const share = lowest.share * lowest.back;
  return [...result, { level: null, count: 0, discount: 0, own: 1 / size, share, part: share / size }];
}

/** @param {Term[]} list */
export const total = (list) => list.reduce((sum, { part }) => sum + part, 0);

// The most likely symbol; ties go to the lowest id; −1 if nothing followed.
/** @param {Evidence} evidence */
export function mostLikely(evidence) {
  const ids = [...new Set(evidence.levels.flatMap((level) => level.ids))].sort((a, b) => a - b);
  const parts = ids.map((id) => total(terms(evidence, id)));
  return ids[parts.indexOf(Math.max(...parts))] ?? -1;
}
