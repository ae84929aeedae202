// What a tab keeps of its texts over a reload, as plain data. Logits are not kept: the ids are, and the server gives the rows of those
// again. Nor is u, which the seed and the number of the step give. Pure: who stores it is parts/memory.js.
//
//   memory = { format, at, settings, current, place, versions, texts }     the newest version last
//   record = { model, prompt, ids, hands, under, settings, expected, stopped, writing }
//
// `texts` are those of other tabs that are too long for the address, by the tab's name. `hands` are the steps that a person chose, `under` says from which step on which settings held: [[0, {…}], …].

import * as biases from "./bias.js";
import * as runs from "./runs.js";
import * as sampling from "./sampling.js";
import { plain } from "./store.js";

const FORMAT = 1;
const MOST = 12; // earlier versions
const LARGEST = 500_000; // characters of all together
const NUMBERS = ["temperature", "top_k", "top_p", "min_p", "seed", "length"];
const TEXTS = ["model", "prompt", "stop", "bias", "picks"];

// ── Keeping ──────────────────────────────────────────────────────────────────────────────────────
/** @param {Run} run @returns {RunRecord} */
export function recordOf(run) {
  if (run.record) return run.record;
  const steps = run.steps.slice(run.prompted);
  /** @type {RunRecord["under"]} */
  const under = [];
  /** @type {Settings | null} */
  let last = null;
  steps.forEach(({ settings }, i) => {
    if (settings && settings !== last) under.push([i, plain(settings)]);
    last = settings;
  });
  return {
    model: run.model, prompt: run.text, ids: steps.map(({ id }) => id), hands: steps.flatMap(({ hand }, i) => (hand ? [i] : [])),
    under, settings: plain(run.settings), expected: run.expected, stopped: run.stopped, writing: runs.writingOf(run),
  };
}

// What is kept of a page at an address.
/** @param {State} state @param {string} at @returns {Memory} */
export function snapshot({ settings, run, branches, cursor, shown, here, busy, playing, unlinked }, at) {
  const prompted = run?.prompted ?? 0;
  const current = run && run.steps.length > prompted ? recordOf(run) : null;
  return {
    format: FORMAT, at, settings: plain(settings), current, versions: branches.map(recordOf), texts: unlinked,
    place: { cursor: cursor - prompted, shown: shown - prompted, here, busy, playing },
  };
}

// As it is stored: where all together is too long, the oldest versions are left out.
/** @param {Memory} memory */
export function write(memory) {
  const versions = memory.versions.slice(-MOST).map((record) => JSON.stringify(record));
  const rest = JSON.stringify({ ...memory, versions: [] });
  let size = rest.length;
  let from = versions.length;
  while (from > 0 && size + versions[from - 1].length < LARGEST) size += versions[--from].length;
  return rest.replace(/"versions":\[\]/, () => `"versions":[${versions.slice(from).join(",")}]`);
}

// ── Reading ──────────────────────────────────────────────────────────────────────────────────────
// What was stored; null where it is none of ours. Anything can stand in a browser's storage.
/** @param {string | null} text @returns {Memory | null} */
export function read(text) {
  let found;
  try { found = JSON.parse(text ?? "null"); } catch { return null; }
  if (!isObject(found) || found.format !== FORMAT || typeof found.at !== "string" || !Array.isArray(found.versions)) return null;
  const settings = settingsFrom(found.settings);
  if (!settings || !isObject(found.place)) return null;
  const { cursor, shown, here, busy, playing } = found.place;
  if (![cursor, shown].every(Number.isInteger)) return null;
  return {
    format: FORMAT, at: found.at, settings, current: isRecord(found.current) ? found.current : null,
    place: { cursor, shown, here: Boolean(here), busy: Boolean(busy), playing: Boolean(playing) },
    versions: found.versions.filter(isRecord).slice(-MOST), texts: textsFrom(found.texts),
  };
}

/** @param {any} value */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** @param {any} value */
const isCount = (value) => Number.isInteger(value) && value >= 0;

