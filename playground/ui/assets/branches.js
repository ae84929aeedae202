// Runs that were left, so that they can be returned to. Pure.

(() => {
  "use strict";
  const { runs } = window.playground;
  const MOST = 12;

  // The branches once `old` has given way to `run`: it stays if it holds writing that the new one does not, or a prompt
  // that was longer.
  function after({ branches, shown }, old, run, shortened) {
    if (!old || (old.steps.length === old.prompted && !shortened)) return branches;
    const kept = runs.cut(old, Math.max(shown, old.prompted));
    const text = runs.textOf(kept);
    const others = branches.filter((branch) => runs.textOf(branch) !== text);
    const goesOn = runs.textOf(run).startsWith(text) && run.model === old.model;
    return goesOn ? others : [...others, kept].slice(-MOST);
  }

  // Those that a run does not hold.
  function without(branches, run) {
    const text = runs.textOf(run);
    return branches.filter((branch) => branch.model !== run.model || !text.startsWith(runs.textOf(branch)));
  }

  window.playground.branches = { after, without };
})();
