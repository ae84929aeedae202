// Passages written by people, to compare with generated text: one per kind of model. All are in the public domain or,
// like the C function and the list of names, the project's own. None occurs in the training text, except for the
// names. Pure.

/** @type {[RegExp, string][]} */
const PASSAGES = [
  // Hamlet, which is not in Tiny Shakespeare.
  [/shakespeare.*geron/, "to be, or not to be, that is the question:\nwhether 'tis nobler in the mind to suffer\nthe slings and arrows of outrageous fortune,\nor to take arms against a sea of troubles"],
  [/shakespeare/, "To be, or not to be, that is the question:\nWhether 'tis nobler in the mind to suffer\nThe slings and arrows of outrageous fortune,\nOr to take arms against a sea of troubles"],
  // Thus Spake Zarathustra, in the translation of Thomas Common (1909).
  [/nietzsche/, "i teach you the superman. man is something that is to be surpassed. what have ye done to surpass man? all beings hitherto have created something beyond themselves"],
  // 윤동주, 「서시」 (1941).
  [/korean/, "죽는 날까지 하늘을 우러러 한 점 부끄럼이 없기를, 잎새에 이는 바람에도 나는 괴로워했다. 별을 노래하는 마음으로 모든 죽어가는 것을 사랑해야지."],
  [/lua/, "static int largest (const int *values, int n) {\n  int i, best = values[0];\n  for (i = 1; i < n; i++)\n    if (values[i] > best) best = values[i];\n  return best;\n}\n"],
  [/names/, "beatrice\nhenry\nmargaret\nfrederick\neleanor\nwalter\nharriet\ngeorge\nphilippa\nleonard\nrosalind\nstanley\nwinifred\n"],
];

const DEFAULT = "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was the epoch of belief, it was the epoch of incredulity";

// The passage for a model, by its name.
/** @param {string} model @returns {string} */
export const humanText = (model) => PASSAGES.find(([name]) => name.test(model))?.[1] ?? DEFAULT;
