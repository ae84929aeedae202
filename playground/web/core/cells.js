// Cells: what is shown as one of a run (run.js). Pure.

import * as bytes from "./bytes.js";
import * as characters from "./characters.js";
import { isOpen, isSpecial } from "./run.js";
import { symbolAt } from "./writing.js";

// A prompt's cell is a character as it was given, or a token; a written one is as many
// symbols as make one: the jamo of a syllable (NFC), a letter and its marks, the tokens that share a character's bytes.
// Where writing completes the prompt's last character, the two are one cell: `given` is then how the prompt has it. A
// cell's `place` is the step that it shows when it is pointed at. A run only grows, so what was found for it is kept.
/** @type {WeakMap<Run, Cell[]>} */
const found = new WeakMap();

/** @param {Run} run @returns {Cell[]} */
export function cells(run) {
  const list = found.get(run) ?? promptCells(run);
  found.set(run, list);
  for (let at = list.at(-1)?.to ?? 0; at < run.steps.length; at++) {
    const special = isSpecial(run, run.steps[at].id);
    const symbol = special ? run.symbols[run.steps[at].id] : symbolAt(run, at);
    const last = list.at(-1);
    const mayJoin = last && !special && !last.special && (!last.prompt || isOpen(run, last));
    const joined = mayJoin ? compose(last.text, symbol) : null;
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

// The cells of the prompt and of what was written, up to a step.
/** @param {Run} run @param {number} shown @returns {Cell[]} */
export function cellsUntil(run, shown) {
  return cells(run).filter(({ from, prompt }) => prompt || from < shown).map((cell) => (
    cell.given === undefined || shown > run.prompted ? cell
      : { ...cell, text: cell.given, to: run.prompted, place: cell.from, given: undefined }));
}

// The place of a step in the text: where the cell that holds it begins, or, going on, where the next one does.
/** @param {Run} run @param {number} at @param {boolean} [back] */
export function startOfCell(run, at, back) {
  const inside = cells(run).find(({ from, to }) => from < at && at < to);
  if (!inside || at === run.prompted) return at; // the end of the prompt is a place also within a cell
  const [first, end] = inside.given === undefined ? [inside.from, inside.to]
    : at < run.prompted ? [inside.from, run.prompted] : [run.prompted, inside.to];
  return back ? first : end;
}

// The prompt's characters before a step of the prompt, as they were given.
/** @param {Run} run @param {number} at */
export function promptUntil(run, at) {
  const kept = cells(run).findIndex(({ to }) => to > at);
  const length = run.skipped + run.promptCells.slice(0, kept).reduce((n, { text }) => n + [...text].length, 0);
  return [...run.text].slice(0, length).join("");
}

const LONGEST = 64; // of a cell that marks are still added to

// Two texts as one cell, or null where they stay apart. No letter below U+0300 joins what stands before it.
/** @param {string} text @param {string} symbol */
function compose(text, symbol) {
  if (bytes.isBegun(text) && bytes.continues(symbol)) return bytes.whole(text + symbol);
  if (symbol < "\u0300") return null;
  const joined = (text + symbol).normalize("NFC");
  if (characters.isMark(symbol) && characters.endsVisibly(text) && text.length < LONGEST) return joined;
  return joined.length < text.normalize("NFC").length + symbol.normalize("NFC").length ? joined : null;
}
