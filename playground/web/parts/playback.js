// Playing a text at the reader's pace: the cursor moves, and the store tells everybody.

import * as runs from "../core/runs.js";
import { state, update } from "../core/store.js";

let due = 0;
let last = 0;

export function play() {
  if (!state.run) return;
  if (state.cursor >= state.run.steps.length && !state.busy) update({ cursor: state.run.prompted });
  due = 0;
  last = performance.now();
  update({ playing: true, peek: null, here: false });
  requestAnimationFrame(tick);
}

export function pause() {
  if (state.playing) update({ playing: false });
}

export function toggle() {
  if (!state.playing) return play();
  pause();
  update({ here: true });
}

/** @param {number} time */
function tick(time) {
  const { run, pace } = state;
  if (!state.playing || !run) return;
  due = Math.min(due + (pace * Math.max(0, time - last)) / 1000, pace === Infinity ? Infinity : 50);
  last = time;
  const steps = pace === Infinity ? run.steps.length - state.cursor : Math.floor(due);
  if (steps > 0) {
    due -= pace === Infinity ? 0 : steps;
    const cursor = Math.min(run.steps.length, state.cursor + steps);
    if (cursor !== state.cursor) update({ cursor, shown: Math.max(state.shown, cursor) });
  }
  if (state.cursor >= run.steps.length && !state.busy) return pause();
  requestAnimationFrame(tick);
}

/** @param {number} at */
export function go(at) {
  const { run } = state;
  if (!run) return;
  pause();
  const cursor = runs.startOfCell(run, Math.min(run.steps.length, Math.max(0, at)), at < state.cursor);
  const end = cursor >= run.steps.length && at === Infinity;
  update({ cursor, shown: Math.max(state.shown, cursor), peek: null, here: !end });
}
