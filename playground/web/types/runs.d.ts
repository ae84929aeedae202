// Runs: a text with its steps, as opened, stored and shown. Only tsc reads this; browsers do not.

interface Step {
  id: number;
  /** null where nothing was drawn */
  u: number | null;
  logits: Float32Array | FoldedRow;
  /** How the id stood in the row, where that is folded. */
  own: Standing | null;
  /** null in the prompt */
  settings: Settings | null;
  /** The bias of these settings, by id. */
  bias: Bias;
  /** Whether a person chose it. */
  hand: boolean;
}

interface PromptCell {
  text: string;
  count: number;
  /** What the model reads instead of a character it lacks; "" if skipped, undefined if it knows the character. */
  unknown: string | undefined;
}

interface Run {
  id: string;
  model: string;
  card: Card;
  stops: string[];
  unit: string;
  /** What its symbols are called when counted: "character", "jamo", "code point" or "token". */
  counted: string;
  normalizer: string;
  start: unknown;
  folded: boolean;
  symbols: string[];
  special: Set<number>;
  dropsFirstSpace: boolean;
  /** Whether this is a token model asked for characters. */
  byCharacters: boolean;
  text: string;
  /** Characters at the beginning of the prompt that have no cells. */
  skipped: number;
  promptCells: PromptCell[];
  /** How many of the steps are the prompt's. */
  prompted: number;
  steps: Step[];
  /** The row after the last step. */
  tip: Float32Array | FoldedRow;
  settings: Settings;
  bias: Bias;
  /** The maximum number of generated steps. */
  expected: number;
  /** The number asked for, even if a line end or end token stopped it earlier. */
  most: number;
  /** Why it ended where it did: "length", "line" or "end". */
  stopped: string | null;
  /** Set for a version without logits (core/memory.js). */
  record?: RunRecord;
}

/** A run as it is stored (core/memory.js). */
interface RunRecord {
  model: string;
  prompt: string;
  ids: number[];
  hands: number[];
  under: [number, object][];
  settings: object;
  expected: number;
  /** Missing in records of older page versions. */
  most?: number;
  stopped: string | null;
  writing: string;
}

/** What a tab keeps over a reload (core/memory.js). */
interface Memory {
  format: number;
  /** The page's URL. */
  at: string;
  settings: Record<string, any>;
  current: RunRecord | null;
  /** Counted from the end of the prompt. */
  place: { cursor: number, shown: number, here: boolean, busy: boolean, playing: boolean };
  versions: RunRecord[];
  /** Texts of other tabs, by tab name. */
  texts: Record<string, string>;
}

/** A unit of display: a character, or a token. */
interface Cell {
  text: string;
  from: number;
  to: number;
  /** The step that it shows when it is pointed at. */
  place: number;
  prompt: boolean;
  special: boolean;
  unknown?: string;
  /** The prompt's part of it, if generated text completes it. */
  given?: string;
}

interface Judgement {
  probability: number;
  rank: number;
  surprise: number;
  entropy: number;
}

/** The place in the text that the bars are about. */
interface Moment {
  at: number;
  number: number;
  logits: Float32Array | FoldedRow;
  u: number | null;
  /** The step at this place, if it has been revealed. */
  came: Step | null;
  symbols: string[];
  run: Run;
}
