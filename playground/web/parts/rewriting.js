// The slider rewrites the text: at rest, everything after the pivot (where generation would start) is regenerated
// during the drag, with the text's own dice, even if the next text will have a new seed. One request is under way at
// a time, and it runs to its end even if the slider has moved on, because a drag without a rest would otherwise show no
// text; later changes are requested next. Until they arrive, the text states its own temperature and is marked as
// behind. During the drag only the text comes (the draft); at rest its logits follow, and it becomes the run, while the
// text before becomes an earlier version. Returning to a temperature shows its text at once. If the server is too slow
// for this, the page says so and rewrites on release. Playback follows the slider in playback.js.

import * as branches from "../core/branches.js";
import * as client from "../core/client.js";
import { eachFrame } from "../dom.js";
import { words } from "../core/i18n.js";
import { patience } from "../core/patience.js";
import * as picks from "../core/picks.js";
import { stepsPerRequest, belongsTo } from "../core/place.js";
import * as runs from "../core/runs.js";
import * as server from "../core/server.js";
import { agree, DISTRIBUTION_SETTINGS, DRAW_SETTINGS, sharedBy } from "../core/spans.js";
import * as store from "../core/store.js";
import * as lateNotice from "./latenotice.js";
import * as pendingActs from "./pendingacts.js";
import * as playback from "./playback.js";
import { connectRewriting } from "./player.js";

const { state, update } = store;
const KEY = "playground.rewriting";
const IDLE = 250; // milliseconds of rest before the logits are requested
const SLOW = 1500; // milliseconds without a new text after which the server counts as too slow for the drag
const PAUSE = 1500; // milliseconds between moves that count as separate changes
const MAX_CACHED = 200; // texts cached per change: about as many as slider positions

// ── The switch ───────────────────────────────────────────────────────────────────────────────────
let enabled = readEnabled();
function readEnabled() {
  try { return localStorage.getItem(KEY) !== "off"; } catch { return true; }
}
export const isOn = () => enabled;
/** @param {boolean} on */
export function turn(on) {
  enabled = on;
  try { localStorage.setItem(KEY, enabled ? "on" : "off"); } catch { /* storage may be forbidden */ }
  if (enabled) onSettings();
  else leave();
}

// ── State ────────────────────────────────────────────────────────────────────────────────────────
/**
 * The run, the number of steps shown and the branches when the drag began; the step from which the text is rewritten; the
 * seed of its dice; and the texts written since, by their settings.
 * @typedef {{ run: Run, shown: number, branches: Run[], at: number, seed: number, here: boolean, late: boolean, texts: Map<string, Run> }} Bending
 */
/** @type {Bending | null} */
let bending = null;
/** @type {{ settings: Settings, heard: number, light: boolean } | null} */
let requestUnderWay = null; // `heard`: when the last frame arrived
/** @type {Settings | null} */
let writtenSettings = null; // the settings of the displayed text during a drag
let isOwnChange = false;
let isPressed = false;
let restTimer = 0;
let endTimer = 0;
let slowTimer = 0; // runs while a text is awaited
const answerPatience = patience();

for (const name of ["pointerdown", "pointerup", "pointercancel"]) {
  addEventListener(name, () => { isPressed = name === "pointerdown"; if (!isPressed && bending) onRelease(); }, { capture: true });
}

/** @param {Partial<State>} patch */
function change(patch) {
  isOwnChange = true;
  update(patch);
  isOwnChange = false;
}

/** @type {(keyof State)[]} */
const ENDING_FIELDS = ["run", "cursor", "playing", "busy", "here"]; // changes to these end the rewriting
store.subscribe((_, patch) => {
  if (isOwnChange) return;
  if (ENDING_FIELDS.some((name) => name in patch)) leave();
  else if (patch.settings) onSettings();
});

// Ends the rewriting. If playback goes on, it uses the current settings.
function leave() {
  if (state.playing && state.draft) playback.markSettingsChanged();
  cancelRequest();
  bending = writtenSettings = null;
  pendingActs.drop();
  clearTimers();
  if (state.draft || state.hold !== null || state.behind) change({ draft: null, hold: null, behind: false });
}

// Cancels the request under way.
function cancelRequest() {
  if (requestUnderWay) client.end();
  requestUnderWay = null;
  stopClock();
}

