// The player: what is written, step by step or as a text, and what the page shows of it. It changes the store and draws
// nothing. How a prompt is read is in reading.js.

import * as branches from "../core/branches.js";
import * as client from "../core/client.js";
import { words } from "../core/i18n.js";
import * as picks from "../core/picks.js";
import { picksFrom, placeOf } from "../core/place.js";
import * as runs from "../core/runs.js";
import * as sampling from "../core/sampling.js";
import * as server from "../core/server.js";
import { repeats } from "../core/spans.js";
import * as store from "../core/store.js";
import * as bends from "./bends.js";
import * as opening from "./opening.js";
import { go, pause, play as playback, toggle } from "./playback.js";
import * as reading from "./reading.js";
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
let show = () => {}; // lets the controls follow the store

// What is being written is not wanted any more.
function end() {
  asked = null;
  client.end();
}

/** @param {string} prompt */
function suggest(prompt) {
  store.set({ prompt });
  show();
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
  const settings = { ...store.asked(), prompt, length, ...(kind === "step" && { stop: "none", picks: "" }) };
  if (place && prompt !== box.value) suggest(prompt);
  send({ kind, before: run, again: () => ask(kind, length, pick, same || kind === "run") }, { settings, written, pick });
}

/**
 * @param {Pick<Asked, "kind" | "before" | "again"> & { resumes?: boolean }} request
 * @param {{ settings: any, written: number[], pick: number | null }} data
 */
async function send(request, data) {
  const { model, prompt } = data.settings;
  reading.leave(); // the answer to writing brings the prompt too
  if (!request.resumes) goesOn.done();
  /** @type {Asked} */
  const now = { ...request, model, prompt, run: null, heard: -Infinity };
  asked = now;
  if (!now.resumes) pause();
  update({ busy: true, problem: "", notices: [] });
  server.watch(() => asked === now, () => lost(now), () => now.heard);
  try {
    const question = { ...data, knows: runs.knows(model), had: client.had(now.before, model, prompt) };
    for await (const frame of client.ask("write", question)) {
      if (asked !== now) return; // it was taken back
      receiveRun(frame);
      if (asked !== now) return;
    }
    // Only now has the answer ended, so that what is asked next breaks nothing off.
    if (now.done) finish();
    else lost(now);
  } catch (error) {
    if (asked !== now) return;
    if (error instanceof client.Refused) refused(now, error.problem);
    else lost(now);
  }
}

// ── The server is gone, or too busy ──────────────────────────────────────────────────────────────
/** @param {Asked} now @param {string} problem */
function refused({ again, resumes }, problem) {
  if (problem) return fail(problem);
  fail("");
  if (resumes) goesOn.refused(words.lost_writing);
  else server.offer(words.refused_writing, again);
}

// A run that broke off stays as far as it has come, and goes on by itself once the server is there again.
/** @type {Run | null} */
let broken = null;
const goesOn = server.persistent(() => {
  const run = broken;
  if (asked || !run || state.run !== run) return;
  const settings = { ...store.plain(run.settings), prompt: run.text, length: run.expected - (run.steps.length - run.prompted) };
  send({ kind: "run", before: run, resumes: true, again: goesOn.act }, { settings, written: runs.written(run), pick: null });
}, true);

/** @param {Asked} now */
function lost(now) {
  end();
  const run = now.run ?? (now.resumes ? now.before : null);
  fail("");
  if (!run || run.expected <= run.steps.length - run.prompted) return server.offer(words.lost, now.again);
  broken = run;
  goesOn.refused(words.lost_writing);
}

// Writes what is missing of a run that broke off.
/** @param {Run} run */
function goOn(run) {
  update({ problem: "" });
  broken = run;
  goesOn.act();
  if (asked) playback();
}

