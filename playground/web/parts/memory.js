// Saves what the page shows shortly after each change: in the tab's session storage, restored when the page is
// reloaded, and in the browser's storage (slots.js), from which a newly opened page offers it. Storage failures are
// ignored.

import * as characters from "../core/characters.js";
import * as client from "../core/client.js";
import { copy } from "../dom.js";
import { words } from "../core/i18n.js";
import * as memory from "../core/memory.js";
import * as runs from "../core/runs.js";
import * as server from "../core/server.js";
import * as store from "../core/store.js";
import { play } from "./player.js";
import * as slots from "./slots.js";
import { problemOf } from "./writing.js";

const { state, update } = store;
const KEY = "playground.memory";
const PAUSE = 500; // milliseconds
const MAX_VERSIONS = 12; // versions
// Error codes meaning that the model is gone, does not know an id, or is ambiguous.
const GONE_CODES = ["input.written", "model.not_here", "model.not_named", "error.meant"];
/** @type {(keyof State)[]} */
const SAVED_FIELDS = ["settings", "run", "cursor", "shown", "here", "branches", "busy", "playing", "unlinked"];

// ── Storing ──────────────────────────────────────────────────────────────────────────────────────
let saved = readSaved(); // what the page showed before the reload, until it is restored
if (saved) {
  slots.takeOver();
  update({ unlinked: saved.texts });
}
// Whether a text will be restored, and not only what the link says.
export const willRestore = () => Boolean(saved?.current);
let otherPage = saved ? null : slots.newest(); // what another page saved, until it is restored here
let hasOpened = false;
let hasLeft = false;
let timer = 0;

/** @returns {Memory | null} */
function readSaved() {
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  if (!["reload", "back_forward"].includes(navigation?.type)) return null; // a link is followed as it is
  try {
    const found = memory.read(sessionStorage.getItem(KEY));
    return found?.at === location.href ? found : null;
  } catch { return null; }
}

function save() {
  clearTimeout(timer);
  timer = 0;
  if (!hasOpened || hasLeft) return;
  const snapshot = saved
    ? { ...saved, at: location.href, texts: state.unlinked } : memory.snapshot(state, location.href);
  const text = memory.write(snapshot);
  try { sessionStorage.setItem(KEY, text); } catch { /* it may be full, or forbidden */ }
  slots.keep(snapshot, text);
}

// Leaving the page aborts requests; what counts is the state before that.
addEventListener("pagehide", () => { save(); hasLeft = true; });
addEventListener("pageshow", () => { hasLeft = false; });
document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });

store.subscribe((_, patch) => {
  if (patch.run && !hasOpened) open(patch.run);
  else if (patch.run && saved && patch.run !== openingRun) giveUp();
  if (!timer && SAVED_FIELDS.some((name) => name in patch)) timer = setTimeout(save, PAUSE);
});

// ── Restoring ────────────────────────────────────────────────────────────────────────────────────
/** @type {Run | null} */
let openingRun = null; // the run that the page opened with
const retry = server.persistent(() => { if (saved) restoreSaved(saved); }, true);

// Called with the first run. The saved text is requested now; earlier versions when they are wanted.
/** @param {Run} run */
function open(run) {
  hasOpened = true;
  openingRun = run;
  if (!saved) return;
  const { settings, versions, current } = saved;
  const sameModel = settings.model === run.model && !state.asks;
  store.set({ ...settings, ...(!sameModel && { model: state.settings.model, prompt: state.settings.prompt }), ...store.earlySettings() });
  update({ branches: versions.map(memory.outlineOf), notices: state.notices.filter((notice) => !current || notice !== words.interrupted) });
  if (!sameModel) giveUp();
  else if (current) restoreSaved(saved);
  else readPrompt();
}

// Turns the saved text into an earlier version: the user moved on, or its model is missing.
function giveUp() {
  const record = saved?.current;
  saved = null;
  retry.done();
  if (record) update({ branches: [...state.branches, memory.outlineOf(record)] });
}

/** @param {Memory} kept */
async function restoreSaved(kept) {
  const { current, place } = kept;
  if (!current) return;
  try {
    const run = await ask(current, openingRun);
    if (saved !== kept) return;
    retry.done();
    saved = null;
    if (!run) return void update({ branches: [...state.branches, memory.outlineOf(current)] });
    showRun(run, place);
    readPrompt();
    if (!offerRest(run) && place.playing && state.cursor < run.steps.length) play.toggle();
  } catch (error) {
    if (saved !== kept) return;
    if (error instanceof client.Refused && error.problem) { // retrying would fail the same way; the text remains available as a version
      giveUp();
      return void update({ problem: error.problem });
    }
    retry.refused(client.sentenceOf(error, words.lost), client.secondsOf(error));
  }
}

