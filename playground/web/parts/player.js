// The user's actions on the text and how the page responds. It changes the store and draws nothing. Reading a prompt
// is in reading.js, generation in writing.js.

import { words } from "../core/i18n.js";
import * as picks from "../core/picks.js";
import { belongsTo } from "../core/place.js";
import * as runs from "../core/runs.js";
import * as sampling from "../core/sampling.js";
import * as server from "../core/server.js";
import { DRAW_SETTINGS, wouldRepeat } from "../core/spans.js";
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

let pendingSteps = 0; // steps requested while one is under way
let show = () => {}; // updates gradio's controls from the store

/** @param {string} prompt */
function suggest(prompt) {
  store.set({ prompt });
  show();
}

// ── Actions ──────────────────────────────────────────────────────────────────────────────────────
// Whether the page shows the chosen model and prompt. If not, they are still to be read, and positions and bars
// belong to something else.
const isRead = () => Boolean(state.run && belongsTo(state.run, state.settings));

// An action on a page that is still opening is deferred until it is open; a step after an unread prompt, until that
// is read.
/** @type {(() => void) | null} */
let deferredAct = null;
/** @param {"generate" | "step"} act */
function defer(act) {
  update({ busy: true });
  if (!state.opened) return opening.keep({ act });
  deferredAct = { generate, step }[act];
  reading.catchUp();
}

function generate() {
  if (!state.run) return defer("generate");
  pendingSteps = 0;
  if (wouldRepeat(state)) newSeed();
  writing.ask("run", state.settings.length);
}

// Regenerates with the text's own seed and its hand-chosen symbols.
function repeat() {
  if (!state.run) return;
  pendingSteps = 0;
  store.set({ seed: state.run.settings.seed });
  writing.ask("run", state.settings.length, null, true);
}

// Adds the character under the dart. If the run already continues with it, no request is needed. A held key asks for
// the next step when the last one arrives; clicks are counted.
/** @param {boolean} [isHeld] */
function step(isHeld = false) {
  if (!state.run) return defer("step");
  if (writing.isStep() && isRead()) {
    if (!isHeld) pendingSteps++;
    return;
  }
  if (writing.isUnderWay()) halt(); // stops the text being generated
  pause();
  if (!isRead()) return defer("step");
  const { hold } = state;
  const moment = store.moment(); // read while the place is held: a rewritten text has dice of its own
  if (!moment || (moment.u === null && hold === null)) return;
  goToHeldPlace();
  const next = state.run.steps[state.cursor];
  if (moment.u === null) return go(state.cursor + 1); // chosen by hand
  const truncation = store.truncation();
  const row = sampling.rank(moment.logits, truncation.bias);
  const drawn = sampling.chosen(row, sampling.stages(row, truncation), moment.u);
  if (next && next.id === drawn && state.cursor >= state.run.prompted) go(state.cursor + 1);
  else writing.ask("step", 1);
}

// After a drag the bars and the dart show the place from which the text was rewritten, so they act there.
function goToHeldPlace() {
  if (state.hold !== null) update({ cursor: state.hold, here: true });
}

// Performs the steps clicked while another was under way.
function nextStep() {
  if (pendingSteps <= 0) return;
  pendingSteps--;
  step();
}

// A bar was clicked. If it belongs to an outdated model or prompt, that is read first.
/** @param {number} id */
function pick(id) {
  if (!state.run || (writing.isUnderWay() && (writing.isStep() || state.playing || !isRead()))) return;
  if (!isRead()) return reading.catchUp();
  if (writing.isUnderWay()) halt();
  goToHeldPlace();
  const next = state.run.steps[state.cursor];
  if (next && next.id === id && state.cursor < state.shown) go(state.cursor + 1);
  else writing.ask("step", 1, id);
}

// After stopping, reads the prompt that the stopped request would have read.
function stop() {
  halt();
  if (state.run && !isRead()) reading.catchUp();
}

function halt() {
  pendingSteps = 0;
  writing.rest();
  forgetDeferred();
  pause();
  const { run, shown } = state;
  if (run && shown - run.prompted < run.expected) update({ run: runs.cut(run, shown) });
  update({ busy: false, cursor: Math.min(state.cursor, shown) });
  if (state.run && state.run.steps.length > state.run.prompted) store.set({ picks: picks.picksOf(state.run) });
}

// Discards deferred actions.
function forgetDeferred() {
  opening.keep({ act: null });
  deferredAct = null;
}

