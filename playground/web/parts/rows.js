// Rows of columns that came without them, as those of a long vocabulary do: asked for when a place is looked at, and kept.

import * as client from "../core/client.js";
import * as runs from "../core/runs.js";
import { state } from "../core/store.js";

const PAUSE = 120; // milliseconds that a pointer stays on a place
const ways = [0, 1].map((i) => client.beside(`temperatures-row-${i}`));

/** @typedef {import("../core/columns.js").Column} Column */

/** @param {Column} column @param {number} at a step */
export const lacks = ({ run }, at) => Boolean(run && at < run.steps.length && !runs.hasRow(run.steps[at]));

let waiting = 0;

// Asks for the rows of a pair of columns at a step, and calls back when they are there. Where the two have the `same` text before, both
// have one row. What is asked later takes the place of what was asked before; a row that does not come is not there.
/** @param {Column[]} pair @param {number} at @param {boolean} same @param {{ settings: any, written: number[], knows: string | null }} about @param {() => void} done */
export function fetchRows(pair, at, same, about, done) {
  clearTimeout(waiting);
  const missing = pair.filter((column) => lacks(column, at));
  if (!missing.length) return done();
  waiting = setTimeout(async () => {
    const found = await Promise.all((same ? [missing[0]] : missing).map((column, i) => fetchRow(i, column, at, about)));
    missing.forEach(({ run }, i) => {
      const row = same ? found[0] : found[i];
      if (row && run) run.steps[at].logits = row;
    });
    if (found.some(Boolean)) done();
  }, PAUSE);
  return undefined;
}

/** @param {number} i @param {Column} column @param {number} at @param {{ settings: any, written: number[], knows: string | null }} about */
async function fetchRow(i, { run, first }, at, { settings, written, knows }) {
  const ids = run?.steps.slice(first, at).map(({ id }) => id) ?? [];
  const before = state.run;
  const { model, prompt } = settings;
  const question = {
    settings: { ...settings, length: 1, stop: "none" }, written: [...written, ...ids], pick: null, light: true, knows, had: client.had(before, model, prompt),
  };
  try {
    const { value: frame } = await ways[i].ask("write", question).next();
    return frame?.head.prompt ? runs.open(frame, before, prompt).tip : null;
  } catch { // it was taken back, or the server is too busy: then the place has its sentence and no bars
    return null;
  } finally {
    ways[i].end();
  }
}
