// A folded row (frames.js) tells a thousand ids one by one, and all that had a bias when it was asked for. Where the page bends
// another one, the rows of the text are asked for once more, under the bias of now.

import * as client from "../core/client.js";
import * as memory from "../core/memory.js";
import * as runs from "../core/runs.js";
import * as store from "../core/store.js";

const { state, update } = store;
const PAUSE = 300; // milliseconds
/** @type {WeakMap<Run, string>} */
const asked = new WeakMap(); // for which ids
let timer = 0;

store.subscribe((_, patch) => {
  if ((patch.settings || patch.run || patch.busy === false) && isFolded()) {
    clearTimeout(timer);
    timer = setTimeout(read, PAUSE);
  }
});

const isFolded = () => Boolean(state.run?.folded && state.settings.bias && !state.busy);

async function read() {
  const { run } = state;
  if (!run || !isFolded()) return;
  const ids = store.truncation().bias.map(([id]) => id).sort((a, b) => a - b);
  if (asked.get(run) === String(ids) || !runs.lacks(run, ids)) return;
  asked.set(run, String(ids));
  const record = memory.recordOf(run);
  const question = memory.question({ ...record, settings: { ...record.settings, bias: state.settings.bias } });
  try {
    const fresh = await answer({ ...question, knows: runs.knows(run.model), had: null }, run);
    if (fresh && state.run === run && !state.busy && runs.takeRows(run, fresh)) update({ run });
  } catch { // the rows stay as they are until something else changes
    asked.delete(run);
  }
}

// The run of the answer; where nothing was written, the first frame has all that is wanted.
/** @param {object} question @param {Run} run */
async function answer(question, run) {
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
