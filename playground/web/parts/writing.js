// Generation: the one request under way, and its result. The user's actions are in player.js.

import * as branches from "../core/branches.js";
import * as client from "../core/client.js";
import { words } from "../core/i18n.js";
import * as picks from "../core/picks.js";
import { distributionSettings } from "../core/redraw.js";
import { stepsPerRequest, belongsTo, picksFrom, placeOf } from "../core/place.js";
import * as runs from "../core/runs.js";
import * as server from "../core/server.js";
import * as store from "../core/store.js";
import * as bends from "./bends.js";
import * as playback from "./playback.js";
import * as reading from "./reading.js";
import * as stops from "./stops.js";
import * as typing from "./typing.js";

const { state, update } = store;

// The request under way, with the run it continues and where.
/** @type {Asked | null} */
let current = null;

// Callbacks of the player: a request failed, one finished, the prompt changed, or a step (or chosen id) should be
// retried.
/** @type {{ failed: (problem: string) => void, finished: () => void, suggested: (prompt: string) => void, again: (id: number | null) => void }} */
let callbacks = { failed() {}, finished() {}, suggested() {}, again() {} };
/** @param {typeof callbacks} listener */
export function connect(listener) {
  callbacks = listener;
}

export const isUnderWay = () => Boolean(current);
export const isStep = () => current?.kind === "step";
/** @param {string} model @param {string} prompt */
export const isAbout = (model, prompt) => Boolean(current && current.model === model && current.prompt === prompt);
/** @param {Frame} frame @returns {string} */
export const problemOf = ({ head }) => head.problem ?? words[head.code] ?? "";

// Ignores the rest of the answer.
export function leave() {
  current = null;
}

// Cancels generation.
export function end() {
  if (current) client.end();
  leave();
}

// Cancels generation, and does not resume an interrupted run.
export function rest() {
  end();
  resumer.done();
}

// Continues from the cursor if the text belongs to the current choice, else from the end of the prompt. Steps always
// start at the cursor.
/** @param {"run" | "step"} kind @param {number} length @param {number | null} [pick] @param {boolean} [sameText] */
export function ask(kind, length, pick = null, sameText = false) {
  end();
  const { run } = state;
  const [invalid] = Object.values(state.invalid);
  if (invalid) return callbacks.failed(invalid);
  const isOwnText = run && belongsTo(run, state.settings);
  const place = isOwnText && (kind === "step" || state.here) ? placeOf(run, state.cursor) : null;
  const prompt = place ? place.prompt : state.settings.prompt;
  const tooLong = typing.tooLong(prompt);
  if (tooLong) return callbacks.failed(tooLong);
  const written = place ? place.written : [];
  if (kind === "run") store.set({ picks: picksFrom(state, prompt, written.length, Boolean(sameText && isOwnText)) });
  const settings = { ...store.requestSettings(), prompt, length, ...(kind === "step" && { stop: "none", picks: "" }) };
  const again = kind === "run" ? () => ask(kind, length, null, true) : () => callbacks.again(pick);
  send({ kind, before: run, again }, { settings, written, pick });
}

/**
 * @param {Pick<Asked, "kind" | "before" | "again"> & { resumes?: boolean }} request
 * @param {{ settings: any, written: number[], pick: number | null }} data
 */
async function send(request, data) {
  const { model, prompt } = data.settings;
  reading.leave(); // its answer includes the prompt
  if (!request.resumes) resumer.done();
  /** @type {Asked} */
  const now = { ...request, model, prompt, run: null, heard: -Infinity };
  current = now;
  if (!now.resumes) playback.pause();
  update({ busy: true, problem: "", notices: [] });
  server.watch(() => current === now, () => onLost(now), () => now.heard);
  try {
    const question = { ...data, knows: runs.knows(model), had: client.promptEdit(now.before, model, prompt) };
    for await (const frame of client.ask("write", question)) {
      if (current !== now) return; // it was cancelled
      receiveRun(frame);
      if (current !== now) return;
    }
    // Only now has the answer ended, so that the next request does not cancel it.
    if (now.done) finish();
    else onLost(now);
  } catch (error) {
    if (current !== now) return;
    if (error instanceof client.Refused) onRefused(now, error);
    else onLost(now);
  }
}

