// A translation from the server (translating.py), letter by letter. Pure.

import { redraw } from "./redraw.js";
import * as sampling from "./sampling.js";

/**
 * ids: its letters, with the end if it has one. picked: the indices of those that a person chose. rows: the logits before
 * each letter. attention: the weights over the letters of the source before each; null for a model without attention.
 * @typedef {{ model: string, symbols: string[], source: string[], text: string, ids: number[], picked: number[], log_probability: number, ended: boolean, attends: boolean, rows: Float32Array[], attention: number[][] | null, figures: Figures }} Written
 */

/**
 * From a model's card: nats per letter and chrF on held-out pairs, and the number of letters that it was trained on.
 * @typedef {{ parameters: number | null, nats: number | null, chrf: number | null, seen: number | null }} Figures
 * Another model's translation of the same sentence; picked: the indices of the letters that a person chose.
 * @typedef {{ other: string, text: string, picked: number[], log_probability: number, figures: Figures }} Other
 */

/** @param {any} head @param {{ singles: (count: number) => Float32Array }} body @returns {Written} */
export function read(head, body) {
  const rows = head.ids.map(() => body.singles(head.symbols.length));
  const attention = head.attends ? head.ids.map(() => Array.from(body.singles(head.source.length))) : null;
  return { ...head, rows, attention };
}

// The letters as steps of a run drawn under these settings and bias.
/** @param {Written} of @param {Settings} settings @param {Bias} bias @returns {Step[]} */
export const stepsOf = ({ ids, rows, picked }, settings, bias) => ids.map((id, t) => {
  const hand = picked.includes(t);
  return { id, u: hand ? null : sampling.dice(settings.seed, t), own: null, logits: rows[t], settings, bias, hand };
});

// How many of the first steps remain the same under the current settings; none if the seed has changed.
/** @param {Step[]} steps @param {Settings} settings @param {Sampling} truncation the same, as sampling.js takes them */
export function unchangedSteps(steps, settings, truncation) {
  if (steps[0]?.settings?.seed !== settings.seed) return 0;
  const at = steps.findIndex((step) => !redraw(step, settings, truncation));
  return at < 0 ? steps.length : at;
}

// The first index at which two sequences differ, or the length of the shorter one.
/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function divergesAt(a, b) {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return i;
}

// The most likely letter at each place; ties go to the first.
/** @param {{ rows: Float32Array[] }} of */
export const likeliestIds = ({ rows }) => rows.map((row) => row.reduce((best, value, id) => (value > row[best] ? id : best), 0));

// The models by loss, highest first; those of unknown loss come before all others.
/** @param {Other[]} others */
export const ranking = (others) => [...others].sort((a, b) => (b.figures.nats ?? Infinity) - (a.figures.nats ?? Infinity) || (a.other < b.other ? -1 : 1));

// The number of letters that each model was trained on, if it is the same for all; else 0.
/** @param {Other[]} others */
export const trainingLetters = (others) => (new Set(others.map(({ figures }) => figures.seen)).size === 1 ? others[0].figures.seen ?? 0 : 0);
