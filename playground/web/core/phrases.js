// Splits a growing text into phrases for screen readers.

const END = /[.!?…:;,。、！？]+["'”’)\]]*\s|\n/gu;
const MAX_LENGTH = 80; // characters without a phrase end, after which a word boundary is enough

// How many characters of `text` form whole phrases; all of them once it is `finished`.
/** @param {string} text @param {boolean} finished */
export function lengthOfWholePhrases(text, finished) {
  if (finished) return text.length;
  const last = [...text.matchAll(END)].at(-1);
  if (last) return last.index + last[0].length;
  return text.length > MAX_LENGTH ? text.lastIndexOf(" ") + 1 : 0;
}
