// A translation as the server tells it (translating.py), letter by letter. Pure.

/**
 * ids: its letters, with the end where it has one. rows: of each the logits before it. attention: where the model looked before
 * each, over the letters of the source; null where it has none.
 * @typedef {{ model: string, symbols: string[], source: string[], text: string, ids: number[], log_probability: number, ended: boolean, attends: boolean, rows: Float32Array[], attention: number[][] | null, figures: Figures }} Written
 */

/**
 * What a model's card says: nats per letter and chrF on pairs that it did not learn, and the letters that it read in training.
 * @typedef {{ parameters: number | null, nats: number | null, chrf: number | null, seen: number | null }} Figures
 * What a model writes for the same sentence.
 * @typedef {{ other: string, text: string, log_probability: number, figures: Figures }} Other
 */

/** @param {any} head @param {{ singles: (count: number) => Float32Array }} body @returns {Written} */
export function read(head, body) {
  const rows = head.ids.map(() => body.singles(head.symbols.length));
  const attention = head.attends ? head.ids.map(() => Array.from(body.singles(head.source.length))) : null;
  return { ...head, rows, attention };
}

// The first place where two texts part; the length of the shorter one where it begins the other.
/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function parts(a, b) {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return i;
}

// The most likely letter at each place, the first of several.
/** @param {{ rows: Float32Array[] }} of */
export const guesses = ({ rows }) => rows.map((row) => row.reduce((best, value, id) => (value > row[best] ? id : best), 0));

// The models by their loss, the highest first; those that do not say theirs before all.
/** @param {Other[]} others */
export const ranking = (others) => [...others].sort((a, b) => (b.figures.nats ?? Infinity) - (a.figures.nats ?? Infinity) || (a.other < b.other ? -1 : 1));

// The letters that each read in training, where all read equally many; 0 elsewhere.
/** @param {Other[]} others */
export const trainingLetters = (others) => (new Set(others.map(({ figures }) => figures.seen)).size === 1 ? others[0].figures.seen ?? 0 : 0);
