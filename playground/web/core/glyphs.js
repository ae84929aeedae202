// How a cell of text is drawn and named.

import * as characters from "./characters.js";
import * as format from "./format.js";

/** @param {string} text */
export const glyph = (text) => {
  if (text === " " || !characters.isSingle(text)) return format.bytes(text).replace(/\n/g, "↵\n");
  return text === "\n" ? "↵\n" : format.alone(text);
};

// The same for a token, which may mix invisible and visible characters.
/** @param {string} text */
export const glyphs = (text) => {
  const segments = /^[ -~]*$/.test(text) ? [text] : characters.segments(text);
  return segments.length === 1 ? glyph(text) : segments.map(glyph).map((part) => (characters.isCodePoint(part) ? `⟨${part}⟩` : part)).join("");
};

// A token is named by all its characters, a character as typed.
/** @param {{ text: string, special: boolean }} cell */
export const nameOf = ({ text, special }) => format.called(special ? text : characters.visiblePart(text), special);
