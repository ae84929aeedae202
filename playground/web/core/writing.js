// The text of a run (run.js), joined as Python does. Pure.

import * as bytes from "./bytes.js";
import { isOpen, isSpecial, writtenIds } from "./run.js";

// What a generated step adds to the text. At the very start of a text, the tokenizer library drops the leading space.
/** @param {Run} run @param {number} at */
export function symbolAt(run, at) {
  const symbol = run.symbols[run.steps[at].id];
  if (!run.dropsFirstSpace || run.text || !symbol.startsWith(" ")) return symbol;
  const first = run.steps.findIndex(({ id }, i) => i >= run.prompted && !isSpecial(run, id));
  return at === first ? symbol.slice(1) : symbol;
}

// The symbols of the generated steps, with `special` applied to special tokens.
/** @param {Run} run @param {number | undefined} to @param {(symbol: string) => string} special */
const spellSteps = (run, to, special) => run.steps.slice(run.prompted, to)
  .map(({ id }, i) => (isSpecial(run, id) ? special(run.symbols[id]) : symbolAt(run, run.prompted + i))).join("");

// `textOf` is the whole text as /generate returns it, without special tokens. `writingOf` includes them, to tell
// apart texts that differ in nothing else; without rows it comes from the record.
/** @param {Run} run @param {number} [to] */
export const textOf = (run, to) => join(run, spellSteps(run, to, () => ""));
/** @param {Run} run @param {number} [to] */
export const writingOf = (run, to) => run.record?.writing ?? join(run, spellSteps(run, to, (symbol) => symbol));

// The text of a run without generated steps, with one symbol after it.
/** @param {Run} run @param {number} id */
export const textWith = (run, id) => join(run, isSpecial(run, id) ? "" : run.symbols[id]);

// Joins the prompt and the generated symbols: bytes are decoded, and jamo are composed, also across the boundary if
// the model read the prompt's last character as itself.
/** @param {Run} run @param {string} symbols */
function join(run, symbols) {
  if (run.unit === "token") return run.text + bytes.decode(bytes.bytesOf(symbols));
  if (run.normalizer !== "nfd") return run.text + symbols;
  const generated = symbols.normalize("NFC");
  const last = run.promptCells.at(-1);
  if (!last || !isOpen(run, last)) return run.text + generated;
  const joined = (last.text + symbols).normalize("NFC");
  if (joined === last.text.normalize("NFC") + generated) return run.text + generated;
  return run.text.slice(0, run.text.length - last.text.length) + joined;
}

// The incomplete character at the end, as bytes; the text does not contain it.
/** @param {Run} run @param {number} [to] */
export function unfinished(run, to = run.steps.length) {
  if (run.unit !== "token") return [];
  const end = [...bytes.bytesOf(spellSteps(run, to, () => "").slice(-3))].slice(-3);
  while (end.length && bytes.decode(Uint8Array.from(end)) !== "") end.shift();
  return end;
}

// The same before step `at`, which may be in the prompt, as symbols.
/** @param {Run} run @param {number} at */
export const pending = (run, at) => bytes.pending(run.steps.slice(Math.max(0, at - 3), at).map(({ id }) => run.symbols[id]).join(""));

// Whether a run contains all of another. While a syllable is being formed, the text changes at each step.
/** @param {Run} run @param {Run} other */
export function holds(run, other) {
  if (run.model !== other.model) return false;
  if (run.text === other.text && writtenIds(other).every((id, i) => run.steps[run.prompted + i]?.id === id)) return true;
  return writingOf(run).startsWith(writingOf(other));
}

// A symbol as programs read it: text, and bytes for part of a character.
/** @param {Run} run @param {number} id */
export const plain = (run, id) => (run.unit === "token" ? bytes.plain(run.symbols[id]) : { symbol: run.symbols[id], bytes: null });
