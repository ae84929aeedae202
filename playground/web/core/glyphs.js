// How a cell of a text is drawn and called.

import * as characters from "./characters.js";
import * as format from "./format.js";

/** @param {string} text */
export const glyph = (text) => {
  if (text === " " || !characters.single(text)) return format.bytes(text).replace(/\n/g, "↵\n");
  return text === "\n" ? "↵\n" : format.alone(text);
};

// The same of a token, which may hold what cannot be seen beside other characters.
/** @param {string} text */
export const glyphs = (text) => {
  const parts = /^[ -~]*$/.test(text) ? [text] : characters.segments(text);
  return parts.length === 1 ? glyph(text) : parts.map(glyph).map((part) => (characters.coded(part) ? `⟨${part}⟩` : part)).join("");
};

// A token is called by all that it holds, a character as it was given.
/** @param {{ text: string, special: boolean }} cell */
export const nameOf = ({ text, special }) => format.called(special ? text : characters.core(text), special);
