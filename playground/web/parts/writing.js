// Writing: the request that is under way, one at a time, and what comes of it. What the person does is in player.js.

import * as branches from "../core/branches.js";
import * as client from "../core/client.js";
import { words } from "../core/i18n.js";
import * as picks from "../core/picks.js";
import { bendingOf } from "../core/redraw.js";
import { picksFrom, placeOf } from "../core/place.js";
import * as runs from "../core/runs.js";
import * as server from "../core/server.js";
import * as store from "../core/store.js";
import * as bends from "./bends.js";
import { promptBox } from "./opening.js";
import * as playback from "./playback.js";
import * as reading from "./reading.js";
import * as stops from "./stops.js";
import * as typing from "./typing.js";

const { state, update } = store;

// It knows the run that it goes on from, and where.
/** @type {Asked | null} */
let asked = null;

// The player hears of a request that failed, of one that is finished, and of a prompt that is another one now.
/** @type {{ failed: (problem: string) => void, finished: () => void, suggested: (prompt: string) => void }} */
let tell = { failed() {}, finished() {}, suggested() {} };
/** @param {typeof tell} listener */
export function connect(listener) {
  tell = listener;
}

export const isUnderWay = () => Boolean(asked);
export const isStep = () => asked?.kind === "step";
/** @param {string} model @param {string} prompt */
export const isAbout = (model, prompt) => Boolean(asked && asked.model === model && asked.prompt === prompt);
/** @param {Frame} frame @returns {string} */
export const problemOf = ({ head }) => head.problem ?? words[head.code] ?? "";

// What comes of it is not heard any more.
export function leave() {
  asked = null;
}

// What is being written is not wanted any more.
export function end() {
  if (asked) client.end();
  leave();
}

// A run that broke off is not to go on either.
export function rest() {
  end();
  goesOn.done();
}

/** @param {"run" | "step"} kind @param {number} length @param {number | null} [pick] @param {boolean} [same] */
export function ask(kind, length, pick = null, same = false) {
  end();
  const { run } = state;
  const [wrong] = Object.values(state.invalid);
  if (wrong) return tell.failed(wrong);
  const box = promptBox();
  const place = !run || (kind === "run" && !state.here) ? null : placeOf(run, state.cursor);
  const prompt = place ? place.prompt : box.value;
  const long = typing.tooLong(prompt);
  if (long) return tell.failed(long);
  const written = place ? place.written : [];
  if (kind === "run") store.set({ picks: picksFrom(state, prompt, written.length, same) });
  const settings = { ...store.asked(), prompt, length, ...(kind === "step" && { stop: "none", picks: "" }) };
  if (place && prompt !== box.value) tell.suggested(prompt);
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
  if (!now.resumes) playback.pause();
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
    if (error instanceof client.Refused) refused(now, error);
    else lost(now);
  }
}

// ── The server is gone, or too busy ──────────────────────────────────────────────────────────────
/** @param {Asked} now @param {import("../core/client.js").Refused} error */
function refused({ again, resumes }, error) {
  if (error.problem) return tell.failed(error.problem);
  tell.failed("");
  if (resumes) goesOn.refused(client.sentenceOf(error, words.lost_writing), error.seconds);
  else server.offer(client.sentenceOf(error, words.refused_writing), again);
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
  tell.failed("");
  if (!run || run.expected <= run.steps.length - run.prompted) return server.offer(words.lost, now.again);
  broken = run;
  goesOn.refused(words.lost_writing);
}

// Writes what is missing of a run that broke off.
/** @param {Run} run */
export function goOn(run) {
  update({ problem: "" });
  broken = run;
  goesOn.act();
  if (asked) playback.play();
}

// Writes on from a place under the settings of now, while the text plays: what stood there was drawn under others.
playback.connect((at) => {
  const { run, shown } = state;
  if (!run) return;
  end();
  const settings = { ...run.settings, ...bendingOf(state.settings) };
  const before = { ...runs.cut(run, at), settings, expected: runs.lengthOf(run) };
  update({ branches: at < shown ? left(run, before) : state.branches, run: before, shown: Math.min(shown, at) });
  broken = before;
  goesOn.act();
});

// ── Answers ──────────────────────────────────────────────────────────────────────────────────────
/** @param {Frame} frame */
function receiveRun(frame) {
  const problem = problemOf(frame);
  if (problem) return tell.failed(problem);
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
    if (!state.playing && !state.here) playback.play(); // it had come to the end of what was there
    return;
  }
  const step = kind === "step";
  const at = run.steps.length;
  const notices = [...stops.heed(run), ...bends.heed(run, before)];
  update({ branches: left(before, run), run, card: run.card, cursor: at, shown: at, peek: null, here: step, notices });
  if (!step) playback.play();
}

function finish() {
  const run = asked?.run;
  asked = null;
  if (!run) return;
  // Only now is it known which of the earlier texts this one holds.
  update({ busy: false, branches: branches.without(state.branches, run) });
  store.set({ picks: picks.of(run) });
  tell.finished();
}

// The branches after a run is left. Writing on from inside the prompt leaves a longer one behind.
/** @param {Run | null} old @param {Run} run */
export const left = (old, run) => branches.after(state, old, run, Boolean(old && asked && asked.before === old && old.text !== run.text));
