// The player: what the person does with the text, and what the page shows of it. It changes the store and draws nothing.
// How a prompt is read is in reading.js, how a text is written in writing.js.

import * as picks from "../core/picks.js";
import * as runs from "../core/runs.js";
import * as sampling from "../core/sampling.js";
import * as server from "../core/server.js";
import { DRAWN_UNDER, repeats } from "../core/spans.js";
import * as store from "../core/store.js";
import * as bends from "./bends.js";
import * as opening from "./opening.js";
import { go, pause, toggle } from "./playback.js";
import * as reading from "./reading.js";
import { newSeed } from "./seed.js";
import * as stops from "./stops.js";
import * as writing from "./writing.js";

const { state, update } = store;
const { promptBox } = opening;

let more = 0; // steps that were asked for while another was on its way
let show = () => {}; // lets the controls follow the store

/** @param {string} prompt */
function suggest(prompt) {
  store.set({ prompt });
  show();
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
  writing.ask("run", state.settings.length);
}

// Once more with the seed of the text that is there, and with what was chosen by hand in it.
function repeat() {
  if (!state.run) return;
  more = 0;
  store.set({ seed: state.run.settings.seed });
  writing.ask("run", state.settings.length, null, true);
}

// One character: the one under the dart. Where the run already goes on with it, nothing needs asking.
// A key that is held asks for the next step when the last one has come; clicks are counted.
/** @param {boolean} [held] */
function step(held = false) {
  if (!state.run) return wait("step");
  if (writing.isStep()) {
    if (!held) more++;
    return;
  }
  if (writing.isUnderWay()) stop(); // a text that is being written
  pause();
  const moment = store.moment();
  if (!moment || moment.u === null) return;
  const next = state.run.steps[state.cursor];
  const truncation = store.truncation();
  const row = sampling.rank(moment.logits, truncation.bias);
  const drawn = sampling.chosen(row, sampling.stages(row, truncation), moment.u);
  if (next && next.id === drawn && state.cursor >= state.run.prompted) go(state.cursor + 1);
  else writing.ask("step", 1);
}

// The steps that were clicked while another was on its way.
function nextStep() {
  if (more <= 0) return;
  more--;
  step();
}

/** @param {number} id */
function pick(id) {
  if (!state.run || (writing.isUnderWay() && (writing.isStep() || state.playing))) return;
  if (writing.isUnderWay()) stop();
  const next = state.run.steps[state.cursor];
  if (next && next.id === id && state.cursor < state.shown) go(state.cursor + 1);
  else writing.ask("step", 1, id);
}

function stop() {
  more = 0;
  writing.rest();
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
  writing.leave();
  forget();
  more = 0;
  update({ busy: false, problem });
  const { run } = state;
  if (run && state.playing && state.cursor >= run.steps.length) pause();
}

// An earlier version, with all that its text was drawn under, so that the link describes it again.
/** @param {Run} branch */
function restore(branch) {
  stop();
  const rest = writing.left(state.run, branch).filter((other) => other !== branch);
  const { settings } = branch.steps.at(-1) ?? {};
  const drawnUnder = settings && Object.fromEntries(DRAWN_UNDER.map((name) => [name, settings[name]]));
  store.set({ ...drawnUnder, model: branch.model, prompt: branch.text, picks: picks.of(branch) });
  update({ branches: rest, run: branch, cursor: branch.steps.length, shown: branch.steps.length, here: true, problem: "", notices: [] });
  show();
}

// ── Answers ──────────────────────────────────────────────────────────────────────────────────────
/** @param {Frame} frame */
function receiveOpening(frame) {
  if (state.opened) return; // an answer to a question that was asked twice
  const { head } = frame;
  store.open(head.settings);
  update({ opened: true, asks: head.asks || "" });
  const { act, prompt, model } = opening.take();
  receiveReading({ ...frame, head: { ...head, notices: [...(head.notices || []), ...opening.remarks()] } }, null, "");
  show();
  if (prompt !== undefined && prompt !== state.settings.prompt) suggest(prompt);
  if (model !== undefined && model !== head.settings.model) {
    opening.choose(model);
    show();
  }
  promptBox().value = state.settings.prompt; // gradio fills it later, and what was clicked reads it now
  if (act && !head.asks && !writing.problemOf(frame)) act();
  else if (prompt !== undefined && state.run && state.run.text !== prompt) reading.read(state.settings.model, prompt);
}

// An answer about a prompt. `before` is the run that was named in the question.
/** @param {Frame} frame @param {Run | null} before @param {string} prompt */
function receiveReading(frame, before, prompt) {
  const act = afterwards;
  if (state.busy) stop(); // it was not written yet, only kept
  const { notices = [] } = frame.head;
  const problem = writing.problemOf(frame);
  reading.answered(problem);
  if (problem) return update({ problem, notices });
  if (!frame.head.opens) store.set({ picks: "" }); // they were of another text
  const { run: old } = state;
  const run = runs.open(frame, before, prompt);
  pause();
  const at = run.steps.length;
  update({
    branches: writing.left(old, run), run, card: run.card, cursor: at, shown: at, peek: null, here: false,
    problem: "", notices: [...notices, ...stops.heed(run), ...bends.heed(run, old)],
  });
  if (act) act();
}

/** @param {GradioParts["trigger"]} trigger */
function connect(trigger) {
  show = () => trigger("show");
  opening.connect({ generate, step }, receiveOpening);
  writing.connect({ failed: fail, suggested: suggest, finished: nextStep });
}

const endWriting = () => { if (writing.isUnderWay()) stop(); }; // what reading asks of the player

// An object, so that a program can listen in by wrapping one of its functions.
export const play = {
  connect, show: () => show(), reach: server.reach, suggest, generate, repeat, step, pick, stop, restore, toggle, go,
  fail, isAbout: writing.isAbout, endWriting, goOn: writing.goOn, receiveReading, read: reading.read, retype: reading.retype,
};
reading.connect(play);
