// Opening the page. What is clicked and typed before the server has read the address is kept until it has. Where that
// fails, the page says so and asks again; what was kept also outlives a page that is loaded anew meanwhile.

import * as client from "../core/client.js";
import { words } from "../core/i18n.js";
import * as server from "../core/server.js";
import * as store from "../core/store.js";

const { state } = store;
const PLACE = "playground.left"; // in the storage of the tab
/** @type {{ act?: string | null, prompt?: string, model?: string }} */
let early = {}; // { act, prompt, model }; an act is "generate" or "step"
/** @type {Record<string, () => void>} */
let acts = {};
/** @type {Promise<Frame> | null} */
let first = null; // the answer that early.js asked for
/** @type {(frame: Frame) => void} */
let receive = () => {};

export const promptBox = () => /** @type {HTMLTextAreaElement} */ (document.querySelector("#prompt textarea, #prompt input"));
const opens = server.persistent(() => { if (!state.opened) ask(); });

async function ask() {
  watch();
  const answer = first;
  first = null;
  try {
    const frame = await (answer ?? client.open());
    if (frame.head.code) failed();
    else receive(frame);
  } catch (error) {
    failed(client.sentenceOf(error, words.refused_opening, words.lost_opening), client.secondsOf(error));
  }
}

function watch() {
  server.watch(() => !state.opened, () => opens.refused(words.lost_opening));
}

// The server raised an error, or something on the way to it refused the request.
function failed(problem = words.refused_opening, seconds = 0) {
  if (!state.opened) opens.refused(problem, seconds);
}

/** @param {{ act?: string | null, prompt?: string, model?: string }} patch */
export function keep(patch) {
  if (!state.opened) Object.assign(early, patch);
}

// The page is open: what is to be done now.
export function take() {
  opens.done();
  const { act, ...kept } = early;
  early = {};
  return { ...kept, act: acts[act ?? ""] };
}

// What was done before the modules were there (early.js).
/** @param {typeof early} done @param {Promise<Response>} answer */
function takeOver(done, answer) {
  keep(done);
  first = client.open(answer);
  first.catch(() => {}); // whoever asks hears of it
}
document.dispatchEvent(new CustomEvent("playground-take", { detail: takeOver }));

// What the address describes, for who shows some of it before the page is open.
export const coming = () => first;

// Of the box's own changes, which the opening makes too, this hears nothing.
document.addEventListener("input", ({ target }) => {
  if (target === promptBox()) keep({ prompt: promptBox().value });
});
document.addEventListener("playground-model", (event) => keep({ model: /** @type {CustomEvent} */ (event).detail }));

// Who takes a model that was chosen while the page opened.
/** @type {(model: string) => void} */
export let choose = () => {};
/** @param {(model: string) => void} act */
export function onChoice(act) {
  choose = act;
}

// ── Over a reload ────────────────────────────────────────────────────────────────────────────────
// Gradio loads the page anew where it lost the connection, and people do where nothing seems to happen.
window.addEventListener("pagehide", () => {
  const left = state.opened ? { writing: state.busy } : { early, settings: store.touched() };
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(left, (_, value) => (value === Infinity ? "inf" : value)));
  } catch { /* storage may be forbidden */ }
});

/** @returns {{ early?: object, settings?: object, writing?: boolean }} */
function recall() {
  let left = null;
  try {
    left = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
    sessionStorage.removeItem(PLACE);
  } catch { /* the same */ }
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  return left && navigation?.type === "reload" ? left : {};
}

let interrupted = false; // whether the page was loaded anew while it wrote
/** @param {Record<string, () => void>} byName @param {(frame: Frame) => void} received */
export function connect(byName, received) {
  document.dispatchEvent(new Event("playground-built"));
  acts = byName;
  receive = received;
  const left = recall();
  interrupted = Boolean(left.writing);
  store.set(left.settings || {});
  keep({ ...left.early, ...early });
  if (early.act) store.update({ busy: true });
  ask();
}

export const remarks = () => (interrupted ? [words.interrupted] : []);
