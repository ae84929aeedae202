// What is stored of a page so that a reload loses nothing, as plain data. Logits are not stored: the server
// recomputes them from the ids. Nor is u, which follows from the seed and the step. Pure: parts/memory.js does the
// storing.
//
//   memory = { format, at, settings, current, place, versions, texts }     the newest version last
//   record = { model, prompt, ids, hands, under, settings, expected, most, stopped, writing }
//
// `texts` are those of other tabs that are too long for the URL, by the tab's name. `hands` are the steps that a person
// chose; `under` has the settings that held from each step on: [[0, {…}], …].

import * as biases from "./bias.js";
import * as runs from "./runs.js";
import * as sampling from "./sampling.js";
import { plain } from "./store.js";

const FORMAT = 1;
const MAX_VERSIONS = 12; // earlier versions
const MAX_SIZE = 500_000; // characters in total
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
    under, settings: plain(run.settings), expected: run.expected, most: run.most, stopped: run.stopped, writing: runs.writingOf(run),
  };
}

// A snapshot of a page at a URL.
/** @param {State} state @param {string} at @returns {Memory} */
export function snapshot({ settings, run, branches, cursor, shown, here, busy, playing, unlinked }, at) {
  const prompted = run?.prompted ?? 0;
  const current = run && run.steps.length > prompted ? recordOf(run) : null;
  return {
    format: FORMAT, at, settings: plain(settings), current, versions: branches.map(recordOf), texts: unlinked,
    place: { cursor: cursor - prompted, shown: shown - prompted, here, busy, playing },
  };
}

// Serializes a memory, leaving out the oldest versions if it is too long.
/** @param {Memory} memory */
export function write(memory) {
  const versions = memory.versions.slice(-MAX_VERSIONS).map((record) => JSON.stringify(record));
  const envelope = JSON.stringify({ ...memory, versions: [] });
  let size = envelope.length;
  let from = versions.length;
  while (from > 0 && size + versions[from - 1].length < MAX_SIZE) size += versions[--from].length;
  return envelope.replace(/"versions":\[\]/, () => `"versions":[${versions.slice(from).join(",")}]`);
}

// ── Reading ──────────────────────────────────────────────────────────────────────────────────────
// Parses what was stored; null if it is not ours. Storage can hold anything.
/** @param {string | null} text @returns {Memory | null} */
export function read(text) {
  let memory;
  try { memory = JSON.parse(text ?? "null"); } catch { return null; }
  if (!isObject(memory) || memory.format !== FORMAT || typeof memory.at !== "string" || !Array.isArray(memory.versions)) return null;
  const settings = settingsFrom(memory.settings);
  if (!settings || !isObject(memory.place)) return null;
  const { cursor, shown, here, busy, playing } = memory.place;
  if (![cursor, shown].every(Number.isInteger)) return null;
  return {
    format: FORMAT, at: memory.at, settings, current: isRecord(memory.current) ? memory.current : null,
    place: { cursor, shown, here: Boolean(here), busy: Boolean(busy), playing: Boolean(playing) },
    versions: memory.versions.filter(isRecord).slice(-MAX_VERSIONS), texts: textsFrom(memory.texts),
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
  const { model, prompt, writing, ids, hands, under, settings, expected, most, stopped } = record;
  return [model, prompt, writing].every((text) => typeof text === "string") && Boolean(settingsFrom(settings))
    && Array.isArray(ids) && ids.length > 0 && ids.every(isCount) && Array.isArray(hands) && hands.every(isCount)
    && Array.isArray(under) && under.length > 0 && under.every((entry) => Array.isArray(entry) && isCount(entry[0]) && settingsFrom(entry[1]))
    && isCount(expected) && (most === undefined || isCount(most)) && (stopped === null || typeof stopped === "string");
}

// Settings with their numbers parsed; null if any is missing or invalid.
/** @param {any} stored @returns {Settings | null} */
function settingsFrom(stored) {
  if (!isObject(stored)) return null;
  const numbers = NUMBERS.map((name) => [name, stored[name] === "inf" ? Infinity : stored[name]]);
  const isComplete = numbers.every(([, value]) => typeof value === "number" && value >= 0) && TEXTS.every((name) => typeof stored[name] === "string");
  return isComplete ? { ...Object.fromEntries(TEXTS.map((name) => [name, stored[name]])), ...Object.fromEntries(numbers) } : null;
}

// ── Restoring ────────────────────────────────────────────────────────────────────────────────────
// The steps of a record, with u recomputed from the seed.
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

// A version before its logits are requested: it has a text, but no rows.
/** @param {RunRecord} record @returns {Run} */
export function outlineOf(record) {
  const noRow = new Float32Array(0);
  return {
    id: "", model: record.model, card: {}, stops: [], unit: "", counted: "", normalizer: "", start: null, folded: false, symbols: [], special: new Set(),
    dropsFirstSpace: false, byCharacters: false, text: record.prompt, skipped: 0, promptCells: [], prompted: 0, tip: noRow,
    steps: stepsOf(record, []).map((step) => ({ ...step, logits: noRow, own: null })),
    settings: { .../** @type {Settings} */ (settingsFrom(record.settings)), model: record.model, prompt: record.prompt },
    bias: [], expected: record.expected, most: mostOf(record), stopped: record.stopped, record,
  };
}

/** @param {RunRecord} record */
const mostOf = ({ most, ids, expected, settings }) => most ?? Math.max(ids.length, expected, settingsFrom(settings)?.length ?? 0);

// The request for the rows of a record. The server ignores the length here, but rejects one that is too large.
/** @param {RunRecord} record */
export const question = ({ model, prompt, ids, settings }) => ({
  settings: { ...settings, model, prompt, stop: "none", picks: "", length: 1 }, written: [], pick: null, again: ids,
});

// Restores in a run what only its record knows.
/** @param {Run} run @param {RunRecord} record */
export function complete(run, record) {
  stepsOf(record, run.symbols).forEach((step, i) => Object.assign(run.steps[run.prompted + i], step));
  const settings = { .../** @type {Settings} */ (settingsFrom(record.settings)), model: record.model, prompt: record.prompt };
  Object.assign(run, { settings, bias: biases.resolve(settings.bias, run.symbols), expected: record.expected, most: mostOf(record), stopped: record.stopped });
}
