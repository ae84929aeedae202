// What the page knows, in one place: the settings, the run, and the moment that is looked at.
// Components subscribe and draw; controls and the player change it.

import * as biases from "./bias.js";
import { table } from "./given.js";
import { current, sentence, told, words } from "./i18n.js";
import * as runs from "./runs.js";
import * as sampling from "./sampling.js";

/** @type {any} */
const defaults = Object.fromEntries(Object.entries(table).map(([name, { default: value }]) => [name, value]));
/** @type {State} */
export const state = {
  settings: defaults,
  run: null,
  cursor: 0, // how many steps stand before the place in the text
  shown: 0, // how many steps have been revealed
  peek: null, // the step that is pointed at, if any
  hold: null, // the step that the bars stay at while the slider bends the text after it
  draft: null, // that text, which has no rows yet; the run is what stood there before
  behind: false, // whether the text on the screen is of other settings than those of now, and the next one is on its way
  here: false, // whether the cursor was put there by hand, so that writing goes on from it
  branches: [], // runs that were left
  notices: [],
  problem: "",
  retry: null, // { problem, act }: what would do the thing again that this problem is about
  invalid: {}, // settings whose control holds something else: what to say of each
  refused: {}, // what was said of a typed value that its box has given up already
  busy: false, // whether writing was asked for and is not all here yet
  playing: false,
  pace: 30, // characters a second
  card: null,
  opened: false, // whether the server has read the address
  stops: ["none"], // where a run of the page's model can end before its length
  tab: "play", // the one that is looked at
  linked: {}, // what each other tab says in the address, by the tab's name: { score: { text: "…" } }
  unlinked: {}, // texts of other tabs that are too long for the address, by the tab's name: { score: "…" }
  language: current(), // that the page is on
  spoken: "", // the language that was chosen, by the address or by hand; "" where the browser's own is good
  another: null, // { task, name }: the model that was opened last for a section of the Shapes tab, as it continues no text
  asks: "", // the model that the address names, while the page asks the Hub about it
};
/** @type {Set<Listener>} */
const listeners = new Set();

/** @param {Partial<State>} patch */
export function update(patch) {
  Object.assign(state, patch);
  for (const listener of listeners) listener(state, patch);
}

/** @type {Record<string, unknown>} */
const early = {}; // what was set by hand before the page was open

/** @param {unknown} value */
const asNumber = (value) => (value === null || value === "" ? NaN : Number(String(value).replace("inf", "Infinity")));

/** @param {SettingName} name @param {any} value */
function valid(name, value) {
  const { low, high, whole, words } = table[name];
  if (words) return words.includes(value);
  if (low === undefined) return typeof value === "string";
  return value >= low && value <= asNumber(high) && (!whole || Number.isInteger(value));
}

/** @param {object} settings */
const keysOf = (settings) => /** @type {SettingName[]} */ (Object.keys(settings));

// Changes settings. One that is out of its range leaves the old value in force, and a sentence says so: at once,
// or where the box was only emptied, when the setting is needed.
/** @param {Partial<Record<SettingName, any>>} patch */
export function set(patch) {
  /** @type {Record<SettingName, any>} */
  const settings = { ...state.settings };
  const invalid = { ...state.invalid };
  let problem = state.problem;
  for (const [name, raw] of /** @type {[SettingName, any][]} */ (Object.entries(patch))) {
    const value = "low" in table[name] ? asNumber(raw) : raw;
    if (problem === invalid[name] || problem === state.refused[name]) problem = "";
    delete invalid[name];
    if (valid(name, value)) {
      settings[name] = value;
      if (!state.opened) early[name] = value;
    } else {
      invalid[name] = refusal(name, raw);
      if (raw !== null && raw !== "") problem = invalid[name];
    }
  }
  const changed = keysOf(settings).some((name) => !Object.is(settings[name], state.settings[name]));
  if (changed || problem !== state.problem) update({ ...(changed && { settings }), invalid, problem });
  else state.invalid = invalid;
}

/** @param {SettingName} name @param {string} raw */
export function refuse(name, raw) {
  const problem = refusal(name, raw);
  update({ problem, refused: { ...state.refused, [name]: problem } });
}