// Returns a function that tells whether a requested version is still wanted when it arrives: the user's latest action
// counts, however late the answer is.
let wishCount = 0;
function trackWish() {
  const wishNumber = ++wishCount;
  const { run, busy, settings: { model, prompt } } = state;
  return () => wishNumber === wishCount && state.run === run && (busy || !state.busy) && state.settings.model === model && state.settings.prompt === prompt;
}

// Shows a run at a place.
/** @param {Run} run @param {Memory["place"]} place */
function showRun(run, { cursor, shown, here }) {
  const position = (/** @type {number} */ steps) => Math.min(run.steps.length, Math.max(0, run.prompted + steps));
  update({ run, card: run.card, cursor: position(cursor), shown: position(shown), peek: null, here, problem: "" });
}

// Whether a run is incomplete; if so, offers to complete it.
/** @param {Run} run */
function offerRest(run) {
  const isIncomplete = run.steps.length - run.prompted < run.expected;
  if (isIncomplete) server.offer(words.kept_writing, () => play.goOn(run), words.write_rest);
  return isIncomplete;
}

// The prompt may differ from the text's.
function readPrompt() {
  saved = null;
  if (state.run && state.settings.prompt !== state.run.text) play.read(state.settings.model, state.settings.prompt);
}

// The run of a record; null if its model is missing or does not know its ids.
/** @param {RunRecord} record @param {Run | null} [previous] */
async function ask(record, previous = null) {
  const { model, prompt } = record;
  /** @type {Run | null} */
  let run = null;
  const question = { ...memory.question(record), knows: runs.knows(model), had: client.promptEdit(previous, model, prompt) };
  for await (const frame of client.recall(question)) {
    const problem = problemOf(frame);
    if (GONE_CODES.includes(/** @type {any} */ (problem).code)) return null;
    if (problem) throw new client.Refused(200, { problem });
    if (run) runs.extend(run, frame);
    else run = runs.open(frame, previous, prompt);
  }
  if (!run || run.steps.length - run.prompted < record.ids.length) throw new Error("The answer broke off.");
  memory.complete(run, record);
  return run;
}

// Returns to an earlier version.
/** @param {Run} branch */
export async function restore(branch) {
  if (saved?.current) giveUp(); // the text being restored
  const isWanted = trackWish();
  if (!branch.record) return play.restore(branch);
  try {
    const run = await ask(branch.record, state.run);
    if (!run) return isWanted() ? offerCopy(branch.record) : undefined;
    if (!state.branches.includes(branch)) return;
    update({ branches: state.branches.map((other) => (other === branch ? run : other)) });
    if (isWanted()) play.restore(run);
  } catch (error) {
    if (isWanted()) server.offer(client.sentenceOf(error, words.lost), () => restore(branch));
  }
}

// A text whose model is missing can still be copied.
/** @param {RunRecord} record */
function offerCopy({ writing }) {
  play.fail("");
  server.offer(words.version_lost, () => { copy(writing); update({ problem: "" }); }, words.copy);
}

// ── From another page ────────────────────────────────────────────────────────────────────────────
// The beginning of the text that can be restored here; "" if none.
export function lastText() {
  const [newest] = otherPage ? [otherPage.memory.current, ...otherPage.memory.versions.slice().reverse()].filter(Boolean) : [];
  return newest ? characters.limitMarks(newest.writing.slice(0, 60)) : "";
}

// Restores what another page saved: text, settings, position and versions. The current text becomes a version.
export async function restoreLast() {
  const kept = otherPage;
  if (!kept) return;
  const { current, versions, settings, place } = kept.memory;
  const isWanted = trackWish();
  try {
    const run = current && await ask(current, state.run);
    if (otherPage !== kept || !isWanted()) return; // pressed twice, cleared, or superseded
    if (current && !run) return offerCopy(current);
    slots.remove(kept.name);
    otherPage = slots.newest();
    play.stop();
    if (run) play.restore(run);
    update({ branches: [...versions.map(memory.outlineOf), ...state.branches].slice(-MAX_VERSIONS) });
    if (!run) return save();
    store.set({ ...settings, model: run.model, prompt: run.text, picks: state.settings.picks });
    showRun(run, place);
    play.show();
    offerRest(run);
    save();
  } catch (error) {
    if (isWanted()) server.offer(client.sentenceOf(error, words.lost), restoreLast);
  }
}

// Deletes all generated text here and in both storages; the prompt and the settings stay.
export function clear() {
  play.stop();
  giveUp();
  otherPage = null;
  slots.clear();
  const { run } = state;
  if (!run) return;
  store.set({ picks: "" });
  update({ unlinked: {}, run: runs.cut(run, run.prompted), branches: [], cursor: run.prompted, shown: run.prompted, peek: null, here: false, problem: "" });
  save();
}

// Whether there is anything to delete.
/** @param {Pick<State, "run" | "branches" | "busy" | "playing">} now */
export const hasText = ({ run, branches, busy, playing }) =>
  Boolean(run && !busy && !playing && (otherPage || branches.length || run.steps.length > run.prompted));