// The player's actions are performed on the displayed text: a draft first gets its logits and becomes the run.
connectRewriting((act) => {
  if (!bending || !state.draft) return act();
  pendingActs.add(act);
  continueOrEnd();
});

// ── Bending ──────────────────────────────────────────────────────────────────────────────────────
// The bars follow in the next frame; meanwhile the text is marked as outdated. While the user points at a character,
// its moment stays.
function onSettings() {
  if (!enabled || !state.opened || state.playing || state.busy || state.peek !== null) return;
  if (bending && !belongsTo(bending.run, state.settings)) leave(); // its ids do not belong to the chosen model
  bending ??= begin();
  if (!bending) return;
  clearTimers();
  if (bending.late && !isPressed) restTimer = setTimeout(onRelease, IDLE); // the release of a key is not seen
  if (state.hold !== bending.at) change({ hold: bending.at });
  if (!state.behind && !isWritten()) change({ behind: true });
  nextInFrame();
}

const clearTimers = () => { clearTimeout(restTimer); clearTimeout(endTimer); };
const nextInFrame = eachFrame(() => requestNext());
// Requests the text of the current settings unless it is cached. `force`: without waiting for the request under way.
function requestNext(force = false) {
  if (!bending) return;
  const cached = bending.texts.get(keyOf({ ...state.settings, seed: bending.seed }));
  if (isWritten()) {
    if (!isAsked()) cancelRequest();
    continueOrEnd();
  } else if (cached) showCached(cached);
  else if (!isAsked() && (force || isFree())) ask(!bending.late);
}

// During a drag the request under way finishes, unless it has been silent for long. A request for the logits of a text
// that is already shown gives way.
function isFree() {
  if (bending?.late) return false;
  return !requestUnderWay?.light || answerPatience.isOver(performance.now() - requestUnderWay.heard);
}

// Starts if there is a text after the pivot with other settings.
/** @returns {Bending | null} */
function begin() {
  const { run, here, cursor, shown, settings } = state;
  if (!run || !belongsTo(run, settings)) return null;
  const at = here ? Math.max(cursor, run.prompted) : run.prompted;
  const steps = run.steps.slice(at, shown); // unrevealed steps are redrawn when they appear (playback.js)
  if (!steps.length || steps.every((step) => step.hand || (step.settings && agree(step.settings, settings, DISTRIBUTION_SETTINGS)))) return null;
  /** @type {Map<string, Run>} */
  const texts = new Map();
  const ownSettings = shown === run.steps.length && run.stopped ? sharedBy(steps) : null;
  if (ownSettings) texts.set(keyOf(ownSettings), run);
  return { run, shown, branches: state.branches, at, seed: runs.seedOf(run, at) ?? settings.seed, here, late: false, texts };
}

/** @param {Settings} settings */
const keyOf = (settings) => JSON.stringify([...DRAW_SETTINGS.map((name) => String(settings[name])), settings.stop]);

// Shows a cached text instead of requesting it.
/** @param {Run} draft */
function showCached(draft) {
  cancelRequest();
  writtenSettings = state.settings;
  change({ draft: draft === state.run ? null : draft });
  continueOrEnd();
}

/** @param {Settings} settings */
const hasCurrentSettings = (settings) => agree(settings, state.settings, DISTRIBUTION_SETTINGS);
const isWritten = () => Boolean(writtenSettings && hasCurrentSettings(writtenSettings));
const isAsked = () => Boolean(requestUnderWay && hasCurrentSettings(requestUnderWay.settings));

/** @param {boolean} light */
async function ask(light) {
  if (!bending) return;
  const { run, at, seed } = bending;
  const startedAt = performance.now();
  if (requestUnderWay?.light) answerPatience.waited(startedAt - requestUnderWay.heard);
  const request = { settings: state.settings, heard: startedAt, light };
  requestUnderWay = request;
  if (light) slowTimer ||= setTimeout(onSlow, SLOW);
  const settings = { ...store.requestSettings(), seed, prompt: run.text };
  try {
    // A text longer than one request may ask for takes several: it should keep its length.
    let newRun = await write(request, settings, run, at - run.prompted);
    while (newRun && !newRun.stopped) newRun = await write(request, settings, newRun, runs.writtenIds(newRun).length);
    if (!newRun) return;
    requestUnderWay = null;
    writtenSettings = request.settings;
    stopClock();
    if (light) {
      answerPatience.took(performance.now() - startedAt);
      if (!bending.late) lateNotice.hide(); // the server keeps up again
      if (bending.texts.size < MAX_CACHED) bending.texts.set(keyOf({ ...request.settings, seed }), newRun);
      change({ draft: newRun });
    } else adopt(newRun);
    continueOrEnd();
  } catch (error) {
    if (requestUnderWay === request) fail(error);
  }
}

