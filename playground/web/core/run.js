// A run as the page holds it, made from the frames of the stream (wire.py, frames.py). Pure data; it knows no page.
//
//   run  = { model, unit, normalizer, symbols, special, text, skipped, promptCells, steps, prompted, tip, settings, stopped, … }
//   step = { id, u, logits, own, settings, bias, hand }   u: null where nothing was drawn
//
// `special` is the set of ids that are special tokens: they are shown, and are no part of the text.
//
// The first `prompted` steps are the prompt's. `tip` is the row after the last step so far. A row is a Float32Array over
// the vocabulary or, where that is long, a folded one: see `sampling.rank`; then `own` says how the id stood in it. What of
// a run is shown as one is in cells.js, what it spells in writing.js.

import * as biases from "./bias.js";
import * as characters from "./characters.js";
import * as frames from "./frames.js";
import * as sampling from "./sampling.js";

// All about the models met so far (wire.py). A long vocabulary is sent once; the latest few are kept.
/** @type {Map<string, Model>} */
const models = new Map();
const KNOWN = 12; // as many as the Models tab shows, and those of the others

/** @param {Head} head */
function modelOf({ model, about }) {
  const known = about ? { ...about, special: new Set(about.special), size: about.symbols.length } : models.get(model);
  if (!known) throw new Error(`The symbols of ${model} were neither sent nor known.`);
  if (about) characters.learn(about.names);
  models.delete(model);
  models.set(model, known);
  if (models.size > KNOWN) models.delete([...models.keys()][0]);
  return known;
}

// Settings, with "inf" as the number it stands for.
/** @param {Settings} settings @returns {Settings} */
const settingsOf = (settings) => ({ ...settings, temperature: Number(String(settings.temperature).replace("inf", "Infinity")) });

// The first frame of an answer → a run. `before` is the run that was named in the question: what stays of its prompt is
// taken from there, and where writing goes on, its written steps up to the head's first. `asked` is the prompt that was
// asked about.
/** @param {{ head: Head, body: Uint8Array }} frame @param {Run | null} [before] @param {string} [asked] */
export function open({ head, body }, before = null, asked = "") {
  const { prompt } = head;
  const text = prompt.text ?? asked;
  const model = modelOf(head);
  characters.learn(head.names);
  const [dropped, kept] = [prompt.drop, prompt.keep];
  const read = frames.reader(body);
  /** @type {Run} */
  const run = {
    id: head.id,
    model: head.model,
    card: model.card,
    stops: model.stops,
    unit: model.unit,
    normalizer: model.normalizer,
    start: model.start,
    folded: model.folded,
    symbols: model.symbols,
    special: model.special,
    dropsFirstSpace: model.drops_first_space,
    byCharacters: model.by_characters,
    text,
    skipped: prompt.skipped,
    promptCells: [
      ...(before?.promptCells.slice(dropped[0], dropped[0] + kept[0]) ?? []),
      ...prompt.cells.map(([text, count], i) => ({ text, count, unknown: prompt.unknown[kept[0] + i] })),
    ],
    prompted: 0,
    steps: prompt.whole || !before ? [] : before.steps.slice(dropped[1], dropped[1] + kept[1]),
    tip: prompt.whole || !before ? frames.row(read, model) : logitsAt(before, dropped[1] + kept[1]),
    settings: { ...settingsOf(head.settings), prompt: text },
    bias: biases.resolve(head.settings.bias, model.symbols),
    expected: 0, // written steps, at most, once all are here
    stopped: null, // why it ended where it did: "length", "line" or "end"
  };
  append(run, frames.block(read, prompt.n, model, false), null);
  run.prompted = run.steps.length;
  if (head.first === null) return run;
  if (before) run.steps.push(...before.steps.slice(before.prompted, before.prompted + head.first));
  run.tip = frames.row(read, model);
  run.expected = head.first + head.length;
  return run;
}

// Adds the steps of a later frame.
/** @param {Run} run @param {{ head: StepsHead, body: Uint8Array }} frame */
export function extend(run, { head, body }) {
  append(run, frames.block(frames.reader(body), head.n, { folded: run.folded, size: run.symbols.length }, true), run.settings);
  if (head.done) Object.assign(run, { expected: run.steps.length - run.prompted, stopped: head.stopped });
}

const NO_ROW = new Float32Array(0);
/** @param {Step} step */
export const hasRow = (step) => step.logits !== NO_ROW;

// Adds the steps of a later frame of an answer without rows: what is written is known, and not from what it was drawn.
/** @param {Run} run @param {{ head: StepsHead, body: Uint8Array }} frame */
export function extendLight(run, { head, body }) {
  for (const { id, u } of frames.draws(frames.reader(body), head.n)) {
    run.steps.push({ id, u, own: null, logits: NO_ROW, settings: run.settings, bias: run.bias, hand: u === null });
  }
  run.tip = NO_ROW;
  if (head.done) Object.assign(run, { expected: run.steps.length - run.prompted, stopped: head.stopped });
}

/** @param {Run} run @param {ReturnType<typeof frames.block>} steps @param {Settings | null} settings */
function append(run, steps, settings) {
  const bias = settings ? run.bias : [];
  for (const { id, u, own, after } of steps) {
    run.steps.push({ id, u, own, logits: run.tip, settings, bias, hand: settings !== null && u === null });
    run.tip = after;
  }
}

// What is cut off with everything from step `at` on; the row at the cut becomes the tip.
/** @param {Run} run @param {number} at @returns {Run} */
export function cut(run, at) {
  const expected = Math.max(0, Math.min(at, run.steps.length) - run.prompted); // no more is to come
  if (at >= run.steps.length) return { ...run, expected };
  return { ...run, steps: run.steps.slice(0, at), tip: run.steps[at].logits, stopped: null, expected };
}

// How many steps a run has that is written anew: as many as were asked for, where a line or the end token stopped it, else as it has.
/** @param {Run} run */
export const lengthOf = ({ stopped, settings, expected }) => (stopped && stopped !== "length" ? settings.length : expected);

// Whether a row of a run folds one of these ids.
/** @param {Run} run @param {number[]} ids */
export function lacks(run, ids) {
  const rows = [...run.steps.map(({ logits }) => logits), run.tip];
  return rows.some((row) => sampling.isFolded(row) && ids.some((id) => !row.ids.includes(id)));
}

// Gives a run the rows of another answer about it. False where that is of another text.
/** @param {Run} run @param {Run} fresh */
export function takeRows(run, fresh) {
  if (fresh.steps.length !== run.steps.length || run.steps.some(({ id }, i) => fresh.steps[i].id !== id)) return false;
  run.steps.forEach((step, i) => Object.assign(step, { logits: fresh.steps[i].logits, own: fresh.steps[i].own }));
  run.tip = fresh.tip;
  return true;
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
  const { probability, rank } = sampling.standing(row, drawn, temperature, step.id, step.own ?? undefined);
  return { probability, rank, surprise: -Math.log2(probability), entropy: sampling.entropy(drawn.probabilities, drawn.left) };
}

/** @param {Run} run @param {number} id */
export const isSpecial = (run, id) => Boolean(run.special) && run.special.has(id);
/** @param {string} model */
export const knows = (model) => (models.has(model) ? model : null);

// Whether writing can complete a cell of the prompt: a character that the model read as itself.
/** @param {Run} run @param {{ unknown?: string }} cell */
export const isOpen = (run, { unknown }) => run.unit === "character" && unknown === undefined;
