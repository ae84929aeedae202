// Playing a text at the reader's pace: the cursor moves, and the store tells everybody.

import { redraw } from "../core/redraw.js";
import * as runs from "../core/runs.js";
import { state, subscribe, truncation, update } from "../core/store.js";

let due = 0;
let last = 0;
let bent = false; // whether the settings changed since it plays

// Writes on from a place under the settings of now; writing.js tells how.
/** @type {(at: number) => void} */
let writeOn = () => {};
/** @param {typeof writeOn} listener */
export function connect(listener) {
  writeOn = listener;
}

// From now on what is revealed is of the settings of now.
export function bend() {
  bent = true;
}

subscribe((_, patch) => { if (patch.settings && state.playing) bend(); });

export function play() {
  if (!state.run) return;
  bent = false;
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
    reveal(run, Math.min(run.steps.length, state.cursor + steps));
  }
  if (state.cursor >= run.steps.length && !state.busy) return pause();
  requestAnimationFrame(tick);
}

// Moves the cursor on. What appears for the first time, or where a hand moved the slider meanwhile, is drawn again under the settings
// of now, with its own dice: as long as it is the same one, all that follows stands. Where it is another, the text is written on from there. So
// what appears is always what the bars and the dart say.
/** @param {Run} run @param {number} to */
function reveal(run, to) {
  let at = state.cursor;
  for (; at < to; at++) {
    const step = bent || at >= state.shown ? redraw(run.steps[at], state.settings, truncation()) : run.steps[at];
    if (!step) break;
    run.steps[at] = step;
  }
  if (at !== state.cursor) update({ cursor: at, shown: Math.max(state.shown, at) });
  if (at < to) writeOn(at);
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