/** @param {any} stored @returns {Record<string, string>} */
const textsFrom = (stored) => (isObject(stored) ? Object.fromEntries(Object.entries(stored).filter(([, text]) => typeof text === "string")) : {});

/** @param {any} record @returns {record is RunRecord} */
function isRecord(record) {
  if (!isObject(record)) return false;
  const { model, prompt, writing, ids, hands, under, settings, expected, stopped } = record;
  return [model, prompt, writing].every((text) => typeof text === "string") && Boolean(settingsFrom(settings))
    && Array.isArray(ids) && ids.length > 0 && ids.every(isCount) && Array.isArray(hands) && hands.every(isCount)
    && Array.isArray(under) && under.length > 0 && under.every((entry) => Array.isArray(entry) && isCount(entry[0]) && settingsFrom(entry[1]))
    && isCount(expected) && (stopped === null || typeof stopped === "string");
}

// Settings with numbers as numbers; null where one is missing.
/** @param {any} stored @returns {Settings | null} */
function settingsFrom(stored) {
  if (!isObject(stored)) return null;
  const numbers = NUMBERS.map((name) => [name, stored[name] === "inf" ? Infinity : stored[name]]);
  const whole = numbers.every(([, value]) => typeof value === "number" && value >= 0) && TEXTS.every((name) => typeof stored[name] === "string");
  return whole ? { ...Object.fromEntries(TEXTS.map((name) => [name, stored[name]])), ...Object.fromEntries(numbers) } : null;
}

// ── Bringing back ────────────────────────────────────────────────────────────────────────────────
// The steps of a record that has the numbers of its dice again.
/** @param {RunRecord} record @param {string[]} symbols @returns {Pick<Step, "id" | "u" | "hand" | "settings" | "bias">[]} */
function stepsOf({ model, prompt, ids, hands, under }, symbols) {
  const parts = under.map(([from, stored]) => {
    const settings = { .../** @type {Settings} */ (settingsFrom(stored)), model, prompt };
    return { from, settings, bias: biases.resolve(settings.bias, symbols) };
  });
  const chosen = new Set(hands);
  let part = 0;
  return ids.map((id, i) => {
    while (part + 1 < parts.length && parts[part + 1].from <= i) part++;
    const { settings, bias } = parts[part];
    const hand = chosen.has(i);
    return { id, hand, u: hand ? null : sampling.dice(settings.seed, i), settings, bias };
  });
}

// A version as it stands among the others until it is asked for: it has its text, and no rows.
/** @param {RunRecord} record @returns {Run} */
export function outlined(record) {
  const none = new Float32Array(0);
  return {
    id: "", model: record.model, card: {}, stops: [], unit: "", normalizer: "", start: null, folded: false, symbols: [], special: new Set(),
    dropsFirstSpace: false, byCharacters: false, text: record.prompt, skipped: 0, promptCells: [], prompted: 0, tip: none,
    steps: stepsOf(record, []).map((step) => ({ ...step, logits: none, own: null })),
    settings: { .../** @type {Settings} */ (settingsFrom(record.settings)), model: record.model, prompt: record.prompt },
    bias: [], expected: record.expected, stopped: record.stopped, record,
  };
}

// The question that gives the rows of a record again.
/** @param {RunRecord} record */
export const question = ({ model, prompt, ids, settings }) => ({
  settings: { ...settings, model, prompt, stop: "none", picks: "", length: Math.max(1, ids.length) }, written: [], pick: null, again: ids,
});

// Gives a run that came as the answer all that the record knows of it.
/** @param {Run} run @param {RunRecord} record */
export function complete(run, record) {
  stepsOf(record, run.symbols).forEach((step, i) => Object.assign(run.steps[run.prompted + i], step));
  const settings = { .../** @type {Settings} */ (settingsFrom(record.settings)), model: record.model, prompt: record.prompt };
  Object.assign(run, { settings, bias: biases.resolve(settings.bias, run.symbols), expected: record.expected, stopped: record.stopped });
}
