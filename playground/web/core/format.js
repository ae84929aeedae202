// Symbols and numbers as people read them. `seen` shows white space and jamo, no two symbols alike: a final as -ㄱ, a letter
// that was never part of a syllable as (ㄱ), a byte that is no character yet as ⟨E2⟩, what cannot be seen by its code point.
// `alone` shows the same in a text, as it would be written; `spoken` names them, and `quoted` does so among other words.

import * as characters from "./characters.js";
import { rich, say, sentence, told } from "./i18n.js";
import * as sampling from "./sampling.js";

const MOST = 4096; // symbols of which it is kept how they are seen
/** @type {Record<string, string>} */
const READ_ALOUD = { " ": "space", "\n": "newline", "\t": "tab" };
/** @type {Record<string, string>} */
const SEEN = { " ": "␣", "\n": "↵", "\t": "⇥", "\r": "␍", "\u00a0": "⍽" };

const SIGNS = /^[␣↵⇥⍽◌\u2400-\u2421]$/; // that stand for another symbol
/** @type {(symbol: string) => string} */
export const alone = (symbol) => SEEN[symbol] || (/^[\u1100-\u11ff]$/.test(symbol) ? compatible(symbol) : byte(symbol, characters.sign(symbol)));
// What a folded row does not name: under the dart is one of the folded or, where all that is kept is alike, any of it.
/** @param {{ even: boolean }} drawn */
export const unnamed = ({ even }) => say(even ? "any_kept" : "one_of_others");
/** @param {string} letter @param {string} [other] */
const byte = (letter, other = letter) => (/[\uf780-\uf7ff]/.test(letter) ? `⟨${(letter.charCodeAt(0) - 0xf700).toString(16).toUpperCase()}⟩` : other);
// The symbols of a model are few, and a drag of the temperature shows the same ones in each frame.
/** @type {Map<string, string>} */
const known = new Map();
/** @type {(symbol: string) => string} */
export const seen = (symbol) => {
  let text = known.get(symbol);
  if (text === undefined) {
    if (known.size >= MOST) known.clear();
    known.set(symbol, text = show(symbol));
  }
  return text;
};
/** @param {string} symbol */
const show = (symbol) => {
  if (!characters.single(symbol)) return [...symbol].map((letter, i) => within(letter, i > 0)).join("");
  if (/^[\u11a8-\u11ff]$/.test(symbol)) return `-${alone(symbol)}`;
  return /^[\u3131-\u318e]$/.test(symbol) || SIGNS.test(symbol) ? `(${symbol})` : alone(symbol);
};
// A letter of a longer symbol: a mark stands on the letter before it, and U+200D must not be taken for letters.
/** @param {string} letter @param {boolean} follows */
const within = (letter, follows) => {
  if (follows && characters.isMark(letter)) return letter;
  const sign = SEEN[letter] || byte(letter, characters.sign(letter));
  return characters.coded(sign) ? `⟨${sign}⟩` : sign;
};
// What cannot be seen, with its name in Unicode; "" for others.
/** @param {string} symbol */
const named = (symbol) => {
  const name = characters.single(symbol) ? characters.nameOf(symbol) : "";
  if (READ_ALOUD[symbol]) return say(READ_ALOUD[symbol]);
  return name || characters.coded(alone(symbol)) ? `${alone(symbol)} ${name}`.trim() : "";
};
/** @param {string} symbol */
export const spoken = (symbol) => named(symbol) || (characters.segments(symbol).length === 1 && !characters.single(symbol) ? symbol : seen(symbol));
// The name of a symbol where it is one of the special tokens, whose writing could be taken for text.
/** @param {string} symbol @param {boolean} [special] */
export const called = (symbol, special) => (special ? say("special_token", { symbol: seen(symbol) }) : spoken(symbol));
// A character of a text that others are said about.
/** @param {string} text */
export const quoted = (text) => characters.isolated(named(characters.core(text)) || characters.bounded(text));
export { rich, say, sentence, told };

// A conjoining jamo as the compatibility jamo that looks like it when it stands alone.
/** @type {Map<string, string>} */
const COMPATIBLE = new Map();
for (let code = 0x3131; code <= 0x318e; code++) {
  const letter = String.fromCharCode(code);
  COMPATIBLE.set(letter.normalize("NFKD"), letter);
}
const FINALS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";
/** @param {string} jamo */
const compatible = (jamo) => {
  const code = jamo.charCodeAt(0);
  return code >= 0x11a8 && code <= 0x11c2 ? FINALS[code - 0x11a8] : COMPATIBLE.get(jamo) || jamo;
};

// Three digits or so, always as a percentage. No line ends before its sign.
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
// As English writes it: 1,234.5. `toLocaleString` finds out each time how that is, which takes as long as a drawing.
const GROUPED = new Intl.NumberFormat("en");
const TENTHS = new Intl.NumberFormat("en", { maximumFractionDigits: 1, minimumFractionDigits: 1 });
/** @param {number} n */
export const grouped = (n) => GROUPED.format(n);
/** @param {number} n */
export const tenths = (n) => TENTHS.format(n);

/** @param {number} t */
export const number = (t) => {
  if (t === Infinity) return "∞";
  if (t === 0) return "0";
  if (t >= 1e5 || t < 1e-3) return t.toExponential(1);
  return t >= 100 ? t.toFixed(0) : t >= 10 ? t.toFixed(1) : t < 0.1 ? t.toFixed(3) : t.toFixed(2);
};

// A bias on a logit: "+1.5", "−∞".
/** @param {number} number */
export const bias = (number) => (number === -Infinity ? "−∞" : `${number < 0 ? "−" : "+"}${Number(Math.abs(number).toFixed(2))}`);

// The colour of a temperature: blue when cold, violet as the model believes, red when hot. It is set where it shows and
// not on a common parent: every element that inherits it would be styled anew at each move of the slider.
/** @param {number} temperature */
export function heat(temperature) {
  const tilt = 2 * sampling.positionOf(temperature) - 1; // −1 cold, 1 hot
  return `color-mix(in oklab, var(--violet), var(--${tilt < 0 ? "blue" : "red"}) ${Math.abs(100 * tilt).toFixed(1)}%)`;
}

/** @param {string} text */
export const bytes = (text) => [...text].map((letter) => byte(letter)).join("");
