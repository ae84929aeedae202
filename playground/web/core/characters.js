// Characters as people count and see them. Invisible ones get a sign and, from the server, a name. Right-to-left text
// is isolated so that it does not reorder what surrounds it. Pure.

const INVISIBLE = /^[\p{C}\p{Z}\p{DI}]$/u;
const MARK = /^(?!\p{DI})\p{M}/u;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const BIDI_CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;
const names = new Map();

// Remembers Python's names for invisible characters, by character.
/** @param {Record<string, string>} [namesByCharacter] */
export function learn(namesByCharacter) {
  for (const [character, name] of Object.entries(namesByCharacter || {})) names.set(character, name);
}

/** @param {string} text */
export const isSingle = (text) => text.length === String.fromCodePoint(text.codePointAt(0) ?? 0).length;

// How a code point is drawn: an invisible one as U+200D or ␛, a combining mark on a circle, others as they are.
/** @param {string} character */
export function sign(character) {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "␡";
  if (MARK.test(character)) return `◌${character}`;
  return INVISIBLE.test(character) ? `U+${code.toString(16).toUpperCase().padStart(4, "0")}` : character;
}

// Whether a sign is written as a code point, which is wider than a letter.
/** @param {string} text */
export const isCodePoint = (text) => /^U\+[0-9A-F]{4,6}$/.test(text);

const segmenter = Intl.Segmenter && new Intl.Segmenter("en", { granularity: "grapheme" });
/** @param {string} text */
export const segments = (text) => (segmenter ? Array.from(segmenter.segment(text), ({ segment }) => segment) : [...text]);

// The last `count` characters of a text, without segmenting all of it.
/** @param {string} text @param {number} count */
export function lastOf(text, count) {
  const from = Math.max(0, text.length - 16 * count);
  return segments(text.slice(from)).slice(from ? 1 : 0).slice(-count);
}

// Removes invisible code points from a character, unless nothing else is left.
/** @param {string} text */
export const visiblePart = (text) => (isSingle(text) ? text : segments(text).filter((part) => /[^\p{DI}]/u.test(part)).join("") || text);

// A text that is safe to quote: at most four marks on a letter, and no bidirectional controls.
/** @param {string} text */
export const limitMarks = (text) => text.replace(/(\p{M}{4})\p{M}+/gu, "$1").replace(BIDI_CONTROLS, "");

// Isolates right-to-left text so that it does not reorder the words around it (UAX #9).
/** @param {string} text */
export const isolate = (text) => (RIGHT_TO_LEFT.test(text) ? `\u2068${text.replace(BIDI_CONTROLS, "")}\u2069` : text);

/** @param {string} character */
export const nameOf = (character) => names.get(character) || "";
/** @param {string} text */
export const isMark = (text) => MARK.test(text) && isSingle(text);
/** @param {string} text */
export const endsVisibly = (text) => /[^\p{C}\p{Z}\p{DI}]$/u.test(text);
/** @param {string} text */
export const isVisible = (text) => /[^\p{DI}]/u.test(text);
/** @param {string} text */
export const hasRightToLeft = (text) => RIGHT_TO_LEFT.test(text);
