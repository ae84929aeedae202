// A folded row (frames.js) lists a thousand ids, and those that had a bias when it was requested. When another id
// gets a bias, the rows of the text are requested again under the current bias.

import * as client from "../core/client.js";
import * as memory from "../core/memory.js";
import * as runs from "../core/runs.js";
import * as store from "../core/store.js";

const { state, update } = store;
const PAUSE = 300; // milliseconds
/** @type {WeakMap<Run, string>} */
const requestedIds = new WeakMap(); // the ids that were requested
let timer = 0;

store.subscribe((_, patch) => {
  if ((patch.settings || patch.run || patch.busy === false) && needsRows()) {
    clearTimeout(timer);
    timer = setTimeout(read, PAUSE);
  }
});

const needsRows = () => Boolean(state.run?.folded && state.settings.bias && !state.busy);

async function read() {
  const { run } = state;
  if (!run || !needsRows()) return;
  const ids = store.truncation().bias.map(([id]) => id).sort((a, b) => a - b);
  if (requestedIds.get(run) === String(ids) || !runs.lacks(run, ids)) return;
  requestedIds.set(run, String(ids));
  const record = memory.recordOf(run);
  const question = memory.question({ ...record, settings: { ...record.settings, bias: state.settings.bias } });
  try {
    const fresh = await requestRun({ ...question, knows: runs.knows(run.model), had: null }, run);
    if (fresh && state.run === run && !state.busy && runs.takeRows(run, fresh)) update({ run });
  } catch { // the rows stay until something else changes
    requestedIds.delete(run);
  }
}

// The run in the answer; if nothing has been generated, the first frame is enough.
/** @param {object} question @param {Run} run */
async function requestRun(question, run) {
  /** @type {Run | null} */
  let fresh = null;
  for await (const frame of client.recall(question)) {
    if (frame.head.problem || frame.head.code) return null;
    if (fresh) runs.extend(fresh, frame);
    else fresh = runs.open(frame, null, run.text);
    if (run.steps.length === run.prompted) break;
  }
  return fresh;
}
