// Where generation continues, and with which prompt. Pure.

import { table } from "./pagedata.js";
import * as picks from "./picks.js";
import * as runs from "./runs.js";

// Whether a run belongs to the chosen model and prompt. Until those have been read, the page still shows the previous
// run, whose ids and positions do not apply.
/** @param {Run} run @param {Settings} settings */
export const belongsTo = (run, { model, prompt }) => run.model === model && run.text === prompt;

// The prompt and the generated ids before a place. Inside the prompt, the rest of it is dropped.
/** @param {Run} run @param {number} at */
export function placeOf(run, at) {
  if (at >= run.prompted) return { prompt: run.text, written: runs.writtenIds(run).slice(0, at - run.prompted) };
  return { prompt: runs.promptUntil(run, at), written: [] };
}

// Whether generation would continue from a place that the user chose.
/** @param {Pick<State, "run" | "here" | "cursor" | "busy" | "playing">} state */
export const isWithin = ({ run, here, cursor, busy, playing }) => Boolean(run && here && !playing && !busy && cursor !== run.prompted);

// The picks that apply to a new run: those before its start, or all of them if it should give the same text or if
// they came from a link and nothing has been generated yet.
/** @param {State} state @param {string} prompt @param {number} written @param {boolean} sameText */
export function picksFrom({ run, settings }, prompt, written, sameText) {
  const isFresh = !run || (run.steps.length === run.prompted && run.text === prompt && run.model === settings.model);
  return sameText || isFresh ? settings.picks : picks.picksBefore(settings.picks, written);
}

// How many steps one request may ask for.
/** @param {number} wanted */
export const stepsPerRequest = (wanted) => Math.max(1, Math.min(wanted, Number(table.length.high)));

// Replaces a suggested prompt when the model changes: "HAMLET:" is of little use to a Korean model.
/** @param {Run | null} run @param {Record<string, string[]>} suggestions @param {string} model @param {string} prompt */
export function promptFor(run, suggestions, model, prompt) {
  const [previous, current] = [run && suggestions[run.model], suggestions[model]].map((prompts) => prompts || []);
  const isUnchanged = run && run.model !== model && run.text === prompt;
  const isStale = isUnchanged && previous.includes(prompt) && !current.includes(prompt);
  return isStale && current.length ? current[0] : prompt;
}
