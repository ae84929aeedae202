// Plays a text at reading speed by moving the cursor in the store.

import { redraw } from "../core/redraw.js";
import * as runs from "../core/runs.js";
import { state, subscribe, truncation, update } from "../core/store.js";

let dueSteps = 0;
let lastTick = 0;
let settingsChanged = false; // whether the settings changed during playback

// Continues generation from a place under the current settings; see writing.js.
/** @type {(at: number) => void} */
let continueFrom = () => {};
/** @param {typeof continueFrom} listener */
export function connect(listener) {
  continueFrom = listener;
}

// From now on, revealed text must match the current settings.
export function markSettingsChanged() {
  settingsChanged = true;
}

subscribe((_, patch) => { if (patch.settings && state.playing) markSettingsChanged(); });

export function play() {
  if (!state.run) return;
  settingsChanged = false;
  if (state.cursor >= state.run.steps.length && !state.busy) update({ cursor: state.run.prompted });
  dueSteps = 0;
  lastTick = performance.now();
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
  dueSteps = Math.min(dueSteps + (pace * Math.max(0, time - lastTick)) / 1000, pace === Infinity ? Infinity : 50);
  lastTick = time;
  const steps = pace === Infinity ? run.steps.length - state.cursor : Math.floor(dueSteps);
  if (steps > 0) {
    dueSteps -= pace === Infinity ? 0 : steps;
    reveal(run, Math.min(run.steps.length, state.cursor + steps));
  }
  if (state.cursor >= run.steps.length && !state.busy) return pause();
  requestAnimationFrame(tick);
}

// Advances the cursor. Steps revealed for the first time, or after the slider moved, are redrawn under the current
// settings with their own dice. While they come out the same, the text stands; at the first difference, generation
// restarts from there. So what appears always agrees with the bars and the dart.
/** @param {Run} run @param {number} to */
function reveal(run, to) {
  let at = state.cursor;
  for (; at < to; at++) {
    const mayDiffer = settingsChanged || at >= state.shown;
    const step = mayDiffer ? redraw(run.steps[at], state.settings, truncation()) : run.steps[at];
    if (!step) break;
    run.steps[at] = step;
  }
  if (at !== state.cursor) update({ cursor: at, shown: Math.max(state.shown, at) });
  if (at < to) continueFrom(at);
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