// Requests the run after its first `kept` generated steps, as far as one request goes; null if another request
// replaced it.
/** @param {NonNullable<typeof requestUnderWay>} request @param {any} settings @param {Run} run @param {number} kept @returns {Promise<Run | null>} */
async function write(request, settings, run, kept) {
  const length = runs.lengthOf(run);
  const question = {
    settings: { ...settings, length: stepsPerRequest(length - kept) }, written: runs.writtenIds(run).slice(0, kept), pick: null, light: request.light,
    knows: runs.knows(run.model), had: client.promptEdit(run, run.model, run.text),
  };
  /** @type {Run | null} */
  let newRun = null;
  let done = false;
  for await (const frame of client.ask("write", question)) {
    if (requestUnderWay !== request) return null;
    request.heard = performance.now();
    if (frame.head.problem || frame.head.code) throw new client.Refused(200, frame.head);
    if (newRun) (request.light ? runs.extendLight : runs.extend)(newRun, frame);
    else {
      newRun = runs.ask(runs.open(frame, run, run.text), length);
      newRun.settings.length = run.settings.length;
    }
    done = Boolean(frame.head.done);
  }
  if (requestUnderWay !== request) return null;
  if (!newRun || !done) throw new Error("The answer broke off.");
  return newRun;
}

// Next: the newest settings, then the logits, then done.
function continueOrEnd() {
  if (!bending || requestUnderWay) return;
  if (!isWritten()) return requestNext();
  if (state.behind) change({ behind: false });
  clearTimers();
  if (state.draft) restTimer = setTimeout(() => ask(false), pendingActs.areWaiting() ? 0 : IDLE);
  else if (pendingActs.areWaiting()) pendingActs.perform();
  else if (!isPressed) endTimer = setTimeout(endIfIdle, PAUSE);
}

const endIfIdle = () => { if (!requestUnderWay && !state.draft) bending = writtenSettings = null; };

// The text with its logits becomes the run, and the one before an earlier version.
/** @param {Run} run */
function adopt(run) {
  if (!bending) return;
  bending.late = false; // the next move tries again
  const { run: oldRun, shown, branches: olderBranches, at, here } = bending;
  const allBranches = branches.branchesAfter({ branches: olderBranches, shown }, oldRun, run, false);
  const newShown = store.shownOf(run, oldRun, shown);
  change({ run, draft: null, card: run.card, cursor: here ? at : newShown, shown: newShown, branches: branches.branchesNotIn(allBranches, run), problem: "" });
  isOwnChange = true;
  store.set({ picks: picks.picksOf(run) });
  isOwnChange = false;
}

// On release the text of the current settings is requested at once. After a pause the next move is another change.
const onRelease = () => requestNext(true);

// If the server cannot keep up, the page says so and tries once more on release.
function markLate() {
  if (bending) bending.late = true;
  lateNotice.show();
}

function stopClock() {
  clearTimeout(slowTimer);
  slowTimer = 0;
}

// No text has come for long. If nothing is dragged and the current text is on its way, it is simply awaited.
function onSlow() {
  slowTimer = !isPressed && isAsked() ? setTimeout(onSlow, IDLE) : 0;
  if (slowTimer) return;
  markLate();
  clearTimeout(restTimer);
  if (!isPressed) restTimer = setTimeout(onRelease, IDLE);
}

// A failed request is repeated on release. If that fails too, the user may retry.
/** @param {unknown} error */
function fail(error) {
  const wasLight = requestUnderWay?.light;
  requestUnderWay = null;
  stopClock();
  if (!bending) return;
  const problem = error instanceof client.Refused ? error.problem : "";
  if (problem || (bending.late && !wasLight)) {
    leave();
    if (problem) update({ problem });
    else server.offer(client.sentenceOf(error, words.refused_writing, words.refused_writing), onSettings);
    return;
  }
  markLate();
  clearTimeout(restTimer);
  if (!isPressed) restTimer = setTimeout(onRelease, PAUSE);
}
