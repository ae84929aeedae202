// The page's state in one place: the settings, the run, and the moment being shown. Components subscribe and draw;
// controls and the player change it.

import * as biases from "./bias.js";
import { table } from "./pagedata.js";
import { current, sentence, fromServer, words } from "./i18n.js";
import * as runs from "./runs.js";
import * as sampling from "./sampling.js";

/** @type {any} */
const defaults = Object.fromEntries(Object.entries(table).map(([name, { default: value }]) => [name, value]));
/** @type {State} */
export const state = {
  settings: defaults,
  run: null,
  cursor: 0, // steps before the cursor
  shown: 0, // steps revealed so far
  peek: null, // the step being pointed at, if any
  hold: null, // the step that the bars show while the slider rewrites the text after it
  draft: null, // the rewritten text, still without logits; `run` is the text before
  behind: false, // whether the displayed text lags behind the settings
  here: false, // whether the user placed the cursor, so that generation continues from it
  branches: [], // earlier versions
  notices: [],
  problem: "",
  retry: null, // { problem, act }: how to retry what failed
  invalid: {}, // settings whose control has an invalid value, with the message for each
  refused: {}, // messages about invalid values that their box has since discarded
  busy: false, // whether generation is under way
  playing: false,
  pace: 30, // characters a second
  card: null,
  opened: false, // whether the server has answered the opening request
  stops: ["none"], // the ways in which a run of this model can stop early
  tab: "play", // the open tab
  linked: {}, // each tab's URL parameters, by tab name: { score: { text: "…" } }
  unlinked: {}, // texts of other tabs that are too long for the URL: { score: "…" }
  language: current(), // the page's language
  spoken: "", // the language chosen in the URL or by hand; "" for the browser's own
  another: null, // { task, name }: the model last opened for a section of the Shapes tab
  asks: "", // the model in the URL while the Hub is being asked about it
};
/** @type {Set<Listener>} */
const listeners = new Set();

/** @param {Partial<State>} patch */
export function update(patch) {
  Object.assign(state, patch);
  for (const listener of listeners) listener(state, patch);
}

/** @type {Record<string, unknown>} */
const changedEarly = {}; // settings changed by hand before the server answered

/** @param {unknown} value */
const asNumber = (value) => (value === null || value === "" ? NaN : Number(String(value).replace("inf", "Infinity")));

/** @param {SettingName} name @param {any} value */
function isValid(name, value) {
  const { low, high, whole, words } = table[name];
  if (words) return words.includes(value);
  if (low === undefined) return typeof value === "string";
  return value >= low && value <= asNumber(high) && (!whole || Number.isInteger(value));
}

/** @param {object} settings */
const keysOf = (settings) => /** @type {SettingName[]} */ (Object.keys(settings));

// Changes settings. A value out of range leaves the old one in force and shows a message: at once, or if the box was
// only emptied, when the setting is needed.
/** @param {Partial<Record<SettingName, any>>} patch */
export function set(patch) {
  /** @type {Record<SettingName, any>} */
  const settings = { ...state.settings };
  const invalid = { ...state.invalid };
  let problem = state.problem;
  for (const [name, raw] of /** @type {[SettingName, any][]} */ (Object.entries(patch))) {
    if (!Object.hasOwn(table, name)) continue; // stored by another version of the page
    const value = "low" in table[name] ? asNumber(raw) : raw;
    if (problem === invalid[name] || problem === state.refused[name]) problem = "";
    delete invalid[name];
    if (isValid(name, value)) {
      settings[name] = value;
      if (!state.opened) changedEarly[name] = value;
    } else {
      invalid[name] = outOfRange(name, raw);
      if (raw !== null && raw !== "") problem = invalid[name];
    }
  }
  const changed = keysOf(settings).some((name) => !Object.is(settings[name], state.settings[name]));
  if (changed || problem !== state.problem) update({ ...(changed && { settings }), invalid, problem });
  else state.invalid = invalid;
}

/** @param {SettingName} name @param {string} raw */
export function refuse(name, raw) {
  const problem = outOfRange(name, raw);
  update({ problem, refused: { ...state.refused, [name]: problem } });
}

