// Where writing goes on, and with which prompt. Pure.

import * as picks from "./picks.js";
import * as runs from "./runs.js";

// The prompt and the written ids before a place. Inside the prompt, what follows is left out of it.
/** @param {Run} run @param {number} at */
export function placeOf(run, at) {
  if (at >= run.prompted) return { prompt: run.text, written: runs.written(run).slice(0, at - run.prompted) };
  return { prompt: runs.promptUntil(run, at), written: [] };
}

// What of the picks holds for a new run: those before the place where it begins. All of them, where it is to give the `same` text,
// or where a link brought them and nothing was written yet.
/** @param {State} state @param {string} prompt @param {number} written @param {boolean} same */
export function picksFrom({ run, settings }, prompt, written, same) {
  const fresh = !run || (run.steps.length === run.prompted && run.text === prompt && run.model === settings.model);
  return same || fresh ? settings.picks : picks.before(settings.picks, written);
}

// A prompt that the model left suggested gives way to the new one's: a model of Korean can do little with "HAMLET:".
/** @param {Run | null} run @param {Record<string, string[]>} suggestions @param {string} model @param {string} prompt */
export function fitting(run, suggestions, model, prompt) {
  const [before, now] = [run && suggestions[run.model], suggestions[model]].map((prompts) => prompts || []);
  const stale = run && run.model !== model && run.text === prompt && before.includes(prompt) && !now.includes(prompt);
  return stale && now.length ? now[0] : prompt;
}
