// Reads the prompt: requests its distributions as it is typed and shows the newest answer.

import * as client from "../core/client.js";
import { prompts as suggestions } from "../core/pagedata.js";
import { sentence, words } from "../core/i18n.js";
import { promptFor, belongsTo } from "../core/place.js";
import * as runs from "../core/runs.js";
import * as server from "../core/server.js";
import * as store from "../core/store.js";
import * as typing from "./typing.js";

const { state, update } = store;
const PAUSE = 50; // milliseconds: fast typing makes one request

/** @typedef {{ timer: number, asks: boolean }} Reading the timer is 0 once it has run */
/** @type {Reading} */
let current = { timer: 0, asks: false }; // the newest prompt
let lastProblem = ""; // why the last prompt could not be read
const retry = server.persistent(() => read(state.settings.model, state.settings.prompt));

/** @typedef {{ show: () => void, isAbout: (model: string, prompt: string) => boolean, endWriting: () => void, actAfterReading: () => void, fail: (problem: string) => void, receiveReading: (frame: Frame, run: Run | null, prompt: string) => void }} Player */
/** @type {Player} */
let play; // which shows the result

/** @param {Player} player */
export function connect(player) {
  play = player;
}

// The model or the prompt has changed.
/** @param {string} model @param {string} typed */
export function read(model, typed) {
  const prompt = promptFor(state.run, suggestions, model, typed);
  store.set({ model, prompt });
  if (prompt !== typed) play.show();
  leave();
  const request = current;
  current.timer = setTimeout(() => {
    request.timer = 0;
    if (typing.isComposing()) return; // the next syllable is being composed
    if (state.run && belongsTo(state.run, state.settings)) return finishUnchanged();
    if (play.isAbout(model, prompt)) return;
    play.endWriting();
    lastProblem = typing.tooLong(prompt);
    if (lastProblem) return play.fail(lastProblem);
    requestRows(request, model, prompt);
  }, PAUSE);
}

/** @param {Reading} request @param {string} model @param {string} prompt */
async function requestRows(request, model, prompt) {
  const { run } = state;
  const isCurrent = () => current === request && request.asks;
  request.asks = true;
  server.watch(isCurrent, () => reportRefusal(words.lost));
  const question = { model, prompt, bias: state.settings.bias, knows: runs.knows(model), had: client.promptEdit(run, model, prompt) };
  try {
    for await (const frame of client.ask("look", question)) if (isCurrent()) play.receiveReading(frame, run, prompt);
    if (isCurrent()) reportRefusal(words.lost);
  } catch (error) {
    if (!isCurrent()) return;
    const [problem, seconds] = [client.sentenceOf(error, words.refused_reading), client.secondsOf(error)];
    reportRefusal(seconds ? sentence("refused_bars", { problem }) : problem, seconds);
  }
}

// The server is too busy or stopped without an answer.
/** @param {string} problem @param {number} [seconds] */
function reportRefusal(problem, seconds) {
  endRequest();
  lastProblem = problem;
  retry.refused(problem, seconds);
}

const endRequest = () => { current.asks = false; };

// Abandons the request: an answer to generation brings the prompt as well.
export function leave() {
  clearTimeout(current.timer);
  current = { timer: 0, asks: false };
}

// Reads the current choice unless that is already pending.
export function catchUp() {
  if (!current.timer && !current.asks) read(state.settings.model, state.settings.prompt);
}

// An answer has arrived, with or without a problem.
export function finishReading(problem = "") {
  endRequest();
  retry.done();
  lastProblem = problem;
}

// The bars match the prompt again, so an earlier message is obsolete.
function finishUnchanged() {
  retry.done();
  if (lastProblem && state.problem === lastProblem) update({ problem: "" });
  lastProblem = "";
  play.actAfterReading();
}

// A new prompt for the same model. Before the page is open there is nothing to read.
/** @param {string} prompt */
export function retype(prompt) {
  if (state.opened && !typing.isComposing()) read(state.settings.model, prompt);
}
