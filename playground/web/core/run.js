// A run as the page holds it, made from the messages of wire.py. Pure data; it knows no page.
//
//   run  = { model, unit, normalizer, symbols, special, text, skipped, promptCells, steps, prompted, tip, settings, stopped, … }
//   step = { id, u, logits, settings, bias, hand }   u: null where nothing was drawn
//
// `special` is the set of ids that are special tokens: they are shown, and are no part of the text.
//
// The first `prompted` steps are the prompt's. `tip` is the row after the last step so far. A row is a Float32Array over
// the vocabulary or, where that is long, a folded one: see `sampling.rank`. What of it is shown as one is in cells.js, what it
// spells in writing.js.

import * as biases from "./bias.js";
import * as characters from "./characters.js";
import * as sampling from "./sampling.js";

// Base64 of little-endian numbers → rows of a vocabulary of `size`, as wire.py packs them.
/** @param {string} base64 @param {{ folded: boolean, symbols: string[] }} run @returns {(Float32Array | FoldedRow)[]} */
function unpack(base64, { folded, symbols: { length: size } }) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const whole = () => view.getUint32((at += 4) - 4, true);
  const real = () => view.getFloat32((at += 4) - 4, true);
  const wholes = (/** @type {number} */ length) => Uint32Array.from({ length }, whole);
  const reals = (/** @type {number} */ length) => Float32Array.from({ length }, real);
  const foldedRow = () => {
    const [kept, groups, rank, logit] = [whole(), whole(), whole(), real()];
    const [ids, logits, counts, means] = [wholes(kept), reals(kept), wholes(groups), reals(groups)];
    return { ids, logits, counts, means, size, own: { rank, logit } };
  };
  const rows = [];
  while (at < bytes.length) rows.push(folded ? foldedRow() : reals(size));
  return rows;
}

// The symbols of the models met so far. A long vocabulary is sent once; the latest few are kept.
/** @type {Map<string, { symbols: string[], special: Set<number> }>} */
const vocabularies = new Map();
const KNOWN = 6;

/** @param {Message} message */
function vocabularyOf({ model, symbols, special }) {
  const known = symbols ? { symbols, special: new Set(special) } : vocabularies.get(model);
  if (!known) throw new Error(`The symbols of ${model} were neither sent nor known.`);
  vocabularies.delete(model);
  vocabularies.set(model, known);
  if (vocabularies.size > KNOWN) vocabularies.delete([...vocabularies.keys()][0]);
  return known;
}

// The settings of a message, with "inf" as the number it stands for.
/** @param {Message} message @returns {Settings} */
function settingsOf(message) {
  const settings = { ...message.settings };
  settings.temperature = Number(String(settings.temperature).replace("inf", "Infinity"));
  return settings;
}

// A first message → a run. `before` is the run that it branches from, whose written steps it keeps
// up to the message's first.
/** @param {Message} message @param {Run | null} [before] */
export function open(message, before) {
  const { prompt, unit, normalizer, folded } = message;
  characters.learn(message.names);
  const { symbols, special } = vocabularyOf(message);
  const rows = unpack(prompt.logits, { folded, symbols });
  /** @type {Step[]} */
  const steps = prompt.ids.map((id, i) => ({ id, u: null, logits: rows[i], settings: null, bias: [], hand: false }));
  if (message.first > 0 && before) {
    steps.push(...before.steps.slice(before.prompted, before.prompted + message.first));
  }
  /** @type {Run} */
  const run = {
    id: message.id,
    model: message.model,
    unit,
    normalizer,
    start: message.start,
    folded,
    symbols,
    special,
    dropsFirstSpace: message.drops_first_space,
    text: prompt.text,
    skipped: prompt.skipped,
    promptCells: prompt.cells.map(([text, count], i) => ({ text, count, unknown: prompt.unknown[i] })),
    prompted: prompt.ids.length,
    steps,
    tip: new Float32Array(),
    settings: settingsOf(message),
    bias: biases.resolve(message.settings.bias, symbols),
    chunks: 0,
    expected: message.first + message.settings.length, // written steps, at most, once all are here
    stopped: null, // why it ended where it did: "length", "line" or "end"
  };
  extend(run, message);
  return run;
}

// Adds the chunks that were not seen yet.
/** @param {Run} run @param {Message} message */
export function extend(run, message) {
  for (const chunk of message.chunks.slice(run.chunks)) {
    const rows = unpack(chunk.logits, run);
    chunk.ids.forEach((id, i) => {
      run.steps.push({ id, u: chunk.us[i], logits: rows[i], settings: run.settings, bias: run.bias, hand: chunk.us[i] === null });
    });
  }
  run.chunks = message.chunks.length;
  if (message.done) Object.assign(run, { expected: run.steps.length - run.prompted, stopped: message.stopped });
  [run.tip] = unpack(message.tip, run);
}

// What is cut off with everything from step `at` on; the row at the cut becomes the tip.
/** @param {Run} run @param {number} at @returns {Run} */
export function cut(run, at) {
  if (at >= run.steps.length) return { ...run };
  return { ...run, steps: run.steps.slice(0, at), tip: run.steps[at].logits, stopped: null };
}

/** @param {Run} run @param {number} at */
export const logitsAt = (run, at) => (at < run.steps.length ? run.steps[at].logits : run.tip);
/** @param {Run} run */
export const written = (run) => run.steps.slice(run.prompted).map((step) => step.id);

// What a step was chosen from: a ranked row, and its stages under the settings of its run, or for the prompt's as the
// model believes.
/** @param {Step} step */
function drawnFrom(step) {
  const { temperature = 1, top_k: topK = 0, top_p: topP = 1, min_p: minP = 0 } = step.settings || {};
  const row = sampling.rank(step.logits, step.bias);
  return { row, temperature, drawn: sampling.stages(row, { temperature, topK, topP, minP }) };
}

// How a step's symbol stood in it, and the entropy of it, in bits.
/** @param {Step} step @returns {Judgement} */
export function judge(step) {
  const { row, temperature, drawn } = drawnFrom(step);
  const { probability, rank } = sampling.standing(row, drawn, temperature, step.id, "own" in step.logits ? step.logits.own : undefined);
  return { probability, rank, surprise: -Math.log2(probability), entropy: sampling.entropy(drawn.probabilities, drawn.left) };
}

/** @param {Run} run @param {number} id */
export const isSpecial = (run, id) => Boolean(run.special) && run.special.has(id);
/** @param {string} model */
export const knows = (model) => (vocabularies.has(model) ? model : null);

// Whether writing can complete a cell of the prompt: a character that the model read as itself.
/** @param {Run} run @param {{ unknown?: string }} cell */
export const isOpen = (run, { unknown }) => run.unit === "character" && unknown === undefined;
