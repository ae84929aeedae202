// The judgement of each step (core/run.js), computed once: the text and its chart both show it.

import * as runs from "../core/runs.js";

/** @type {WeakMap<Step, Judgement>} */
const cache = new WeakMap();

/** @param {Step} step */
export function judgementOf(step) {
  const judgement = cache.get(step) ?? runs.judge(step);
  cache.set(step, judgement);
  return judgement;
}
