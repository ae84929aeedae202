// The evidence of an n-gram behind one bar: what each order gives a symbol. The twin of playground/inference/evidence.py, where
// the formula stands. Pure.

import { csv } from "./csv.js";

/**
 * @typedef {{ context: number[], ids: number[], counts: number[], total: number, discounts: number[], back: number, share: number }} Level
 * @typedef {{ size: number, levels: Level[] }} Evidence
 * @typedef {{ level: Level | null, count: number, discount: number, own: number, share: number, part: number }} Term
 */

// Of each order its term, the longest context first, and at last that of the uniform distribution: own = (c − D) ÷ c(h·), and
// part = share × own. The parts sum to the probability.
/** @param {Evidence} evidence @param {number} id @returns {Term[]} */
export function terms({ size, levels }, id) {
  const found = levels.map((level) => {
    const count = level.counts[level.ids.indexOf(id)] ?? 0;
    const discount = count ? level.discounts[Math.min(count, 3) - 1] : 0;
    const own = count ? (count - discount) / level.total : 0;
    return { level, count, discount, own, share: level.share, part: level.share * own };
  });
  const last = levels[levels.length - 1];
  const share = last.share * last.back;
  return [...found, { level: null, count: 0, discount: 0, own: 1 / size, share, part: share / size }];
}

/** @param {Term[]} list */
export const total = (list) => list.reduce((sum, { part }) => sum + part, 0);

// The symbol that it gives most; the first id of equals, −1 where nothing followed.
/** @param {Evidence} evidence */
export function likeliest(evidence) {
  const ids = [...new Set(evidence.levels.flatMap((level) => level.ids))].sort((a, b) => a - b);
  const parts = ids.map((id) => total(terms(evidence, id)));
  return ids[parts.indexOf(Math.max(...parts))] ?? -1;
}

/** @param {Term[]} list @param {string[]} symbols */
export const table = (list, symbols) => csv([["context", "count", "of", "discount", "own share", "weight", "part"],
  ...list.map(({ level, count, discount, own, share, part }) =>
    [level ? level.context.map((id) => symbols[id]).join("") : "uniform", level ? count : "", level ? level.total : "", discount, own, share, part])]);
