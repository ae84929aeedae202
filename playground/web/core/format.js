// Formats symbols and numbers for people. `seen` makes white space and jamo visible and gives every symbol a distinct
// look: a final jamo as -ㄱ, one outside a syllable as (ㄱ), an incomplete byte as ⟨E2⟩, an invisible character as its
// code point. `alone` shows a symbol as in running text; `spoken` and `quoted` name it, the latter within a sentence.

import * as characters from "./characters.js";
import { current, rich, say, sentence, fromServer, words } from "./i18n.js";
import * as sampling from "./sampling.js";

const CACHE_SIZE = 4096; // symbols
/** @type {Record<string, string>} */
const WORD_KEYS = { " ": "space", "\n": "newline", "\t": "tab" };
/** @type {Record<string, string>} */
const VISIBLE = { " ": "␣", "\n": "↵", "\t": "⇥", "\r": "␍", "\u00a0": "⍽" };

const SIGNS = /^[␣↵⇥⍽◌\u2400-\u2421]$/; // signs that stand for another symbol
/** @type {(symbol: string) => string} */
export const alone = (symbol) => VISIBLE[symbol] || (/^[\u1100-\u11ff]$/.test(symbol) ? toCompatible(symbol) : showByte(symbol, characters.sign(symbol)));
// The label for an unnamed id: one of the folded ones or, if all kept ids are equally likely, any of those.
/** @param {{ even: boolean }} drawn */
export const unnamed = ({ even }) => say(even ? "any_kept" : "one_of_others");
/** @param {string} letter @param {string} [other] */
const showByte = (letter, other = letter) => (/[\uf780-\uf7ff]/.test(letter) ? `⟨${(letter.charCodeAt(0) - 0xf700).toString(16).toUpperCase()}⟩` : other);
// Cached: a drag of the slider shows the same symbols in each frame.
/** @type {Map<string, string>} */
const cache = new Map();
/** @type {(symbol: string) => string} */
export const seen = (symbol) => {
  let text = cache.get(symbol);
  if (text === undefined) {
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(symbol, text = show(symbol));
  }
  return text;
};
/** @param {string} symbol */
const show = (symbol) => {
  if (!characters.isSingle(symbol)) return [...symbol].map((letter, i) => letterWithin(letter, i > 0)).join("");
  if (/^[\u11a8-\u11ff]$/.test(symbol)) return `-${alone(symbol)}`;
  return /^[\u3131-\u318e]$/.test(symbol) || SIGNS.test(symbol) ? `(${symbol})` : alone(symbol);
};
// One letter of a longer symbol. A mark stays on the letter before it; a code point is bracketed so that it is not
// read as text.
/** @param {string} letter @param {boolean} follows */
const letterWithin = (letter, follows) => {
  if (follows && characters.isMark(letter)) return letter;
  const sign = VISIBLE[letter] || showByte(letter, characters.sign(letter));
  return characters.isCodePoint(sign) ? `⟨${sign}⟩` : sign;
};
// An invisible symbol with its Unicode name; "" for visible ones.
/** @param {string} symbol */
const invisibleName = (symbol) => {
  const name = characters.isSingle(symbol) ? characters.nameOf(symbol) : "";
  if (WORD_KEYS[symbol]) return say(WORD_KEYS[symbol]);
  return name || characters.isCodePoint(alone(symbol)) ? `${alone(symbol)} ${name}`.trim() : "";
};
/** @param {string} symbol */
export const spoken = (symbol) => invisibleName(symbol) || (characters.segments(symbol).length === 1 && !characters.isSingle(symbol) ? symbol : seen(symbol));
// The name of a symbol. A special token is labelled as such, since its spelling could be mistaken for text.
/** @param {string} symbol @param {boolean} [special] */
export const called = (symbol, special) => (special ? say("special_token", { symbol: seen(symbol) }) : spoken(symbol));
// A character quoted inside a sentence.
/** @param {string} text */
export const quoted = (text) => (
  characters.isolate(invisibleName(characters.visiblePart(text)) || characters.limitMarks(text)));
export { rich, say, sentence, fromServer };