/** @param {SettingName} name @param {unknown} raw */
const outOfRange = (name, raw) => {
  const range = fromServer({ text: table[name].range });
  return sentence("out_of_range", { name: words[`name_${name}`], range, value: raw ?? "" });
};

// Applies the settings that the server read from the URL, except those changed by hand meanwhile.
/** @param {Partial<Record<SettingName, any>>} settings */
export function open(settings) {
  set({ ...settings, ...changedEarly });
}

/** @param {number} temperature */
export function setTemperature(temperature) {
  if (!(temperature >= 0)) throw new RangeError(`temperature must be a number from 0 to Infinity, but was ${temperature}.`);
  set({ temperature });
}

// Settings in the form that the server reads.
/** @param {Settings} settings */
export const plain = (settings) => Object.fromEntries(Object.entries(settings).map(([k, v]) => [k, v === Infinity ? "inf" : v]));
export const requestSettings = () => plain(state.settings);

// How many steps to reveal of a text that replaces another of which `shown` were revealed.
/** @param {Run} run @param {Run} before @param {number} shown */
export const shownOf = (run, before, shown) => (shown < before.steps.length ? Math.min(shown, run.steps.length) : run.steps.length);

// The displayed text and the position in it: the draft, if the slider is rewriting.
export function visibleRun() {
  const { run, draft, shown, cursor, hold } = state;
  if (!draft || !run) return { run, shown, cursor, at: hold ?? cursor };
  const shownSteps = shownOf(draft, run, shown);
  return { run: draft, shown: shownSteps, cursor: shownSteps, at: hold ?? shownSteps };
}

// The moment being shown: the step pointed at, else the cursor. u is what was drawn there or, at the cursor of a
// resting run, what generation would draw next.
/** @returns {Moment | null} */
export function moment() {
  const { run, peek, hold, cursor, shown, playing, settings } = state;
  if (!run) return null;
  const at = Math.min(peek ?? hold ?? cursor, run.steps.length);
  const logits = runs.logitsAt(run, at);
  const step = run.steps[at] || null;
  const number = at - run.prompted;
  const isHeld = peek === null && hold !== null;
  const isDrawn = step && (peek !== null || isHeld || playing);
  const u = isDrawn ? step.u : sampling.dice(settings.seed, Math.max(0, number));
  // Only revealed steps have a known outcome; the rest is yet to be drawn, as is all of it while the text is being
  // rewritten.
  return { at, number, logits, u, came: at < shown && !isHeld ? step : null, symbols: run.symbols, run };
}

// Which symbol the u of this moment gives at each temperature; cached. A thousand tokens can have hundreds of flips,
// so half a thousandth of the slider (under a pixel) is precise enough there.
/** @type {{ key: string, logits: Logits | null, flips: Flip[] }} */
let flipCache = { key: "", logits: null, flips: [] };
/** @param {{ logits: Float32Array | FoldedRow, u: number }} moment */
export function flips({ logits, u }) {
  const { topK, topP, minP, bias } = truncation();
  const key = `${u} ${topK} ${topP} ${minP} ${state.settings.bias}`;
  if (flipCache.logits !== logits || flipCache.key !== key) {
    flipCache = { key, logits, flips: sampling.flips(logits, u, { topK, topP, minP, bias }, sampling.isFolded(logits) ? 5e-4 : 1e-5) };
  }
  return flipCache.flips;
}

/** @returns {Sampling} */
export const truncation = () => {
  const { temperature, top_k: topK, top_p: topP, min_p: minP } = state.settings;
  return { temperature, topK, topP, minP, bias: bias() };
};

// The settings' bias by id; cached.
/** @type {{ text: string, symbols: string[], bias: Bias }} */
let biasCache = { text: "", symbols: [], bias: [] };
function bias() {
  const { run, settings: { bias: text } } = state;
  if (!run) return [];
  if (biasCache.text !== text || biasCache.symbols !== run.symbols) {
    biasCache = { text, symbols: run.symbols, bias: biases.resolve(text, run.symbols) };
  }
  return biasCache.bias;
}

export const earlySettings = () => changedEarly;

/** @param {Listener} listener */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
