// A run, built from the frames of the stream (wire.py, frames.py). Pure data.
//
//   run  = { model, unit, normalizer, symbols, special, text, skipped, promptCells, steps, prompted, tip, settings, stopped, … }
//   step = { id, u, logits, own, settings, bias, hand }   u: null where nothing was drawn
//
// `special` is the set of ids of special tokens, which are shown but are not part of the text.
//
// The first `prompted` steps are the prompt's. `tip` is the row after the last step. A row is a Float32Array over the
// vocabulary or, if that is long, a folded row (see `sampling.rank`); `own` then says how the id stood in it. Cells
// are in cells.js, the text in writing.js.

import * as biases from "./bias.js";
import * as characters from "./characters.js";
import * as frames from "./frames.js";
import * as sampling from "./sampling.js";

// Models seen so far (wire.py). A long vocabulary is sent once; only the most recent models are kept.
/** @type {Map<string, Model>} */
const models = new Map();
const MAX_MODELS = 12; // enough for the Models tab and the other tabs

/** @param {Head} head */
function modelOf({ model, about }) {
  const knownModel = about
    ? { ...about, special: new Set(about.special), size: about.symbols.length } : models.get(model);
  if (!knownModel) throw new Error(`The symbols of ${model} were neither sent nor known.`);
  if (about) characters.learn(about.names);
  models.delete(model);
  models.set(model, knownModel);
  if (models.size > MAX_MODELS) models.delete([...models.keys()][0]);
  return knownModel;
}

// Settings with "inf" parsed.
/** @param {Settings} settings @returns {Settings} */
const settingsOf = (settings) => ({ ...settings, temperature: Number(String(settings.temperature).replace("inf", "Infinity")) });

// Opens a run from the first frame of an answer. `before` is the run that the request named: unchanged parts of its
// prompt, and its generated steps up to the frame's first, are taken from it. `asked` is the prompt that was sent.
/** @param {{ head: Head, body: Uint8Array }} frame @param {Run | null} [before] @param {string} [asked] */
export function open({ head, body }, before = null, asked = "") {
  const { prompt } = head;
  const text = prompt.text ?? asked;
  const model = modelOf(head);
  characters.learn(head.names);
  const [drop, keep] = [prompt.drop, prompt.keep];
  const reader = frames.reader(body);
  /** @type {Run} */
  const run = {
    id: head.id,
    model: head.model,
    card: model.card,
    stops: model.stops,
    unit: model.unit,
    counted: model.counted,
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
      ...(before?.promptCells.slice(drop[0], drop[0] + keep[0]) ?? []),
      ...prompt.cells.map(([text, count], i) => ({ text, count, unknown: prompt.unknown[keep[0] + i] })),
    ],
    prompted: 0,
    steps: prompt.whole || !before ? [] : before.steps.slice(drop[1], drop[1] + keep[1]),
    tip: prompt.whole || !before ? frames.row(reader, model) : logitsAt(before, drop[1] + keep[1]),
    settings: { ...settingsOf(head.settings), prompt: text },
    bias: biases.resolve(head.settings.bias, model.symbols),
    expected: 0, // the maximum number of generated steps
    most: 0, // the number asked for, even if a line end or end token stopped it earlier
    stopped: null, // why it ended: "length", "line" or "end"
  };
  append(run, frames.block(reader, prompt.n, model, false), null);
  run.prompted = run.steps.length;
  if (head.first === null) return run;
  if (before) run.steps.push(...before.steps.slice(before.prompted, before.prompted + head.first));
  run.tip = frames.row(reader, model);
  return ask(run, head.first + head.length);
}

// Sets how many generated steps a run should have, which may take several requests.
/** @param {Run} run @param {number} most */
export const ask = (run, most) => Object.assign(run, { expected: most, most });

// Adds the steps of a later frame.
/** @param {Run} run @param {{ head: StepsHead, body: Uint8Array }} frame */
export function extend(run, { head, body }) {
  append(run, frames.block(frames.reader(body), head.n, { folded: run.folded, size: run.symbols.length }, true), run.settings);
  end(run, head);
}

// The end of an answer ends the run, unless it needs further requests.
/** @param {Run} run @param {StepsHead} head */
function end(run, { done, stopped }) {
  const written = run.steps.length - run.prompted;
  if (done && (stopped !== "length" || written >= run.most)) Object.assign(run, { expected: written, stopped });
}

