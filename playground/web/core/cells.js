// The cells of a run (run.js): what the page shows as one unit. Pure.

import * as bytes from "./bytes.js";
import * as characters from "./characters.js";
import { isOpen, isSpecial } from "./run.js";
import { symbolAt } from "./writing.js";

// In the prompt, a cell is a character as typed, or a token. In the generated text, it is as many symbols as form one
// character: the jamo of a syllable (NFC), a letter with its marks, the tokens that share a character's bytes. If the
// generated text completes the last character of the prompt, both form one cell, and `given` is the prompt's part of
// it. `place` is the step that a cell shows when it is pointed at. A run only grows, so its cells are cached.
/** @type {WeakMap<Run, Cell[]>} */
const cache = new WeakMap();

/** @param {Run} run @returns {Cell[]} */
export function cells(run) {
  const list = cache.get(run) ?? promptCells(run);
  cache.set(run, list);
  for (let at = list.at(-1)?.to ?? 0; at < run.steps.length; at++) {
    const special = isSpecial(run, run.steps[at].id);
    const symbol = special ? run.symbols[run.steps[at].id] : symbolAt(run, at);
    const last = list.at(-1);
    const canJoin = last && !special && !last.special && (!last.prompt || isOpen(run, last));
    const joined = canJoin ? compose(last.text, symbol) : null;
    if (joined && last) {
      const seam = at === run.prompted && { given: last.text, place: at };
      list[list.length - 1] = { ...last, ...seam, text: joined, to: at + 1 };
    }
    else list.push({ text: bytes.whole(symbol), from: at, to: at + 1, place: at, prompt: false, special });
  }
  return list;
}

/** @param {Run} run @returns {Cell[]} */
function promptCells(run) {
  let at = 0;
  return run.promptCells.map(({ text, count, unknown }) => {
    const special = count > 0 && unknown === undefined && isSpecial(run, run.steps[at].id);
    const cell = { text, from: at, to: at + count, place: at, prompt: true, unknown, special };
    at = cell.to;
    return cell;
  });
}

// The cells of the prompt and of the generated text up to a step.
/** @param {Run} run @param {number} shown @returns {Cell[]} */
export function cellsUntil(run, shown) {
  return cells(run).filter(({ from, prompt }) => prompt || from < shown).map((cell) => (
    cell.given === undefined || shown > run.prompted ? cell
      : { ...cell, text: cell.given, to: run.prompted, place: cell.from, given: undefined }));
}

// Snaps a step to a cell boundary: the start of the cell that contains it if `back`, else the start of the next cell.
/** @param {Run} run @param {number} at @param {boolean} [back] */
export function startOfCell(run, at, back) {
  const cell = cells(run).find(({ from, to }) => from < at && at < to);
  if (!cell || at === run.prompted) return at; // the end of the prompt is a valid place even inside a cell
  const [first, end] = cell.given === undefined ? [cell.from, cell.to]
    : at < run.prompted ? [cell.from, run.prompted] : [run.prompted, cell.to];
  return back ? first : end;
}

// The characters of the prompt before a step, as typed.
/** @param {Run} run @param {number} at */
export function promptUntil(run, at) {
  const index = cells(run).findIndex(({ to }) => to > at);
  const length = run.skipped + run.promptCells.slice(0, index).reduce((n, { text }) => n + [...text].length, 0);
  return [...run.text].slice(0, length).join("");
}

const MAX_LENGTH = 64; // a longer cell accepts no further combining marks

// Joins two texts into one cell, or returns null if they stay apart. No character below U+0300 combines with the one
// before it.
/** @param {string} text @param {string} symbol */
function compose(text, symbol) {
  if (bytes.endsIncomplete(text) && bytes.startsWithContinuation(symbol)) return bytes.whole(text + symbol);
  if (symbol < "\u0300") return null;
  const joined = (text + symbol).normalize("NFC");
  if (characters.isMark(symbol) && characters.endsVisibly(text) && text.length < MAX_LENGTH) return joined;
  return joined.length < text.normalize("NFC").length + symbol.normalize("NFC").length ? joined : null;
}
