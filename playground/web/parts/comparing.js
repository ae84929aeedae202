// The requests for one model of the Models tab and their results, one after another: the prediction after the prompt,
// how far back it looks, and, slowest, its generated text.

import { receiveAnswer } from "../core/answer.js";
import * as client from "../core/client.js";
import * as compare from "../core/compare.js";
import * as frames from "../core/frames.js";
import { words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import { lossOf } from "./reaches.js";

/**
 * @typedef {import("../core/compare.js").Loss} Loss
 * @typedef {import("./compared.js").Figures} Figures
 * @typedef {{ model: string, prompt: string, bias: string, settings: Record<string, unknown> }} Question
 * @typedef {{ model: string, run: Run | null, figures: Figures | null, text: Run | null, losses: Loss[], averages: Loss[] | null, passage: string, problem: string, job: object | null, have: Record<string, string> }} Known
 * @typedef {(frame: Frame) => void} Receive
 */

const channels = new Map();
// The channels of the i-th model, which stay the same when the list changes.
/** @param {number} i @returns {{ own: ReturnType<typeof client.beside>, over: ReturnType<typeof client.beside> }} */
const channelsOf = (i) => {
  if (!channels.has(i)) channels.set(i, { own: client.beside(`models-${i}`), over: client.beside(`models-over-${i}`) });
  return channels.get(i);
};

/** @param {string} model @returns {Known} */
export const begin = (model) => ({ model, run: null, figures: null, text: null, losses: [], averages: null, passage: "", problem: "", job: null, have: {} });

// The requests in order. One is repeated if its key changes, which holds all that its answer depends on.
/** @type {{ name: string, route: string, key: (of: Question) => unknown, data: (of: Question) => object, clear: (one: Known) => void, receive: (one: Known, frame: Frame, of: Question, first: boolean) => void }[]} */
const STEPS = [
  {
    name: "compare", route: "compare", key: ({ model, prompt, bias }) => [model, prompt, bias],
    data: ({ model, prompt, bias }) => ({ model, prompt, bias, knows: null, had: null }),
    clear: (column) => { column.run = null; column.figures = null; },
    receive: (column, frame, { prompt }, isFirst) => {
      if (isFirst) column.run = runs.open(/** @type {any} */ (frame), null, prompt);
      else column.figures = figuresOf(frame);
    },
  },
  {
    name: "reach", route: "reach", key: ({ model, prompt }) => [model, prompt],
    data: ({ model, prompt }) => ({ model, prompt, bias: "" }),
    clear: (column) => { column.losses = []; },
    receive: (column, { head }) => { if (head.given) column.losses = [...column.losses, lossOf(head)]; },
  },
  {
    name: "text", route: "write", key: ({ model, settings }) => [model, settings],
    data: ({ model, settings }) => ({ settings: { ...settings, model }, written: [], pick: null, knows: null, had: null }),
    clear: (column) => { column.text = null; },
    receive: (column, frame, { prompt }, isFirst) => {
      if (isFirst) column.text = runs.open(/** @type {any} */ (frame), null, prompt);
      else if (column.text) runs.extend(column.text, /** @type {any} */ (frame));
    },
  },
];

/** @param {Frame} frame @returns {Figures} */
function figuresOf({ head, body }) {
  const { yardsticks: { model: counting, uniform, letters, count, unseen } } = head;
  return {
    ...head, nats: compare.number(head.nats) ?? 0, counting, uniform, letters: compare.number(letters), count: compare.number(count), unseen,
    frequencies: body.length ? frames.reader(body).doubles(body.length / 8) : null,
  };
}

// Requests what is missing or outdated for one model. `onChange` is called for each frame.
/** @param {Known} column @param {number} i @param {Question} question @param {() => void} onChange */
export async function requestMissing(column, i, question, onChange) {
  const missing = STEPS.filter(({ name, key }) => column.have[name] !== JSON.stringify(key(question)));
  if (!missing.length) return;
  const job = column.job = {};
  const isCurrent = () => column.job === job;
  column.problem = "";
  for (const { name } of missing) delete column.have[name];
  for (const step of missing) {
    let isFirst = true;
    const failure = await receiveAnswer(channelsOf(i).own, step.route, step.data(question), {
      isCurrent, busy: step.name === "text" ? words.refused_writing : words.refused_reading,
      receive(frame) {
        if (isFirst) step.clear(column);
        step.receive(column, frame, question, isFirst);
        isFirst = false;
        onChange();
      },
    });
    if (!isCurrent()) return;
    if (failure) {
      if (failure.isInvalid) step.clear(column);
      column.problem = failure.sentence;
      break;
    }
    column.have[step.name] = JSON.stringify(step.key(question));
  }
  column.job = null;
  onChange();
}

// Cancels its requests.
/** @param {Known} column @param {number} i */
export function halt(column, i) {
  if (column.job) channelsOf(i).own.end();
  column.job = null;
}

// How a model reads another model's text: a run, or null if that fails.
/** @param {string} model @param {string} text @param {number} i @returns {Promise<Run | null>} */
export async function readText(model, text, i) {
  let run = null;
  try {
    const question = { model, prompt: text, bias: "", knows: null, had: null };
    for await (const frame of channelsOf(i).over.ask("look", question)) {
      if (!frame.head.problem && !frame.head.code) run = runs.open(/** @type {any} */ (frame), null, text);
    }
  } catch {
    return null; // pointing there again retries
  }
  return run;
}
