// Earlier runs that can be restored. Pure.

import * as runs from "./runs.js";

const MAX_BRANCHES = 12;

// The branches after `run` replaces `old`: `old` is kept if it contains text that `run` does not, or if its prompt
// was longer.
/** @param {{ branches: Run[], shown: number }} state @param {Run | null} old @param {Run} run @param {boolean} shortened */
export function branchesAfter({ branches, shown }, old, run, shortened) {
  if (!old || (old.steps.length === old.prompted && !shortened)) return branches;
  const kept = runs.cut(old, Math.max(shown, old.prompted));
  const text = runs.writingOf(kept);
  const others = branches.filter((branch) => runs.writingOf(branch) !== text);
  return runs.holds(run, kept) ? others : [...others, kept].slice(-MAX_BRANCHES);
}

// The branches that a run does not already contain.
/** @param {Run[]} branches @param {Run} run */
export const branchesNotIn = (branches, run) => branches.filter((branch) => !runs.holds(run, branch));
