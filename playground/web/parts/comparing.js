// One model of the Models tab: what was asked of the server about it, and what has come. It asks one thing after the other: what
// the model predicts after the prompt, how far back it looks there, and what it writes, which takes longest.

import * as client from "../core/client.js";
import * as compare from "../core/compare.js";
import * as frames from "../core/frames.js";
import { told, words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import * as server from "../core/server.js";
import { lossOf } from "./reaches.js";

/**
 * @typedef {import("../core/compare.js").Loss} Loss
 * @typedef {import("./compared.js").Figures} Figures
 * @typedef {{ model: string, prompt: string, bias: string, settings: Record<string, unknown> }} Question what is wanted now
 * @typedef {{ model: string, run: Run | null, figures: Figures | null, text: Run | null, losses: Loss[], averages: Loss[] | null, problem: string, job: object | null, have: Record<string, string> }} Known
 * @typedef {(frame: Frame) => void} Receive
 */

const slots = new Map();
// The ways of the i-th model; they stay the same however often the list changes.
/** @param {number} i @returns {{ own: ReturnType<typeof client.beside>, over: ReturnType<typeof client.beside> }} */
const waysOf = (i) => {
  if (!slots.has(i)) slots.set(i, { own: client.beside(`models-${i}`), over: client.beside(`models-over-${i}`) });
  return slots.get(i);
};

/** @param {string} model @returns {Known} */
export const begin = (model) => ({ model, run: null, figures: null, text: null, losses: [], averages: null, problem: "", job: null, have: {} });

// The steps, in their order: whether one is to be asked again its key says, which is all that its answer depends on.
/** @type {{ name: string, route: string, key: (of: Question) => unknown, data: (of: Question) => object, clear: (one: Known) => void, receive: (one: Known, frame: Frame, of: Question, first: boolean) => void }[]} */
const STEPS = [
  {
    name: "compare", route: "compare", key: ({ model, prompt, bias }) => [model, prompt, bias],
    data: ({ model, prompt, bias }) => ({ model, prompt, bias, knows: null, had: null }),
    clear: (one) => { one.run = null; one.figures = null; },
    receive: (one, frame, { prompt }, first) => {
      if (first) one.run = runs.open(/** @type {any} */ (frame), null, prompt);
      else one.figures = figuresOf(frame);
    },
  },
  {
    name: "reach", route: "reach", key: ({ model, prompt }) => [model, prompt],
    data: ({ model, prompt }) => ({ model, prompt, bias: "" }),
    clear: (one) => { one.losses = []; },
    receive: (one, { head }) => { if (head.given) one.losses = [...one.losses, lossOf(head)]; },
  },
  {
    name: "text", route: "write", key: ({ model, settings }) => [model, settings],
    data: ({ model, settings }) => ({ settings: { ...settings, model }, written: [], pick: null, knows: null, had: null }),
    clear: (one) => { one.text = null; },
    receive: (one, frame, { prompt }, first) => {
      if (first) one.text = runs.open(/** @type {any} */ (frame), null, prompt);
      else if (one.text) runs.extend(one.text, /** @type {any} */ (frame));
    },
  },
];

/** @param {Frame} frame @returns {Figures} */
function figuresOf({ head, body }) {
  const { yardsticks: { model: counting, uniform, letters, count } } = head;
  return {
    ...head, nats: compare.number(head.nats) ?? 0, counting, uniform, letters: compare.number(letters), count: compare.number(count),
    frequencies: body.length ? frames.reader(body).doubles(body.length / 8) : null,
  };
}

// Brings what is missing of one model, or is of another question. `changed` hears of all that comes.
/** @param {Known} one @param {number} i @param {Question} question @param {() => void} changed */
export async function bring(one, i, question, changed) {
  const missing = STEPS.filter(({ name, key }) => one.have[name] !== JSON.stringify(key(question)));
  if (!missing.length) return;
  const job = one.job = {};
  const waits = () => one.job === job;
  one.problem = "";
  for (const { name } of missing) delete one.have[name];
  for (const step of missing) {
    const problem = await asked(one, waysOf(i).own, step, question, waits, changed);
    if (!waits()) return;
    if (problem) {
      one.problem = problem;
      break;
    }
    one.have[step.name] = JSON.stringify(step.key(question));
  }
  one.job = null;
  changed();
}

/**
 * @param {Known} one @param {ReturnType<typeof client.beside>} way @param {typeof STEPS[number]} step @param {Question} question
 * @param {() => boolean} waits @param {() => void} changed @returns {Promise<string>} what went wrong
 */
async function asked(one, way, { name, route, data, clear, receive }, question, waits, changed) {
  let [first, heard, over] = [true, -Infinity, false];
  server.watch(() => waits() && !over, () => { over = true; way.end(); }, () => heard);
  try {
    for await (const frame of way.ask(route, data(question))) {
      if (!waits()) return "";
      heard = performance.now();
      const { problem, code } = frame.head;
      if (problem || code) {
        clear(one);
        return problem ? told(problem) : words[code];
      }
      if (first) clear(one);
      receive(one, frame, question, first);
      first = false;
      changed();
    }
  } catch (error) {
    return waits() ? client.sentenceOf(error, name === "text" ? words.refused_writing : words.refused_reading) : "";
  } finally {
    over = true;
  }
  return first ? words.lost : "";
}

// What is under way of it is not wanted any more.
/** @param {Known} one @param {number} i */
export function halt(one, i) {
  if (one.job) waysOf(i).own.end();
  one.job = null;
}

// How a model reads the text of another one: a run, or null where it cannot be had.
/** @param {string} model @param {string} text @param {number} i @returns {Promise<Run | null>} */
export async function readOver(model, text, i) {
  let run = null;
  try {
    for await (const frame of waysOf(i).over.ask("look", { model, prompt: text, bias: "", knows: null, had: null })) {
      if (!frame.head.problem && !frame.head.code) run = runs.open(/** @type {any} */ (frame), null, text);
    }
  } catch {
    return null; // whoever points there again asks again
  }
  return run;
}
