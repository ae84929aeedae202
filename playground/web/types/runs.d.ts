// A text with its steps, as it is read, stored and shown. Only tsc reads this; browsers do not.

interface Step {
  id: number;
  /** null where nothing was drawn */
  u: number | null;
  logits: Float32Array | FoldedRow;
  /** How the id stood in the row, where that is folded. */
  own: Standing | null;
  /** null in the prompt */
  settings: Settings | null;
  /** Theirs, by id. */
  bias: Bias;
  /** Whether a person chose it. */
  hand: boolean;
}

interface PromptCell {
  text: string;
  count: number;
  /** What stands for a character that the model lacks; "" where it is skipped. */
  unknown: string | undefined;
}

interface Run {
  id: string;
  model: string;
  card: Card;
  stops: string[];
  unit: string;
  normalizer: string;
  start: unknown;
  folded: boolean;
  symbols: string[];
  special: Set<number>;
  dropsFirstSpace: boolean;
  /** Whether its model is one of tokens that is asked for characters. */
  byCharacters: boolean;
  text: string;
  /** Characters at the beginning of the prompt that have no cells. */
  skipped: number;
  promptCells: PromptCell[];
  /** So many of the steps are the prompt's. */
  prompted: number;
  steps: Step[];
  /** The row after the last step. */
  tip: Float32Array | FoldedRow;
  settings: Settings;
  bias: Bias;
  /** Written steps, at most, once all are here. */
  expected: number;
  /** Why it ended where it did: "length", "line" or "end". */
  stopped: string | null;
  /** Of a version that has no rows yet (core/memory.js). */
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
  stopped: string | null;
  writing: string;
}

/** What a tab keeps over a reload (core/memory.js). */
interface Memory {
  format: number;
  /** The address that it is of. */
  at: string;
  settings: Record<string, any>;
  current: RunRecord | null;
  /** Counted from the end of the prompt. */
  place: { cursor: number, shown: number, here: boolean, busy: boolean, playing: boolean };
  versions: RunRecord[];
  /** Of other tabs. */
  texts: Record<string, string>;
}

/** What is shown as one: a character, or a token. */
interface Cell {
  text: string;
  from: number;
  to: number;
  /** The step that it shows when it is pointed at. */
  place: number;
  prompt: boolean;
  special: boolean;
  unknown?: string;
  /** How the prompt has it, where writing completes it. */
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
  /** The step that came there, where it was revealed. */
  came: Step | null;
  symbols: string[];
  run: Run;
}
