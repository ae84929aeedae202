// What a run (run.js) spells: its text as Python joins it. Pure.

import * as bytes from "./bytes.js";
import { isOpen, isSpecial, written } from "./run.js";

// What a written step adds to the text. Where a text begins with it, the space before its first word is not shown, as
// the library decodes it.
/** @param {Run} run @param {number} at */
export function symbolAt(run, at) {
  const symbol = run.symbols[run.steps[at].id];
  if (!run.dropsFirstSpace || run.text || !symbol.startsWith(" ")) return symbol;
  const first = run.steps.findIndex(({ id }, i) => i >= run.prompted && !isSpecial(run, id));
  return at === first ? symbol.slice(1) : symbol;
}

// The symbols of written steps, with `special` of those that are special tokens.
/** @param {Run} run @param {number | undefined} to @param {(symbol: string) => string} special */
const spell = (run, to, special) => run.steps.slice(run.prompted, to)
  .map(({ id }, i) => (isSpecial(run, id) ? special(run.symbols[id]) : symbolAt(run, run.prompted + i))).join("");

// The whole text, prompt and written, as /generate gives it in the end, without the special tokens that the model wrote.
// `writingOf` has them too: it tells apart texts that differ in nothing else. Of a run without rows its record says it.
/** @param {Run} run @param {number} [to] */
export const textOf = (run, to) => join(run, spell(run, to, () => ""));
/** @param {Run} run @param {number} [to] */
export const writingOf = (run, to) => run.record?.writing ?? join(run, spell(run, to, (symbol) => symbol));

// The prompt and what follows it: bytes as they decode; jamo composed, also across the seam, where the model read the
// prompt's last character as itself.
/** @param {Run} run @param {string} symbols */
function join(run, symbols) {
  if (run.unit === "token") return run.text + bytes.decode(bytes.bytesOf(symbols));
  if (run.normalizer !== "nfd") return run.text + symbols;
  const after = symbols.normalize("NFC");
  const last = run.promptCells.at(-1);
  if (!last || !isOpen(run, last)) return run.text + after;
  const joined = (last.text + symbols).normalize("NFC");
  if (joined === last.text.normalize("NFC") + after) return run.text + after;
  return run.text.slice(0, run.text.length - last.text.length) + joined;
}

// The bytes at its end that begin a character and need more to make one: the text does not hold them.
/** @param {Run} run @param {number} [to] */
export function unfinished(run, to = run.steps.length) {
  if (run.unit !== "token") return [];
  const end = [...bytes.bytesOf(spell(run, to, () => "").slice(-3))].slice(-3);
  while (end.length && bytes.decode(Uint8Array.from(end)) !== "") end.shift();
  return end;
}

// The same before step `at`, which may be of the prompt, as the symbols have them.
/** @param {Run} run @param {number} at */
export const pending = (run, at) => bytes.pending(run.steps.slice(Math.max(0, at - 3), at).map(({ id }) => run.symbols[id]).join(""));

// Whether a run holds all that another one does. Of a syllable in the making the text is another one at each step.
/** @param {Run} run @param {Run} other */
export function holds(run, other) {
  if (run.model !== other.model) return false;
  if (run.text === other.text && written(other).every((id, i) => run.steps[run.prompted + i]?.id === id)) return true;
  return writingOf(run).startsWith(writingOf(other));
}

// A symbol as programs read it.
/** @param {Run} run @param {number} id */
export const plain = (run, id) => (run.unit === "token" ? bytes.plain(run.symbols[id]) : { symbol: run.symbols[id], bytes: null });