// A sentence with a count of symbols, which are characters or of another kind (`counted`, server/wire.py) that is
// named.
/** @param {string} key @param {string} counted @param {Record<string, unknown>} values */
export const counting = (key, counted, values) => (
  counted === "character" ? say(key, values) : say(`${key}_counted`, { ...values, units: words[`units_${counted}`] }));

// Maps a conjoining jamo to the compatibility jamo that looks the same on its own.
/** @type {Map<string, string>} */
const COMPATIBLE = new Map();
for (let code = 0x3131; code <= 0x318e; code++) {
  const letter = String.fromCharCode(code);
  COMPATIBLE.set(letter.normalize("NFKD"), letter);
}
const FINALS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";
/** @param {string} jamo */
const toCompatible = (jamo) => {
  const code = jamo.charCodeAt(0);
  return code >= 0x11a8 && code <= 0x11c2 ? FINALS[code - 0x11a8] : COMPATIBLE.get(jamo) || jamo;
};

// A percentage with about three digits. The space before % does not break.
/** @param {number} p */
export const percent = (p) => `${digitsOf(100 * p)}\u00a0%`;
/** @param {number} share */
function digitsOf(share) {
  if (share === 0) return "0";
  if (share >= 1) return share.toFixed(1);
  return share >= 0.001 ? share.toFixed(share >= 0.1 ? 2 : 3) : power(share);
}
// One digit and a power of ten: 3·10⁻⁶.
/** @param {number} n */
export const power = (n) => {
  const [digits, exponent] = n.toExponential(0).split("e");
  return `${digits}·10${exponent.replace("+", "").replace("-", "⁻").replace(/\d/g, (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(d)])}`;
};
// Grouped as in English, 1,234.5. Reused formatters: `toLocaleString` is slow because it builds one per call.
const GROUPED = new Intl.NumberFormat("en");
const TENTHS = new Intl.NumberFormat("en", { maximumFractionDigits: 1, minimumFractionDigits: 1 });
/** @param {number} n */
export const grouped = (n) => GROUPED.format(n);
/** @param {number} n */
export const tenths = (n) => TENTHS.format(n);

// A count with three digits, "3.32 M". Korean counts in ten thousands, "332만".
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const MYRIADS = new Intl.NumberFormat("ko", { notation: "compact", maximumSignificantDigits: 3 });
/** @param {number} n */
const byMyriads = (n) => (n < 1e4 ? grouped(n) : MYRIADS.format(n));
/** @param {number} n */
export const count = (n) => (current() === "ko" ? byMyriads(n) : COMPACT.format(n).replace(/([A-Z])$/, " $1"));
// A rounded count with two digits: "10,000", "1만".
/** @param {number} n */
export const roughly = (n) => (current() === "ko" ? byMyriads : grouped)(Number(n.toPrecision(2)));

/** @param {number} t */
export const number = (t) => {
  if (t === Infinity) return "∞";
  if (t === 0) return "0";
  if (t >= 1e5 || t < 1e-3) return t.toExponential(1);
  return t >= 100 ? t.toFixed(0) : t >= 10 ? t.toFixed(1) : t < 0.1 ? t.toFixed(3) : t.toFixed(2);
};

// A temperature with all its digits, even beyond those of `number`.
/** @param {number} t */
export const exactly = (t) => (t === Infinity || Number(number(t)) === t ? number(t) : String(t));

// A bias on a logit: "+1.5", "−∞".
/** @param {number} number */
export const bias = (number) => (number === -Infinity ? "−∞" : `${number < 0 ? "−" : "+"}${Number(Math.abs(number).toFixed(2))}`);

// The colour of a temperature: blue when cold, violet at T = 1, red when hot. Set it on the element that shows it,
// not on a common parent: every element that inherits it would be restyled at each move of the slider.
/** @param {number} temperature */
export function heat(temperature) {
  const warmth = 2 * sampling.positionOf(temperature) - 1; // −1 cold, 1 hot
  const end = warmth < 0 ? "blue" : "red";
  return `color-mix(in oklab, var(--violet), var(--${end}) ${Math.abs(100 * warmth).toFixed(1)}%)`;
}

/** @param {string} text */
export const bytes = (text) => [...text].map((letter) => showByte(letter)).join("");