// ── Acts ─────────────────────────────────────────────────────────────────────────────────────────
// A click on a page that is still opening is kept until it is open. One that opened without a text reads the prompt first.
/** @type {(() => void) | null} */
let afterwards = null;
/** @param {"generate" | "step"} act */
function wait(act) {
  update({ busy: true });
  if (!state.opened) return opening.keep({ act });
  afterwards = { generate, step }[act];
  if (!reading.isAsking()) reading.read(state.settings.model, promptBox().value);
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
  goesOn.done();
  forget();
  pause();
  const { run, shown } = state;
  if (run && shown - run.prompted < run.expected) update({ run: runs.cut(run, shown) });
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

/** @param {Run} branch */
function restore(branch) {
  stop();
  const rest = left(state.run, branch).filter((other) => other !== branch);
  store.set({ model: branch.model, prompt: branch.text, picks: picks.of(branch) });
  update({ branches: rest, run: branch, cursor: branch.steps.length, shown: branch.steps.length, here: true, problem: "", notices: [] });
  show();
}

// ── Answers ──────────────────────────────────────────────────────────────────────────────────────
/** @param {Frame} frame @returns {string} */
const problemOf = ({ head }) => head.problem ?? words[head.code] ?? "";

/** @param {Frame} frame */
function receiveOpening(frame) {
  if (state.opened) return; // an answer to a question that was asked twice
  const { head } = frame;
  store.open(head.settings);
  update({ opened: true, asks: head.asks || "" });
  const { act, prompt, model } = opening.take();
  receiveReading({ ...frame, head: { ...head, notices: [...(head.notices || []), ...opening.remarks()] } }, null, "");
  show();
  if (prompt !== undefined && prompt !== state.settings.prompt) {
    promptBox().value = prompt; // at once, for what was clicked after it
    suggest(prompt);
  }
  if (model !== undefined && model !== head.settings.model) {
    opening.choose(model);
    show();
  }
  if (act && !head.asks && !problemOf(frame)) act();
  else if (prompt !== undefined && state.run && state.run.text !== prompt) reading.read(state.settings.model, prompt);
}

// An answer about a prompt. `before` is the run that was named in the question.
/** @param {Frame} frame @param {Run | null} before @param {string} prompt */
function receiveReading(frame, before, prompt) {
  const act = afterwards;
  if (state.busy) stop(); // it was not written yet, only kept
  const { notices = [] } = frame.head;
  const problem = problemOf(frame);
  reading.answered(problem);
  if (problem) return update({ problem, notices });
  if (!frame.head.opens) store.set({ picks: "" }); // they were of another text
  const { run: old } = state;
  const run = runs.open(frame, before, prompt);
  pause();
  const at = run.steps.length;
  update({
    branches: left(old, run), run, card: run.card, cursor: at, shown: at, peek: null, here: false,
    problem: "", notices: [...notices, ...stops.heed(run), ...bends.heed(run, old)],
  });
  if (act) act();
}

/** @param {Frame} frame */
function receiveRun(frame) {
  const problem = problemOf(frame);
  if (problem) return fail(problem);
  if (!asked) return;
  asked.heard = performance.now();
  if (asked.run) {
    const [first, step] = [asked.run.steps.length, asked.kind === "step"];
    runs.extend(asked.run, frame);
    const at = first + 1;
    update({ run: asked.run, ...(step && { cursor: at, shown: at }) });
    asked.done = Boolean(frame.head.done);
    return;
  }
  const { before, resumes, kind } = asked;
  const run = runs.open(frame, before, asked.prompt);
  asked.run = run;
  if (resumes && before) {
    goesOn.done();
    run.settings = before.settings;
    update({ run, card: run.card });
    if (!state.playing && !state.here) playback(); // it had come to the end of what was there
    return;
  }
  const step = kind === "step";
  const at = run.steps.length;
  const notices = [...stops.heed(run), ...bends.heed(run, before)];
  update({ branches: left(before, run), run, card: run.card, cursor: at, shown: at, peek: null, here: step, notices });
  if (!step) playback();
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

/** @param {GradioParts["trigger"]} trigger */
function connect(trigger) {
  show = () => trigger("show");
  opening.connect({ generate, step }, receiveOpening);
}

// What reading asks of the player.
/** @param {string} model @param {string} prompt */
const isAbout = (model, prompt) => Boolean(asked && asked.model === model && asked.prompt === prompt);
const endWriting = () => { if (asked) stop(); };

// An object, so that a program can listen in by wrapping one of its functions.
export const play = {
  connect, show: () => show(), reach: server.reach, suggest, generate, repeat, step, pick, stop, restore, toggle, go,
  fail, isAbout, endWriting, goOn, receiveReading, read: reading.read, retype: reading.retype,
};
