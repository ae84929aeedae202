// What charts are given to draw. Only tsc reads this; browsers do not.

/** What a chart needs to know of a place in a text. */
interface Place {
  logits: Float32Array | Float64Array | FoldedRow;
  symbols: string[];
  /** Ids of special tokens. */
  special?: Set<number>;
  /** "character" or "token" */
  unit?: string;
  /** The incomplete character at the end of the text so far. */
  before?: string;
  u?: number | null;
  /** The symbol at this place, and whether a person chose it. */
  came?: { id: number, hand: boolean } | null;
}

/** The distribution at a place under given settings. Its arrays are in the order of the row. */
interface Distribution extends Required<Place> {
  row: Row;
  atOne: Float64Array;
  drawn: Drawn;
  settings: Sampling;
  /** Before truncation. */
  whole: Float64Array;
  /** Whether truncation removed any. */
  truncated: boolean;
  /** Whether its symbols are characters that were summed over tokens (core/nextcharacter.js). */
  summed?: boolean;
  /** The id under the dart; null where it is among the folded ones, undefined without a dart. */
  under: number | null | undefined;
}

/** What one bar stands for: places in a row. */
interface Group {
  symbol: string;
  places: number[];
  /** Whether it is all tokens that begin with the same character. */
  first?: boolean;
  special: boolean;
}

/** What can come next, however the text is cut into tokens (core/nextcharacter.js); the likeliest first. */
interface NextCharacters {
  logits: Float32Array | FoldedRow;
  /** Of special tokens; null for a character. */
  ids: (number | null)[];
  symbols: string[];
  /** The places of special tokens. */
  special: Set<number>;
  /** An upper bound of the mass not summed. */
  leftOut: number;
  /** The same, whichever way all of the text is cut. */
  leftOutOfAll: number;
  /** How many tokens at the end of the text were re-tokenized. */
  cutAnew: number;
  /** Whether that is the whole text. */
  whole: boolean;
  /** Total variation distance from the first answer. */
  changed: number;
}

interface LineStep {
  symbol: string;
  surprise: number;
  entropy: number;
}

/** Probabilities by row and column (charts/heatmap.js). */
interface HeatmapData {
  /** Their names, as they are shown. */
  rows: string[];
  columns: string[];
  /** What stands under the columns: where, as a share of the width, and what. */
  ticks: [number, string][];
  /** By row, then by column, from 0 to 1. */
  values: number[][];
  /** The highlighted row. */
  row?: number | null;
}

/** A branch of a search (charts/tree.js). */
interface TreeNode {
  /** Its number among the nodes; −1 for where the search begins. */
  parent: number;
  /** The symbol it adds, as displayed. */
  text: string;
  /** The log-probability up to here, in nats. */
  logp: number;
  /** Whether the search went on from it. */
  kept: boolean;
  /** Whether it is on the way to the best text. */
  best?: boolean;
}

interface TreeData {
  nodes: TreeNode[];
  /** How far the search has come: deeper nodes are not shown. */
  depth: number;
}

/** A curve, and what lies around it (charts/curves.js). */
interface Curve {
  name: string;
  /** x from 0 to 1, and y. */
  points: [number, number][];
  /** x, and the lowest and the highest y there. */
  spread?: [number, number, number][];
}

type Tick = [number, string, boolean?];

interface CurvesData {
  series: Curve[];
  /** What stands under them and beside them: where, and what; and whether it is left out where it is narrow. */
  ticks: Tick[];
  levels: [number, string][];
  /** The y of the upper edge. */
  top: number;
}
