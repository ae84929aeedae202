// Characters as people count and see them. What cannot be seen by itself has a sign and, from the server, a name; a text
// that runs from right to left is kept from reordering what stands around it. Pure.

const UNSEEN = /^[\p{C}\p{Z}\p{DI}]$/u;
const MARK = /^(?!\p{DI})\p{M}/u;
const TURNS = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const EMBEDDINGS = /[\u202a-\u202e\u2066-\u2069]/g;
const names = new Map();

// Python's names of what cannot be seen, by character.
/** @param {Record<string, string>} [told] */
export function learn(told) {
  for (const [character, name] of Object.entries(told || {})) names.set(character, name);
}

/** @param {string} text */
export const single = (text) => text.length === String.fromCodePoint(text.codePointAt(0) ?? 0).length;

// What is drawn for a code point that cannot be seen by itself: U+200D, ␛, or a mark on a circle. Others as they are.
/** @param {string} character */
export function sign(character) {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "␡";
  if (MARK.test(character)) return `◌${character}`;
  return UNSEEN.test(character) ? `U+${code.toString(16).toUpperCase().padStart(4, "0")}` : character;
}

// Where a sign is a code point, which takes more room than a letter.
/** @param {string} text */
export const coded = (text) => /^U\+[0-9A-F]{4,6}$/.test(text);

const segmenter = Intl.Segmenter && new Intl.Segmenter("en", { granularity: "grapheme" });
/** @param {string} text */
export const segments = (text) => (segmenter ? Array.from(segmenter.segment(text), ({ segment }) => segment) : [...text]);

// The last characters of a text, of which no more is cut than is needed.
/** @param {string} text @param {number} count */
export function lastOf(text, count) {
  const from = Math.max(0, text.length - 16 * count);
  return segments(text.slice(from)).slice(from ? 1 : 0).slice(-count);
}

// A character without what shows nothing beside it; what shows nothing alone stays.
/** @param {string} text */
export const core = (text) => (single(text) ? text : segments(text).filter((part) => /[^\p{DI}]/u.test(part)).join("") || text);

// A text to repeat: of a hundred marks on a letter a few, and nothing that turns what follows around.
/** @param {string} text */
export const bounded = (text) => text.replace(/(\p{M}{4})\p{M}+/gu, "$1").replace(EMBEDDINGS, "");

// For a place among other words (UAX #9: what is isolated reorders nothing outside).
/** @param {string} text */
export const isolated = (text) => (TURNS.test(text) ? `\u2068${text.replace(EMBEDDINGS, "")}\u2069` : text);

/** @param {string} character */
export const nameOf = (character) => names.get(character) || "";
/** @param {string} text */
export const isMark = (text) => MARK.test(text) && single(text);
/** @param {string} text */
export const endsVisibly = (text) => /[^\p{C}\p{Z}\p{DI}]$/u.test(text);
/** @param {string} text */
export const isVisible = (text) => /[^\p{DI}]/u.test(text);
/** @param {string} text */
export const turns = (text) => TURNS.test(text);
