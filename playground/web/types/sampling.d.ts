// Rows of logits, and what the sampling stages make of them. Only tsc reads this; browsers do not.

/** A long vocabulary's row, folded (playground/sampling/folding.py): the likeliest ids, and a histogram of the others. */
interface FoldedRow {
  ids: Uint32Array;
  logits: ArrayLike<number> & Iterable<number>;
  counts: ArrayLike<number>;
  means: ArrayLike<number> & Iterable<number>;
  size: number;
}

type Numbers = Float64Array | Float32Array | number[];

/** Raw logits over a vocabulary: one an id, or folded. */
type Logits = Numbers | FoldedRow;

interface Standing {
  rank: number;
  logit: number;
}

/** Numbers that are added to the logits of ids; minus infinity bans. */
type Bias = [number, number][];

/** Logits in descending order, ties by id. Of a folded row, groups follow its ids as further entries. */
interface Row {
  ids: Uint32Array;
  ranked: Float64Array;
  /** The same entries with their bias. */
  bent: Float64Array;
  /** The entries as the bias ranks them, likeliest first. */
  order: Uint32Array;
  /** How many symbols each entry stands for. */
  counts: Float64Array;
  /** Of the whole vocabulary. */
  size: number;
  folded: boolean;
}

/** Sampling settings, as sampling.js takes them. */
interface Sampling {
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
  bias: Bias;
}

/** What the stages leave of a row, in its order. */
interface Drawn {
  probabilities: Float64Array;
  /** How many symbols of each entry are left. */
  left: Float64Array;
  /** How many in all. */
  kept: number;
  /** Their total weight, relative to the likeliest. */
  sum: number;
  /** Whether all that is kept is equally likely. */
  even: boolean;
}

/** From temperature `from` on, a given u draws this id; null for folded ones. */
interface Flip {
  from: number;
  id: number | null;
}
