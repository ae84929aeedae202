// Runs that were left, so that they can be returned to. Pure.

import * as runs from "./runs.js";

const MOST = 12;

// The branches once `old` has given way to `run`: it stays if it holds writing that the new one does not, or a prompt
// that was longer.
/** @param {{ branches: Run[], shown: number }} state @param {Run | null} old @param {Run} run @param {boolean} shortened */
export function after({ branches, shown }, old, run, shortened) {
  if (!old || (old.steps.length === old.prompted && !shortened)) return branches;
  const kept = runs.cut(old, Math.max(shown, old.prompted));
  const text = runs.writingOf(kept);
  const others = branches.filter((branch) => runs.writingOf(branch) !== text);
  return runs.holds(run, kept) ? others : [...others, kept].slice(-MOST);
}

// Those that a run does not hold.
/** @param {Run[]} branches @param {Run} run */
export const without = (branches, run) => branches.filter((branch) => !runs.holds(run, branch));
