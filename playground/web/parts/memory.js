// Nothing is lost: what the page shows is stored a moment after it changed. It lies in the storage of the tab, and is brought back
// where the same page is loaded again; and in that of the browser (slots.js), from where a page that was opened anew offers it.
// A storage that fails changes nothing.

import * as characters from "../core/characters.js";
import * as client from "../core/client.js";
import { copy } from "../core/dom.js";
import { words } from "../core/i18n.js";
import * as memory from "../core/memory.js";
import * as runs from "../core/runs.js";
import * as server from "../core/server.js";
import * as store from "../core/store.js";
import { play } from "./player.js";
import * as slots from "./slots.js";

const { state, update } = store;
const KEY = "playground.memory";
const PAUSE = 500; // milliseconds
const MOST = 12; // versions
/** @type {(keyof State)[]} */
const KEPT = ["settings", "run", "cursor", "shown", "here", "branches", "busy", "playing", "unlinked"];

// ── Storing ──────────────────────────────────────────────────────────────────────────────────────
let past = recall(); // what the page showed before it was loaded again, until it is shown again
if (past) {
  slots.takeOver();
  update({ unlinked: past.texts });
}
// Whether the page is going to show a text again, and not only what its link says.
export const returns = () => Boolean(past?.current);
let offered = past ? null : slots.newest(); // what another page left, until it is brought here
let opened = false;
let left = false;
let timer = 0;

/** @returns {Memory | null} */
function recall() {
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  if (!["reload", "back_forward"].includes(navigation?.type)) return null; // a link shows what it says
  try {
    const found = memory.read(sessionStorage.getItem(KEY));
    return found?.at === location.href ? found : null;
  } catch { return null; }
}

function save() {
  clearTimeout(timer);
  timer = 0;
  if (!opened || left) return;
  const now = past ? { ...past, at: location.href, texts: state.unlinked } : memory.snapshot(state, location.href);
  const text = memory.write(now);
  try { sessionStorage.setItem(KEY, text); } catch { /* it may be full, or forbidden */ }
  slots.keep(now, text);
}

// What is under way breaks off once the page is left: what it was before that counts.
addEventListener("pagehide", () => { save(); left = true; });
addEventListener("pageshow", () => { left = false; });
document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });

store.subscribe((_, patch) => {
  if (patch.run && !opened) open(patch.run);
  else if (patch.run && past && patch.run !== before) giveUp();
  if (!timer && KEPT.some((name) => name in patch)) timer = setTimeout(save, PAUSE);
});

// ── Bringing back ────────────────────────────────────────────────────────────────────────────────
/** @type {Run | null} */
let before = null; // the run that the page opened with
const again = server.persistent(() => { if (past) bring(past); }, true);

// The page has its first run. The text that it showed is asked for; earlier versions are when they are wanted.
/** @param {Run} run */
function open(run) {
  opened = true;
  before = run;
  if (!past) return;
  const { settings, versions, current } = past;
  const same = settings.model === run.model && !state.asks;
  store.set({ ...settings, ...(!same && { model: state.settings.model, prompt: state.settings.prompt }), ...store.touched() });
  update({ branches: versions.map(memory.outlined), notices: state.notices.filter((notice) => !current || notice !== words.interrupted) });
  if (!same) giveUp();
  else if (current) bring(past);
  else settle();
}

// The text is an earlier version now: the person went on with another one, or its model is not here.
function giveUp() {
  const record = past?.current;
  past = null;
  again.done();
  if (record) update({ branches: [...state.branches, memory.outlined(record)] });
}

/** @param {Memory} kept */
async function bring(kept) {
  const { current, place } = kept;
  if (!current) return;
  try {
    const run = await ask(current, before);
    if (past !== kept) return;
    again.done();
    past = null;
    if (!run) return void update({ branches: [...state.branches, memory.outlined(current)] });
    arrange(run, place);
    settle();
    if (!offerRest(run) && place.playing && state.cursor < run.steps.length) play.toggle();
  } catch (error) {
    if (past === kept) again.refused(client.sentenceOf(error, words.lost), client.secondsOf(error));
  }
}

