// Over a reload: what the tab showed is stored a moment after it changed, and is brought back where the same page is loaded again.
// It lies in the storage of the tab, so that tabs do not overwrite each other's. A storage that fails changes nothing.

import * as client from "../core/client.js";
import { words } from "../core/i18n.js";
import * as memory from "../core/memory.js";
import * as runs from "../core/runs.js";
import * as server from "../core/server.js";
import * as store from "../core/store.js";
import { play } from "./player.js";

const { state, update } = store;
const KEY = "playground.memory";
const PAUSE = 500; // milliseconds
/** @type {(keyof State)[]} */
const KEPT = ["settings", "run", "cursor", "shown", "here", "branches", "busy", "playing"];

// ── Storing ──────────────────────────────────────────────────────────────────────────────────────
let past = recall(); // what the page showed before it was loaded again, until it is shown again
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
  const now = past ? { ...past, at: location.href } : memory.snapshot(state, location.href);
  try { sessionStorage.setItem(KEY, memory.write(now)); } catch { /* it may be full, or forbidden */ }
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
    const at = (/** @type {number} */ steps) => Math.min(run.steps.length, Math.max(0, run.prompted + steps));
    update({ run, card: run.card, cursor: at(place.cursor), shown: at(place.shown), peek: null, here: place.here, problem: "" });
    settle();
    if (current.ids.length < current.expected) server.offer(words.kept_writing, () => play.goOn(run), words.write_rest);
    else if (place.playing && state.cursor < run.steps.length) play.toggle();
  } catch {
    if (past === kept) again.refused(words.lost);
  }
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
    if (!run) return play.fail(words.version_lost);
    if (!state.branches.includes(branch)) return;
    update({ branches: state.branches.map((other) => (other === branch ? run : other)) });
    play.restore(run);
  } catch {
    server.offer(words.lost, () => restore(branch));
  }
}

// Forgets what was written, here and in the storage; the prompt and the settings stay.
export function clear() {
  play.stop();
  giveUp();
  const { run } = state;
  if (!run) return;
  store.set({ picks: "" });
  update({ run: runs.cut(run, run.prompted), branches: [], cursor: run.prompted, shown: run.prompted, peek: null, here: false, problem: "" });
  save();
}

// Whether there is anything to forget.
/** @param {Pick<State, "run" | "branches" | "busy" | "playing">} now */
export const holds = ({ run, branches, busy, playing }) =>
  Boolean(run && !busy && !playing && (branches.length || run.steps.length > run.prompted));
