// Reading a prompt: the page asks for its distributions while it is typed, and shows what comes of the newest one.

import * as client from "../core/client.js";
import { prompts as suggestions } from "../core/given.js";
import { sentence, words } from "../core/i18n.js";
import { fitting } from "../core/place.js";
import * as runs from "../core/runs.js";
import * as server from "../core/server.js";
import * as store from "../core/store.js";
import * as typing from "./typing.js";

const { state, update } = store;
const PAUSE = 50; // milliseconds: what is typed fast is asked for once

/** @typedef {{ timer: number, asks: boolean }} Reading */
/** @type {Reading} */
let now = { timer: 0, asks: false }; // the newest prompt; whether its answer is awaited
let unread = ""; // why the last prompt could not be read
const again = server.persistent(() => read(state.settings.model, state.settings.prompt));

/** @typedef {{ show: () => void, isAbout: (model: string, prompt: string) => boolean, endWriting: () => void, fail: (problem: string) => void, receiveReading: (frame: Frame, run: Run | null, prompt: string) => void }} Player */
/** @type {Player} */
let play; // which shows what is read

/** @param {Player} player */
export function connect(player) {
  play = player;
}

// The model or the prompt is another one now.
/** @param {string} model @param {string} typed */
export function read(model, typed) {
  const prompt = fitting(state.run, suggestions, model, typed);
  store.set({ model, prompt });
  if (prompt !== typed) play.show();
  leave();
  const mine = now;
  now.timer = setTimeout(() => {
    const { run } = state;
    if (typing.isComposing()) return; // the next syllable was begun
    if (run && run.model === model && run.text === prompt) return settle();
    if (play.isAbout(model, prompt)) return;
    play.endWriting();
    unread = typing.tooLong(prompt);
    if (unread) return play.fail(unread);
    look(mine, model, prompt);
  }, PAUSE);
}

/** @param {Reading} mine @param {string} model @param {string} prompt */
async function look(mine, model, prompt) {
  const { run } = state;
  const waits = () => now === mine && mine.asks;
  mine.asks = true;
  server.watch(waits, () => refused(words.lost));
  const question = { model, prompt, bias: state.settings.bias, knows: runs.knows(model), had: client.had(run, model, prompt) };
  try {
    for await (const frame of client.ask("look", question)) if (waits()) play.receiveReading(frame, run, prompt);
    if (waits()) refused(words.lost);
  } catch (error) {
    if (!waits()) return;
    const [problem, seconds] = [client.sentenceOf(error, words.refused_reading), client.secondsOf(error)];
    refused(seconds ? sentence("refused_bars", { problem }) : problem, seconds);
  }
}

// The server is too busy, or it broke off without an answer.
/** @param {string} problem @param {number} [seconds] */
function refused(problem, seconds) {
  mineIsOver();
  unread = problem;
  again.refused(problem, seconds);
}

const mineIsOver = () => { now.asks = false; };

// Nobody waits for the answer any more: the answer to writing brings the prompt too.
export function leave() {
  clearTimeout(now.timer);
  now = { timer: 0, asks: false };
}

export const isAsking = () => now.asks;

// An answer has come, with or without a problem.
export function answered(problem = "") {
  mineIsOver();
  again.done();
  unread = problem;
}

// The bars are about the prompt again, so what was said of another one is past.
function settle() {
  again.done();
  if (unread && state.problem === unread) update({ problem: "" });
  unread = "";
}

// Another prompt for the model that the page has. Before the page is open there is nothing to read.
/** @param {string} prompt */
export function retype(prompt) {
  if (state.opened && !typing.isComposing()) read(state.settings.model, prompt);
}