// Shows a run at a place.
/** @param {Run} run @param {Memory["place"]} place */
function arrange(run, { cursor, shown, here }) {
  const at = (/** @type {number} */ steps) => Math.min(run.steps.length, Math.max(0, run.prompted + steps));
  update({ run, card: run.card, cursor: at(cursor), shown: at(shown), peek: null, here, problem: "" });
}

// Whether some of a run was not written yet, which is offered then.
/** @param {Run} run */
function offerRest(run) {
  const lacks = run.steps.length - run.prompted < run.expected;
  if (lacks) server.offer(words.kept_writing, () => play.goOn(run), words.write_rest);
  return lacks;
}

// The prompt may have been another one than that of the text.
function settle() {
  past = null;
  if (state.run && state.settings.prompt !== state.run.text) play.read(state.settings.model, state.settings.prompt);
}

// The run of a record; null where the server cannot make it.
/** @param {RunRecord} record @param {Run | null} [near] */
async function ask(record, near = null) {
  const { model, prompt } = record;
  /** @type {Run | null} */
  let run = null;
  const question = { ...memory.question(record), knows: runs.knows(model), had: client.had(near, model, prompt) };
  for await (const frame of client.recall(question)) {
    if (frame.head.problem || frame.head.code) return null;
    if (run) runs.extend(run, frame);
    else run = runs.open(frame, near, prompt);
  }
  if (!run || run.steps.length - run.prompted < record.ids.length) throw new Error("The answer broke off.");
  memory.complete(run, record);
  return run;
}

// Returns to an earlier version.
/** @param {Run} branch */
export async function restore(branch) {
  if (!branch.record) return play.restore(branch);
  try {
    const run = await ask(branch.record, state.run);
    if (!run) return gone(branch.record);
    if (!state.branches.includes(branch)) return;
    update({ branches: state.branches.map((other) => (other === branch ? run : other)) });
    play.restore(run);
  } catch (error) {
    server.offer(client.sentenceOf(error, words.lost), () => restore(branch));
  }
}

// A text whose model is not here can be copied still.
/** @param {RunRecord} record */
function gone({ writing }) {
  play.fail("");
  server.offer(words.version_lost, () => { copy(writing); update({ problem: "" }); }, words.copy);
}

// ── From another page ────────────────────────────────────────────────────────────────────────────
// The beginning of the text that can be brought here; "" where there is none.
export function last() {
  const [newest] = offered ? [offered.memory.current, ...offered.memory.versions.slice().reverse()].filter(Boolean) : [];
  return newest ? characters.bounded(newest.writing.slice(0, 60)) : "";
}

// Brings here what another page left: its text, settings and place, and its versions. The text that is here is a version then.
export async function restoreLast() {
  const kept = offered;
  if (!kept) return;
  const { current, versions, settings, place } = kept.memory;
  try {
    const run = current && await ask(current, state.run);
    if (offered !== kept) return; // it was pressed twice, or forgotten meanwhile
    if (current && !run) return gone(current);
    slots.remove(kept.name);
    offered = slots.newest();
    play.stop();
    if (run) play.restore(run);
    update({ branches: [...versions.map(memory.outlined), ...state.branches].slice(-MOST) });
    if (!run) return save();
    store.set({ ...settings, model: run.model, prompt: run.text, picks: state.settings.picks });
    arrange(run, place);
    play.show();
    offerRest(run);
    save();
  } catch {
    server.offer(words.lost, restoreLast);
  }
}

// Forgets what was written, here and in both storages; the prompt and the settings stay.
export function clear() {
  play.stop();
  giveUp();
  offered = null;
  slots.clear();
  const { run } = state;
  if (!run) return;
  store.set({ picks: "" });
  update({ unlinked: {}, run: runs.cut(run, run.prompted), branches: [], cursor: run.prompted, shown: run.prompted, peek: null, here: false, problem: "" });
  save();
}

// Whether there is anything to forget.
/** @param {Pick<State, "run" | "branches" | "busy" | "playing">} now */
export const holds = ({ run, branches, busy, playing }) =>
  Boolean(run && !busy && !playing && (offered || branches.length || run.steps.length > run.prompted));
