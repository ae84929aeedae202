// How a growing text is read aloud: by phrases, not by characters.

const END = /[.!?…:;,。、！？]+["'”’)\]]*\s|\n/gu;
const LONG = 80; // characters without the end of a phrase, after which a word's end will do

// How many characters of `text` are whole phrases; all of them once it is `finished`.
/** @param {string} text @param {boolean} finished */
export function wholePhrases(text, finished) {
  if (finished) return text.length;
  const last = [...text.matchAll(END)].at(-1);
  if (last) return last.index + last[0].length;
  return text.length > LONG ? text.lastIndexOf(" ") + 1 : 0;
}
