// One prompt and one set of dice at several temperatures: a column each, made from the frames of server/temperatures.py. Pure.

import * as runs from "./runs.js";

export const MOST = 6; // columns, as settings.py has it
export const USUAL = [0.2, 0.5, 1, 1.2];

/**
 * `first` is the step that its own text begins with. Parts of the text are in code points of all of it.
 * @typedef {{ distinct_words: number | null, loop_rate: number | null, known_words: number | null, surprise: number | null }} Measures
 * @typedef {{
 *   temperature: number, run: Run | null, first: number, done: boolean, light: boolean, measures: Measures | null,
 *   loops: [number, number][], unknown: [number, number][],
 * }} Column
 */

/** @param {number[]} temperatures @returns {Column[]} */
export const begin = (temperatures) => temperatures.map((temperature) => (
  { temperature, run: null, first: 0, done: false, light: false, measures: null, loops: [], unknown: [] }));

// Takes in a frame. `before` is the run that was named in the question, and `asked` the prompt.
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

// The step at which two columns first differ; null where they do not, as far as they have come.
/** @param {Column} one @param {Column} other */
export function leaves({ run: one, first }, { run: other }) {
  if (!one || !other) return null;
  const both = Math.min(one.steps.length, other.steps.length);
  for (let at = first; at < both; at++) if (one.steps[at].id !== other.steps[at].id) return at;
  return null;
}

// What is shown of a column: its cells, each with the code points [at, end) that it takes of the whole text. Where it completes the
// prompt's last character, that is its first cell.
/** @param {Column} column */
export function cellsOf({ run, first }) {
  if (!run) return [];
  const own = runs.cells(run).filter(({ to }) => to > first);
  const lengths = own.map(({ text, special }) => (special ? 0 : [...text.normalize("NFC")].length));
  let at = [...runs.textOf(run).normalize("NFC")].length - lengths.reduce((sum, length) => sum + length, 0);
  return own.map((cell, i) => {
    at += lengths[i];
    return { ...cell, at: at - lengths[i], end: at };
  });
}

// Whether a cell lies in one of some parts, which are in order.
/** @param {{ at: number, end: number }} cell @param {[number, number][]} parts */
export const isWithin = ({ at, end }, parts) => parts.some(([from, to]) => at < to && end > from);

// A list of temperatures as a person types it, "0.2, 0.5 1"; null where it is none, or has too many.
/** @param {string} text @returns {number[] | null} */
export function parse(text) {
  const parts = text.trim().split(/[\s,;]+/).filter(Boolean);
  const found = parts.map((part) => (/^(∞|inf|infinity)$/i.test(part) ? Infinity : Number(part)));
  return found.length >= 1 && found.length <= MOST && found.every((t) => t >= 0) ? found : null;
}

/** @param {number[]} temperatures */
export const write = (temperatures) => temperatures.map((t) => (t === Infinity ? "∞" : String(t))).join(", ");
// The same as JSON and addresses hold it.
/** @param {number} t */
export const plain = (t) => (t === Infinity ? "inf" : t);
