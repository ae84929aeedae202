// Logits of columns that arrived without them, as for a long vocabulary: requested when a place is selected, and
// cached.

import * as client from "../core/client.js";
import * as runs from "../core/runs.js";
import { state } from "../core/store.js";

const PAUSE = 120; // milliseconds before a place is requested
const channels = [0, 1].map((i) => client.beside(`temperatures-row-${i}`));

/** @typedef {import("../core/columns.js").Column} Column */

/** @param {Column} column @param {number} at a step */
export const lacksRow = ({ run }, at) => Boolean(run && at < run.steps.length && !runs.hasRow(run.steps[at]));

let timer = 0;

// Requests the logits of a pair of columns at a step and calls `done` when they arrive. If both have the same text
// before it, they share one row. A new request replaces the previous one; failures are ignored.
/** @param {Column[]} pair @param {number} at @param {boolean} sameText @param {{ settings: any, written: number[], knows: string | null }} about @param {() => void} done */
export function fetchRows(pair, at, sameText, about, done) {
  clearTimeout(timer);
  const missing = pair.filter((column) => lacksRow(column, at));
  if (!missing.length) return done();
  timer = setTimeout(async () => {
    const requested = sameText ? [missing[0]] : missing;
    const rows = await Promise.all(requested.map((column, i) => fetchRow(i, column, at, about)));
    missing.forEach(({ run }, i) => {
      const row = sameText ? rows[0] : rows[i];
      if (row && run) run.steps[at].logits = row;
    });
    if (rows.some(Boolean)) done();
  }, PAUSE);
  return undefined;
}

/** @param {number} i @param {Column} column @param {number} at @param {{ settings: any, written: number[], knows: string | null }} about */
async function fetchRow(i, { run, first }, at, { settings, written, knows }) {
  const ids = run?.steps.slice(first, at).map(({ id }) => id) ?? [];
  const before = state.run;
  const { model, prompt } = settings;
  const question = {
    settings: { ...settings, length: 1, stop: "none" }, written: [...written, ...ids], pick: null, light: true, knows, had: client.promptEdit(before, model, prompt),
  };
  try {
    const { value: frame } = await channels[i].ask("write", question).next();
    return frame?.head.prompt ? runs.open(frame, before, prompt).tip : null;
  } catch { // cancelled, or the server is busy: the place then has a sentence but no bars
    return null;
  } finally {
    channels[i].end();
  }
}
