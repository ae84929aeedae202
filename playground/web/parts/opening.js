// Opens the page. Clicks and typing are recorded until the server has read the URL. If that fails, the page says so
// and retries; what was recorded survives a reload.

import * as client from "../core/client.js";
import { words } from "../core/i18n.js";
import * as server from "../core/server.js";
import * as store from "../core/store.js";
import * as hidden from "./hidden.js";

const { state } = store;
const STORAGE_KEY = "playground.left"; // in the storage of the tab
/** @type {{ act?: string | null, prompt?: string, model?: string }} */
let early = {}; // { act, prompt, model }; an act is "generate" or "step"
/** @type {Record<string, () => void>} */
let acts = {};
/** @type {Promise<Frame> | null} */
let firstRequest = null; // the request that early.js sent
/** @type {(frame: Frame) => void} */
let receive = () => {};

export const promptBox = () => /** @type {HTMLTextAreaElement} */ (document.querySelector("#prompt textarea, #prompt input"));
const opener = server.persistent(() => { if (!state.opened) ask(); });

async function ask() {
  watch();
  const answer = firstRequest;
  firstRequest = null;
  try {
    const frame = await (answer ?? client.open(location.search));
    if (frame.head.code) reportFailure();
    else receive(frame);
  } catch (error) {
    reportFailure(client.sentenceOf(error, words.refused_opening, words.lost_opening), client.secondsOf(error));
  }
}

function watch() {
  server.watch(() => !state.opened, () => opener.refused(words.lost_opening));
}

// The request failed or was refused.
function reportFailure(problem = words.refused_opening, seconds = 0) {
  if (!state.opened) opener.refused(problem, seconds);
}

/** @param {{ act?: string | null, prompt?: string, model?: string }} patch */
export function keep(patch) {
  if (!state.opened) Object.assign(early, patch);
}

// Returns the recorded actions once the page is open.
export function take() {
  opener.done();
  const { act, ...actions } = early;
  early = {};
  return { ...actions, act: acts[act ?? ""] };
}

// Takes over what early.js recorded.
/** @param {typeof early} recorded @param {Promise<Response>} answer */
function takeOver(recorded, answer) {
  keep(recorded);
  firstRequest = client.open(location.search, answer);
  firstRequest.catch(() => {}); // `ask` reports the error
}
document.dispatchEvent(new CustomEvent("playground-take", { detail: takeOver }));

// The first frame, for parts that show some of it before the page is open.
export const firstFrame = () => firstRequest;

// Only typing fires this, not the opening filling in the box.
document.addEventListener("input", ({ target }) => {
  if (target === promptBox()) keep({ prompt: promptBox().value });
});
document.addEventListener("playground-model", (event) => keep({ model: /** @type {CustomEvent} */ (event).detail }));

// Called with a model chosen while the page was opening.
/** @type {(model: string) => void} */
export let choose = () => {};
/** @param {(model: string) => void} act */
export function onChoice(act) {
  choose = act;
}

// ── Over a reload ────────────────────────────────────────────────────────────────────────────────
// Gradio reloads the page when it loses the connection, and people do when nothing happens.
window.addEventListener("pagehide", () => {
  const saved = state.opened ? { writing: state.busy } : { early, settings: store.earlySettings() };
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(saved, (_, value) => (value === Infinity ? "inf" : value)));
  } catch { /* storage may be forbidden */ }
});

/** @returns {{ early?: object, settings?: object, writing?: boolean }} */
function recall() {
  let saved = null;
  try {
    saved = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "null");
    sessionStorage.removeItem(STORAGE_KEY);
  } catch { /* the same */ }
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  return saved && navigation?.type === "reload" ? saved : {};
}

let wasInterrupted = false; // whether the page was reloaded while generating
/** @param {Record<string, () => void>} actsByName @param {(frame: Frame) => void} onFrame */
export function connect(actsByName, onFrame) {
  document.dispatchEvent(new Event("playground-built"));
  acts = actsByName;
  receive = onFrame;
  const saved = recall();
  wasInterrupted = Boolean(saved.writing);
  store.set(saved.settings || {});
  keep({ ...saved.early, ...early });
  if (!Object.hasOwn(acts, early.act ?? "")) early.act = null;
  if (early.act) store.update({ busy: true });
  ask();
}

export const remarks = () => [...hidden.remarks(), ...(wasInterrupted ? [words.interrupted] : [])];