/** @param {SettingName} name @param {unknown} raw */
const refusal = (name, raw) => {
  const range = told({ text: table[name].range });
  return sentence("out_of_range", { name: words[`name_${name}`], range, value: raw ?? "" });
};

// The settings that the server read from the address; what was set by hand meanwhile is newer.
/** @param {Partial<Record<SettingName, any>>} settings */
export function open(settings) {
  set({ ...settings, ...early });
}

/** @param {number} temperature */
export function setTemperature(temperature) {
  if (!(temperature >= 0)) throw new RangeError(`temperature must be a number from 0 to Infinity, but was ${temperature}.`);
  set({ temperature });
}

// Settings as the server reads them.
/** @param {Settings} settings */
export const plain = (settings) => Object.fromEntries(Object.entries(settings).map(([k, v]) => [k, v === Infinity ? "inf" : v]));
export const asked = () => plain(state.settings);

// How many steps of a text are shown that stands for another one, of which so many were.
/** @param {Run} run @param {Run} before @param {number} shown */
export const shownOf = (run, before, shown) => (shown < before.steps.length ? Math.min(shown, run.steps.length) : run.steps.length);

// The text that is seen, and the place in it: what the slider bends, where there is one.
export function seen() {
  const { run, draft, shown, cursor, hold } = state;
  if (!draft || !run) return { run, shown, cursor, at: hold ?? cursor };
  const all = shownOf(draft, run, shown);
  return { run: draft, shown: all, cursor: all, at: hold ?? all };
}

// The moment that is shown: what is pointed at, else the cursor. Its u is the one that was thrown there, or at
// the cursor of a run that rests, the one that writing on would throw.
/** @returns {Moment | null} */
export function moment() {
  const { run, peek, hold, cursor, shown, playing, settings } = state;
  if (!run) return null;
  const at = Math.min(peek ?? hold ?? cursor, run.steps.length);
  const logits = runs.logitsAt(run, at);
  const step = run.steps[at] || null;
  const number = at - run.prompted;
  const held = peek === null && hold !== null;
  const thrown = step && (peek !== null || held || playing);
  const u = thrown ? step.u : sampling.dice(settings.seed, Math.max(0, number));
  // What came is told only of what was revealed: the rest is still to be thrown, and while the text bends, all is.
  return { at, number, logits, u, came: at < shown && !held ? step : null, symbols: run.symbols, run };
}

// Which character the u of this moment gives at each temperature; kept until the moment or the truncation changes.
// A thousand tokens can make hundreds of flips: half a thousandth of the rail, under a pixel, is fine enough there.
/** @type {{ key: string, logits: Logits | null, flips: Flip[] }} */
let flipped = { key: "", logits: null, flips: [] };
/** @param {{ logits: Float32Array | FoldedRow, u: number }} moment */
export function flips({ logits, u }) {
  const { topK, topP, minP, bias } = truncation();
  const key = `${u} ${topK} ${topP} ${minP} ${state.settings.bias}`;
  if (flipped.logits !== logits || flipped.key !== key) {
    flipped = { key, logits, flips: sampling.flips(logits, u, { topK, topP, minP, bias }, sampling.isFolded(logits) ? 5e-4 : 1e-5) };
  }
  return flipped.flips;
}

/** @returns {Sampling} */
export const truncation = () => {
  const { temperature, top_k: topK, top_p: topP, min_p: minP } = state.settings;
  return { temperature, topK, topP, minP, bias: bias() };
};

// The bias of the settings, by the ids of the run's vocabulary; kept until one of them changes.
/** @type {{ text: string, symbols: string[], bias: Bias }} */
let resolved = { text: "", symbols: [], bias: [] };
function bias() {
  const { run, settings: { bias: text } } = state;
  if (!run) return [];
  if (resolved.text !== text || resolved.symbols !== run.symbols) {
    resolved = { text, symbols: run.symbols, bias: biases.resolve(text, run.symbols) };
  }
  return resolved.bias;
}

export const touched = () => early;

/** @param {Listener} listener */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