// ── The server is gone, or too busy ──────────────────────────────────────────────────────────────
/** @param {Asked} now @param {import("../core/client.js").Refused} error */
function onRefused({ again, resumes }, error) {
  if (error.problem) return callbacks.failed(error.problem);
  callbacks.failed("");
  if (resumes) resumer.refused(client.sentenceOf(error, words.lost_writing), error.seconds);
  else server.offer(client.sentenceOf(error, words.refused_writing), again);
}

// An interrupted run keeps what has arrived and resumes once the server is back.
/** @type {Run | null} */
let interruptedRun = null;
const resumer = server.persistent(() => {
  const run = interruptedRun;
  if (current || !run || state.run !== run) return;
  if (!belongsTo(run, state.settings)) return reading.catchUp(); // another text will replace it
  const settings = { ...store.plain(run.settings), prompt: run.text, length: stepsPerRequest(run.expected - (run.steps.length - run.prompted)) };
  send({ kind: "run", before: run, resumes: true, again: resumer.act }, { settings, written: runs.writtenIds(run), pick: null });
}, true);

/** @param {Asked} now */
function onLost(now) {
  end();
  const run = now.run ?? (now.resumes ? now.before : null);
  callbacks.failed("");
  if (!run || run.expected <= run.steps.length - run.prompted) return server.offer(words.lost, now.again);
  interruptedRun = run;
  resumer.refused(words.lost_writing);
}

// Completes an interrupted run.
/** @param {Run} run */
export function goOn(run) {
  update({ problem: "" });
  interruptedRun = run;
  resumer.act();
  if (current) playback.play();
}

// During playback, continues from a place under the current settings.
playback.connect((at) => {
  const { run, shown } = state;
  if (!run) return;
  if (!belongsTo(run, state.settings)) return playback.pause(); // another text will replace it
  end();
  const settings = { ...run.settings, ...distributionSettings(state.settings) };
  const before = { ...runs.cut(run, at), settings, expected: runs.lengthOf(run) };
  update({ branches: at < shown ? branchesAfter(run, before) : state.branches, run: before, shown: Math.min(shown, at) });
  interruptedRun = before;
  resumer.act();
});

// ── Answers ──────────────────────────────────────────────────────────────────────────────────────
/** @param {Frame} frame */
function receiveRun(frame) {
  const problem = problemOf(frame);
  if (problem) return callbacks.failed(problem);
  if (!current) return;
  current.heard = performance.now();
  if (current.run) {
    const [first, step] = [current.run.steps.length, current.kind === "step"];
    runs.extend(current.run, frame);
    const at = first + 1;
    update({ run: current.run, ...(step && { cursor: at, shown: at }) });
    current.done = Boolean(frame.head.done);
    return;
  }
  const { before, resumes, kind } = current;
  const run = runs.open(frame, before, current.prompt);
  current.run = run;
  if (resumes && before) {
    resumer.done();
    run.settings = before.settings;
    runs.ask(run, before.expected);
    update({ run, card: run.card });
    if (!state.playing && !state.here) playback.play(); // playback had reached the end of what was there
    return;
  }
  const step = kind === "step";
  const at = run.steps.length;
  const notices = [...stops.adoptStops(run), ...bends.dropUnknownSymbols(run, before)];
  // If generation started inside the prompt, the prompt is now shorter, unless another was typed meanwhile.
  if (before && before.text !== run.text && belongsTo(before, state.settings)) callbacks.suggested(run.text);
  update({ branches: branchesAfter(before, run), run, card: run.card, cursor: at, shown: at, peek: null, here: step, notices });
  if (!step) playback.play();
}

function finish() {
  const run = current?.run;
  current = null;
  if (!run) return;
  if (run.expected > run.steps.length - run.prompted) { // it takes more than one request
    interruptedRun = run;
    return resumer.act();
  }
  // Only now is it known which earlier versions this text contains.
  update({ busy: false, branches: branches.branchesNotIn(state.branches, run) });
  store.set({ picks: picks.picksOf(run) });
  callbacks.finished();
}

// The branches after a run is replaced. Starting inside the prompt leaves a longer prompt behind.
/** @param {Run | null} old @param {Run} run */
export const branchesAfter = (old, run) => branches.branchesAfter(state, old, run, Boolean(old && current && current.before === old && old.text !== run.text));