/** @param {string} problem */
function fail(problem) {
  writing.leave();
  forgetDeferred();
  pendingSteps = 0;
  update({ busy: false, problem });
  const { run } = state;
  if (run && state.playing && state.cursor >= run.steps.length) pause();
}

// Restores an earlier version with the settings it was drawn under, so that the link describes it again.
/** @param {Run} branch */
function restore(branch) {
  halt();
  reading.leave();
  const otherBranches = writing.branchesAfter(state.run, branch).filter((other) => other !== branch);
  const { settings } = branch.steps.at(-1) ?? {};
  const drawnUnder = settings && Object.fromEntries(DRAW_SETTINGS.map((name) => [name, settings[name]]));
  store.set({ ...drawnUnder, model: branch.model, prompt: branch.text, picks: picks.picksOf(branch) });
  update({ branches: otherBranches, run: branch, cursor: branch.steps.length, shown: branch.steps.length, here: true, problem: "", notices: [] });
  show();
}

// ── Answers ──────────────────────────────────────────────────────────────────────────────────────
/** @param {Frame} frame */
function receiveOpening(frame) {
  if (state.opened) return; // the request was sent twice
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
  promptBox().value = state.settings.prompt; // gradio fills it later, but a deferred action reads it now
  if (act && !head.asks && !writing.problemOf(frame)) act();
  else if (prompt !== undefined && state.run && state.run.text !== prompt) reading.read(state.settings.model, prompt);
}

// An answer about a prompt. `before` is the run that the request named.
/** @param {Frame} frame @param {Run | null} before @param {string} prompt */
function receiveReading(frame, before, prompt) {
  const act = deferredAct;
  if (state.busy) halt(); // it was only deferred
  const { notices = [] } = frame.head;
  const problem = writing.problemOf(frame);
  reading.finishReading(problem);
  if (problem) return update({ problem, notices });
  if (!frame.head.opens) store.set({ picks: "" }); // they belonged to another text
  const { run: old } = state;
  const run = runs.open(frame, before, prompt);
  if (run.text !== prompt && state.settings.prompt === prompt) suggest(run.text); // a lone surrogate was removed
  pause();
  const at = run.steps.length;
  update({
    branches: writing.branchesAfter(old, run), run, card: run.card, cursor: at, shown: at, peek: null, here: false,
    problem: "", notices: [...notices, ...stops.adoptStops(run), ...bends.dropUnknownSymbols(run, old), ...keptNotice(old, run)],
  });
  if (act) act();
}

// When another model takes over, says where the old text went.
/** @param {Run | null} old @param {Run} run */
const keptNotice = (old, run) => (old && old.model !== run.model && old.steps.length > old.prompted ? [words.text_is_kept] : []);

// Runs a deferred action once the page shows what is chosen.
function actAfterReading() {
  const act = deferredAct;
  if (!act) return;
  halt();
  act();
}

/** @param {GradioParts["trigger"]} trigger */
function connect(trigger) {
  show = () => trigger("show");
  opening.connect({ generate, step }, receiveOpening);
  writing.connect({ failed: fail, suggested: suggest, finished: nextStep, again: (id) => (id === null ? step() : pick(id)) });
}

const endWriting = () => { if (writing.isUnderWay()) halt(); }; // called by reading.js

// Runs an action once a text that the slider rewrote has its logits. rewriting.js knows when; it is loaded after the bars.
/** @type {(act: () => void) => void} */
let runWhenReady = (act) => act();
/** @param {typeof runWhenReady} listener */
export function connectRewriting(listener) {
  runWhenReady = listener;
}
/** @template {unknown[]} A @param {(...given: A) => void} act */
const afterRewriting = (act) => (/** @type {A} */ ...given) => runWhenReady(() => act(...given));

// An object, so that programs can wrap its functions.
export const play = {
  connect, show: () => show(), reach: server.reach, stop,
  generate: afterRewriting(generate), repeat: afterRewriting(repeat), restore: afterRewriting(restore), step: afterRewriting(step),
  pick: afterRewriting(pick), toggle: afterRewriting(toggle), go: afterRewriting(go), move: afterRewriting((/** @type {number} */ steps) => go(state.cursor + steps)),
  fail, isAbout: writing.isAbout, endWriting, actAfterReading, goOn: writing.goOn, receiveReading, read: reading.read, retype: reading.retype,
};
reading.connect(play);