const NO_ROW = new Float32Array(0);
/** @param {Step} step */
export const hasRow = (step) => step.logits !== NO_ROW;

// Adds the steps of a frame without logits.
/** @param {Run} run @param {{ head: StepsHead, body: Uint8Array }} frame */
export function extendLight(run, { head, body }) {
  for (const { id, u } of frames.draws(frames.reader(body), head.n)) {
    run.steps.push({ id, u, own: null, logits: NO_ROW, settings: run.settings, bias: run.bias, hand: u === null });
  }
  run.tip = NO_ROW;
  end(run, head);
}

/** @param {Run} run @param {ReturnType<typeof frames.block>} steps @param {Settings | null} settings */
function append(run, steps, settings) {
  const bias = settings ? run.bias : [];
  for (const { id, u, own, after } of steps) {
    run.steps.push({ id, u, own, logits: run.tip, settings, bias, hand: settings !== null && u === null });
    run.tip = after;
  }
}

// Cuts a run before step `at`; the row there becomes the tip.
/** @param {Run} run @param {number} at @returns {Run} */
export function cut(run, at) {
  const expected = Math.max(0, Math.min(at, run.steps.length) - run.prompted); // no more is to come
  if (at >= run.steps.length) return { ...run, expected };
  return { ...run, steps: run.steps.slice(0, at), tip: run.steps[at].logits, stopped: null, expected };
}

// How many steps to write when a run is rewritten: as many as were asked for if it stopped early, else as many as it
// has.
/** @param {Run} run */
export const lengthOf = ({ stopped, most, expected }) => (stopped && stopped !== "length" ? most : expected);

// Whether any row of a run folds one of these ids.
/** @param {Run} run @param {number[]} ids */
export function lacks(run, ids) {
  const rows = [...run.steps.map(({ logits }) => logits), run.tip];
  return rows.some((row) => sampling.isFolded(row) && ids.some((id) => !row.ids.includes(id)));
}

// Copies the rows of another answer into a run; false if that has another text.
/** @param {Run} run @param {Run} answer */
export function takeRows(run, answer) {
  if (answer.steps.length !== run.steps.length) return false;
  if (run.steps.some(({ id }, i) => answer.steps[i].id !== id)) return false;
  run.steps.forEach((step, i) => Object.assign(step, { logits: answer.steps[i].logits, own: answer.steps[i].own }));
  run.tip = answer.tip;
  return true;
}

/** @param {Run} run @param {number} at */
export const logitsAt = (run, at) => (at < run.steps.length ? run.steps[at].logits : run.tip);
/** @param {Run} run */
export const writtenIds = (run) => run.steps.slice(run.prompted).map((step) => step.id);

// The seed under which the text after a step was drawn; null if all of it was chosen by hand.
/** @param {Run} run @param {number} at @returns {number | null} */
export const seedOf = (run, at) => run.steps.slice(at).find(({ hand, settings }) => settings && !hand)?.settings?.seed ?? null;

// The distribution that a step was drawn from: under the run's settings or, in the prompt, as the model predicts.
/** @param {Step} step */
function distributionFor(step) {
  const { temperature = 1, top_k: topK = 0, top_p: topP = 1, min_p: minP = 0 } = step.settings || {};
  const row = sampling.rank(step.logits, step.bias);
  return { row, temperature, drawn: sampling.stages(row, { temperature, topK, topP, minP }) };
}

// The probability, rank and surprise of a step's symbol and the entropy of its distribution, in bits.
/** @param {Step} step @returns {Judgement} */
export function judge(step) {
  const { row, temperature, drawn } = distributionFor(step);
  const { probability, rank } = sampling.standing(row, drawn, temperature, step.id, step.own ?? undefined);
  return { probability, rank, surprise: -Math.log2(probability), entropy: sampling.entropy(drawn.probabilities, drawn.left) };
}

/** @param {Run} run @param {number} id */
export const isSpecial = (run, id) => Boolean(run.special) && run.special.has(id);
/** @param {string} model */
export const knows = (model) => (models.has(model) ? model : null);

// Whether generation can complete a prompt cell, i.e. whether the model read it as itself.
/** @param {Run} run @param {{ unknown?: string }} cell */
export const isOpen = (run, { unknown }) => run.unit === "character" && unknown === undefined;
