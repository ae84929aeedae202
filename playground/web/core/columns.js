// The same prompt and dice at several temperatures, one column each, built from the frames of server/temperatures.py.
// Pure.

import * as bytes from "./bytes.js";
import * as runs from "./runs.js";

export const MAX_COLUMNS = 6; // as in settings.py
export const DEFAULT_TEMPERATURES = [0.2, 0.5, 1, 1.2];

/**
 * `first` is the first step of the column's own text; `loops` and `unknown` are code point ranges of the whole text.
 * @typedef {{ distinct_words: number | null, loop_rate: number | null, known_words: number | null, surprise: number | null }} Measures
 * @typedef {{
 *   temperature: number, run: Run | null, first: number, done: boolean, light: boolean, measures: Measures | null,
 *   loops: [number, number][], unknown: [number, number][],
 * }} Column
 */

/** @param {number[]} temperatures @returns {Column[]} */
export const begin = (temperatures) => temperatures.map((temperature) => (
  { temperature, run: null, first: 0, done: false, light: false, measures: null, loops: [], unknown: [] }));

// Adds a frame to its column. `before` is the run that the request named, and `asked` the prompt.
/** @param {Column[]} columns @param {Frame} frame @param {Run | null} before @param {string} asked */
export function receive(columns, frame, before, asked) {
  const { head } = frame;
  const column = columns[head.column];
  if (head.measures) Object.assign(column, { measures: head.measures, loops: head.loops, unknown: head.unknown });
  else if (column.run) {
    (column.run.folded ? runs.extendLight : runs.extend)(column.run, /** @type {any} */ (frame));
    column.done = head.done;
  } else {
    column.run = runs.open(/** @type {any} */ (frame), before, asked);
    column.first = column.run.steps.length;
    column.light = column.run.folded;
  }
}

// The first step at which two columns differ; null if they have not differed so far.
/** @param {Column} column @param {Column} other */
export function divergesAt({ run, first }, { run: otherRun }) {
  if (!run || !otherRun) return null;
  const shorter = Math.min(run.steps.length, otherRun.steps.length);
  for (let at = first; at < shorter; at++) if (run.steps[at].id !== otherRun.steps[at].id) return at;
  return null;
}

// The cells of a column's own text, each with the code points [at, end) that it covers in the whole text. A cell that
// completes the prompt's last character comes first. Invalid bytes are U+FFFD in the text, except for an incomplete
// character at its end, which is not in it.
/** @param {Column} column */
export function cellsOf({ run, first }) {
  if (!run) return [];
  const ownCells = runs.cells(run).filter(({ to }) => to > first);
  const last = ownCells.findLastIndex(({ special }) => !special);
  const decode = (/** @type {string} */ text, /** @type {boolean} */ isLast) => (
    run.unit === "token" ? (isLast ? bytes.decode : bytes.decodeAll)(bytes.bytesOf(text)) : text);
  const lengths = ownCells.map(({ text, special }, i) => (special ? 0 : [...decode(text, i === last).normalize("NFC")].length));
  let at = [...runs.textOf(run).normalize("NFC")].length - lengths.reduce((sum, length) => sum + length, 0);
  return ownCells.map((cell, i) => {
    at += lengths[i];
    return { ...cell, at: at - lengths[i], end: at };
  });
}

// Whether a cell overlaps one of some ranges.
/** @param {{ at: number, end: number }} cell @param {[number, number][]} ranges */
export const isWithin = ({ at, end }, ranges) => ranges.some(([from, to]) => at < to && end > from);

// Parses a typed list of temperatures, "0.2, 0.5 1"; null if it is invalid or too long.
/** @param {string} text @returns {number[] | null} */
export function parse(text) {
  const parts = text.trim().split(/[\s,;]+/).filter(Boolean);
  const temperatures = parts.map((part) => (/^(∞|inf|infinity)$/i.test(part) ? Infinity : Number(part)));
  const isValid = temperatures.length >= 1 && temperatures.length <= MAX_COLUMNS && temperatures.every((t) => t >= 0);
  return isValid ? temperatures : null;
}

/** @param {number[]} temperatures */
export const write = (temperatures) => temperatures.map((t) => (t === Infinity ? "∞" : String(t))).join(", ");
// A temperature as JSON and URLs hold it.
/** @param {number} t */
export const plain = (t) => (t === Infinity ? "inf" : t);
