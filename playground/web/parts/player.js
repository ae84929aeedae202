// The player: what is asked of the server, and what comes back. It changes the store and draws nothing.
// `connect` gives it the way to the server.

import * as branches from "../core/branches.js";
import { prompts as suggestions } from "../core/given.js";
import { words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import * as sampling from "../core/sampling.js";
import * as server from "../core/server.js";
import * as store from "../core/store.js";
import * as picks from "../core/picks.js";
import { fitting, picksFrom, placeOf } from "../core/place.js";
import { repeats } from "../core/spans.js";
import * as bends from "./bends.js";
import * as opening from "./opening.js";
import { go, pause, play as playback, toggle } from "./playback.js";
import { newSeed } from "./seed.js";
import * as stops from "./stops.js";
import * as typing from "./typing.js";

const { state, update } = store;
const { promptBox } = opening;

// ── Asking ───────────────────────────────────────────────────────────────────────────────────────
// One request for writing is under way at a time. It knows the run that it goes on from, and where.
/** @type {Asked | null} */
let asked = null;
let more = 0; // steps that were asked for while another was on its way
/** @type {{ timer: number, token: string | null }} */
let reading = { timer: 0, token: null };
/** @type {GradioParts["trigger"]} */
let send = () => {};
const token = () => `${Date.now()}-${Math.random().toString(36).slice(2)}`;

// The server ends what has an earlier turn than the newest that it has heard of.
let turns = 0;
const turn = () => { turns += 1; return turns; };

// What is being written is not wanted any more.
function end() {
  asked = null;
  send("stop", { turn: turn() });
}

// The model or the prompt is another one now. What is typed fast is asked for once.
/** @param {string} model @param {string} typed */
function read(model, typed) {
  const prompt = fitting(state.run, suggestions, model, typed);
  store.set({ model, prompt });
  if (prompt !== typed) send("show");
  clearTimeout(reading.timer);
  reading = { timer: setTimeout(() => {
    const { run } = state;
    if (typing.isComposing()) return; // the next syllable was begun
    if (run && run.model === model && run.text === prompt) return settle();
    if (asked && asked.model === model && asked.prompt === prompt) return;
    if (asked) stop();
    unread = typing.tooLong(prompt);
    if (unread) return fail(unread);
    look(model, prompt);
  }, 50), token: null };
}

/** @param {string} model @param {string} prompt */
function look(model, prompt) {
  const now = reading;
  now.token = token();
  send("look", { token: now.token, turn: turn(), model, prompt, bias: state.settings.bias, knows: runs.knows(model) });
  server.watch(() => reading === now && now.token, () => refusedToRead(words.lost));
}

// The bars are about the prompt again, so what was said of another one is past.
let unread = ""; // why the last prompt could not be read
function settle() {
  reads.done();
  if (unread && state.problem === unread) update({ problem: "" });
  unread = "";
}

const reads = server.persistent(() => read(state.settings.model, state.settings.prompt));

// Another prompt for the model that the page has. Before the page is open there is nothing to read.
/** @param {string} prompt */
function retype(prompt) {
  if (state.opened && !typing.isComposing()) read(state.settings.model, prompt);
}

/** @param {string} prompt */
function suggest(prompt) {
  store.set({ prompt });
  send("show");
}

/** @param {"run" | "step"} kind @param {number} length @param {number | null} [pick] @param {boolean} [same] */
function ask(kind, length, pick = null, same = false) {
  if (asked) end();
  const { run } = state;
  const [wrong] = Object.values(state.invalid);
  if (wrong) return fail(wrong);
  const box = promptBox();
  const place = !run || (kind === "run" && !state.here) ? null : placeOf(run, state.cursor);
  const prompt = place ? place.prompt : box.value;
  const long = typing.tooLong(prompt);
  if (long) return fail(long);
  const written = place ? place.written : [];
  if (kind === "run") store.set({ picks: picksFrom(state, prompt, written.length, same) });
  /** @type {any} */
  const settings = { ...store.asked(), prompt, length, ...(kind === "step" && { stop: "none", picks: "" }) };
  if (place && prompt !== box.value) {
    store.set({ prompt });
    send("show");
  }
  clearTimeout(reading.timer);
  reading.token = null; // the answer to writing brings the prompt too
  /** @type {Asked} */
  const now = {
    token: token(), kind, model: settings.model, prompt, before: run, run: null, heard: -Infinity,
    again: () => ask(kind, length, pick, same || kind === "run"),
  };
  asked = now;
  pause();
  update({ busy: true, problem: "", notices: [] });
  server.watch(() => asked === now, () => fail(words.lost), () => now.heard);
  send("write", { token: now.token, turn: turn(), settings, written, pick, knows: runs.knows(settings.model) });
}

// A click on a page that is still opening is kept until it is open. One that opened without a text reads the prompt first.
/** @type {(() => void) | null} */
let afterwards = null;
/** @param {"generate" | "step"} act */
function wait(act) {
  update({ busy: true });
  if (!state.opened) return opening.keep({ act });
  afterwards = { generate, step }[act];
  if (!reading.token) read(state.settings.model, promptBox().value);
}

function generate() {
  if (!state.run) return wait("generate");
  more = 0;
  if (repeats(state)) newSeed();
  ask("run", state.settings.length);
}

// Once more with the seed of the text that is there, and with what was chosen by hand in it.
function repeat() {
  if (!state.run) return;
  more = 0;
  store.set({ seed: state.run.settings.seed });
  ask("run", state.settings.length, null, true);
}

// One character: the one under the dart. Where the run already goes on with it, nothing needs asking.
// A key that is held asks for the next step when the last one has come; clicks are counted.
/** @param {boolean} [held] */
function step(held = false) {
  if (!state.run) return wait("step");
  if (asked && asked.kind === "step") {
    if (!held) more++;
    return;
  }
  if (asked) stop(); // a text that is being written
  pause();
  const moment = store.moment();
  if (!moment || moment.u === null) return;
  const next = state.run.steps[state.cursor];
  const truncation = store.truncation();
  const row = sampling.rank(moment.logits, truncation.bias);
  const drawn = sampling.chosen(row, sampling.stages(row, truncation), moment.u);
  if (next && next.id === drawn && state.cursor >= state.run.prompted) go(state.cursor + 1);
  else ask("step", 1);
}

/** @param {number} id */
function pick(id) {
  if (!state.run || (asked && (asked.kind === "step" || state.playing))) return;
  if (asked) stop();
  const next = state.run.steps[state.cursor];
  if (next && next.id === id && state.cursor < state.shown) go(state.cursor + 1);
  else ask("step", 1, id);
}

function stop() {
  more = 0;
  if (asked) end();
  forget();
  pause();
  const { run, shown } = state;
  if (run && shown < run.steps.length) update({ run: runs.cut(run, shown) });
  update({ busy: false, cursor: Math.min(state.cursor, shown) });
  if (state.run && state.run.steps.length > state.run.prompted) store.set({ picks: picks.of(state.run) });
}

// What was clicked before there was a text is not to be done any more.
function forget() {
  opening.keep({ act: null });
  afterwards = null;
}

/** @param {string} problem */
function fail(problem) {
  asked = null;
  forget();
  more = 0;
  update({ busy: false, problem });
  const { run } = state;
  if (run && state.playing && state.cursor >= run.steps.length) pause();
}

// The server's queue is full, or it broke off without an answer.
/** @param {string} [problem] */
function refusedToRead(problem = words.refused_reading) {
  if (!reading.token) return;
  reading.token = null;
  unread = problem;
  reads.refused(problem);
}

function refusedToWrite() {
  if (!asked) return;
  const { again } = asked;
  fail(words.refused_writing);
  server.offer(words.refused_writing, again);
}

// ── Messages ─────────────────────────────────────────────────────────────────────────────────────
/** @param {any} message */
function receive(message) {
  if (!message || typeof message !== "object") return;
  if (message.opens || message.id === reading.token) receivePrompt(message);
  else if (asked && message.id === asked.token) receiveRun(message);
  // Any other answer is to a question that was taken back.
}

/** @param {Message} message */
function receivePrompt(message) {
  reading.token = null;
  reads.done();
  if (message.opens) receiveOpening(message);
  else receiveReading(message);
}

/** @param {Message} message */
function receiveOpening(message) {
  if (state.opened) return; // an answer to a question that was asked twice
  store.open(message.settings);
  update({ opened: true, asks: message.asks || "" });
  const { act, prompt, model } = opening.take();
  receiveReading({ ...message, notices: [...(message.notices || []), ...opening.remarks()] });
  if (prompt !== undefined && prompt !== message.settings.prompt) {
    promptBox().value = prompt; // at once, for what was clicked after it
    suggest(prompt);
  }
  if (model !== undefined && model !== message.settings.model) {
    opening.choose(model);
    send("show");
  }
  if (act && !message.asks && !message.problem) act();
}

/** @param {Message} message */
function receiveReading(message) {
  const act = afterwards;
  if (state.busy) stop(); // it was not written yet, only kept
  const { notices = [] } = message;
  unread = message.problem || "";
  if (message.problem) return update({ problem: message.problem, notices });
  if (!message.opens) store.set({ picks: "" }); // they were of another text
  const { run: before } = state;
  const run = runs.open(message);
  pause();
  const at = run.steps.length;
  update({
    branches: left(before, run), run, card: message.card, cursor: at, shown: at, peek: null, here: false,
    problem: "", notices: [...notices, ...stops.heed(message), ...bends.heed(run, before)],
  });
  if (act) act();
}

/** @param {Message} message */
function receiveRun(message) {
  if (message.problem) return fail(message.problem);
  if (!asked) return;
  asked.heard = performance.now();
  if (asked.run) {
    runs.extend(asked.run, message);
    update({ run: asked.run });
  } else {
    const run = runs.open(message, asked.before);
    const step = asked.kind === "step";
    const at = run.prompted + message.first + (step ? 1 : 0);
    asked.run = run;
    const notices = [...stops.heed(message), ...bends.heed(run, asked.before)];
    update({ branches: left(asked.before, run), run, card: message.card, cursor: at, shown: at, peek: null, here: step, notices });
    if (!step) playback();
  }
  if (message.done) finish();
}

function finish() {
  const run = asked?.run;
  asked = null;
  if (!run) return;
  // Only now is it known which of the earlier texts this one holds.
  update({ busy: false, branches: branches.without(state.branches, run) });
  store.set({ picks: picks.of(run) });
  if (more > 0) {
    more--;
    step();
  }
}

// The branches after a run is left. Writing on from inside the prompt leaves a longer one behind.
/** @param {Run | null} old @param {Run} run */
const left = (old, run) => branches.after(state, old, run, Boolean(old && asked && asked.before === old && old.text !== run.text));

/** @param {Run} branch */
function restore(branch) {
  stop();
  const rest = left(state.run, branch).filter((other) => other !== branch);
  store.set({ model: branch.model, prompt: branch.text, picks: picks.of(branch) });
  update({ branches: rest, run: branch, cursor: branch.steps.length, shown: branch.steps.length, here: true, problem: "", notices: [] });
  send("show");
}

/** @param {GradioParts["trigger"]} trigger */
function connect(trigger) {
  send = trigger;
  opening.connect(trigger, { generate, step });
}

// An object, so that a program can listen in by wrapping one of its functions.
export const play = {
  connect, show: () => send("show"), reach: server.reach,
  receive, refusedToRead, refusedToWrite, read, retype, suggest, generate, repeat, step, pick, stop, restore, toggle, go,
};
