// The shapes that the modules hand each other. Only tsc reads this; browsers do not.

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

/** What a distribution is drawn under, as sampling.js takes it. */
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
  /** What they weigh together, where the likeliest weighs 1. */
  sum: number;
  /** Whether all that is kept is equally likely. */
  even: boolean;
}

/** From which temperature on one u gives which id; null for the folded ones. */
interface Flip {
  from: number;
  id: number | null;
}

/** The settings of the page, by their names in Python. */
interface Settings {
  model: string;
  prompt: string;
  temperature: number;
  top_k: number;
  top_p: number;
  min_p: number;
  seed: number;
  length: number;
  stop: string;
  /** As core/bias.js writes it. */
  bias: string;
  /** As core/picks.js writes it. */
  picks: string;
}

type SettingName = keyof Settings;

/** What Python says of one setting: its name in links, its default, and its range or its words. */
interface SettingRange {
  link: string;
  default: string | number;
  low?: number;
  high?: number | string;
  whole?: boolean;
  words?: string[];
  /** In every language. */
  range?: Record<string, string>;
  most?: number;
}

/** Bundled with a model, or told by the Hub; a stranger's may lack any of it. */
interface Card {
  title?: string;
  prompts?: string[];
  parameters?: number;
  validation?: { nats: number; unit: string };
  corpus?: { name: string };
  start?: { source: string; text: string };
}

interface Given {
  /** By language, then by key. */
  words: Record<string, Record<string, string>>;
  settings: Record<SettingName, SettingRange>;
  /** [title, name] */
  models: [string, string][];
  prompts: Record<string, string[]>;
  web: string;
}

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

/** All about a model (server/wire.py); `size` is that of its vocabulary. */
interface Model {
  card: Card;
  unit: string;
  start: unknown;
  normalizer: string;
  symbols: string[];
  special: Set<number>;
  drops_first_space: boolean;
  names: Record<string, string>;
  folded: boolean;
  stops: string[];
  size: number;
}

/** The head of an answer's first frame (server/wire.py). */
interface Head {
  id: string;
  model: string;
  about: (Omit<Model, "special" | "size"> & { special: number[] }) | null;
  names: Record<string, string>;
  prompt: {
    text: string | null;
    skipped: number;
    drop: [number, number];
    keep: [number, number];
    whole: boolean;
    cells: [string, number][];
    unknown: Record<number, string>;
    n: number;
  };
  first: number | null;
  length: number;
  settings: Settings;
}

/** The head of a frame with steps. */
interface StepsHead {
  n: number;
  done: boolean;
  stopped: string | null;
}

/** A frame of the stream; a head has more, and more of it, than any one of these. */
interface Frame {
  head: any;
  body: Uint8Array;
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

/** What a chart needs to know of a place in a text. */
interface Place {
  logits: Float32Array | Float64Array | FoldedRow;
  symbols: string[];
  /** Ids of special tokens. */
  special?: Set<number>;
  /** "character" or "token" */
  unit?: string;
  /** The beginning of a character that the text so far ends with. */
  before?: string;
  u?: number | null;
  /** What came there, and whether a person chose it. */
  came?: { id: number, hand: boolean } | null;
}

/** A place under settings, worked out. Its arrays are in the order of the row. */
interface Distribution extends Required<Place> {
  row: Row;
  atOne: Float64Array;
  drawn: Drawn;
  settings: Sampling;
  /** Before truncation. */
  whole: Float64Array;
  /** Whether truncation removed any. */
  truncated: boolean;
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

/** A problem with what would do the thing again. */
interface Retry {
  problem: string;
  act: () => void;
  /** What the button says, where that is not "Try again". */
  label?: string;
}

interface State {
  settings: Settings;
  run: Run | null;
  cursor: number;
  shown: number;
  peek: number | null;
  here: boolean;
  branches: Run[];
  notices: string[];
  problem: string;
  retry: Retry | null;
  invalid: Partial<Record<SettingName, string>>;
  refused: Partial<Record<SettingName, string>>;
  busy: boolean;
  playing: boolean;
  pace: number;
  card: Card | null;
  opened: boolean;
  stops: string[];
  asks: string;
  /** That the page is on. */
  language: string;
  /** The language that was chosen, or "". */
  spoken: string;
  /** The tab that is open. */
  tab: string;
  /** What each tab that was opened says in the address, by its name. */
  linked: Record<string, Record<string, string | null>>;
  /** What is too long for that. */
  unlinked: Record<string, string>;
}

type Listener = (state: State, patch: Partial<State>) => void;

/** What gradio hands each component's script. */
interface GradioParts {
  element: HTMLElement;
  trigger: (event: string, data?: unknown) => void;
  props: Record<string, any>;
  watch: (name: string, callback: () => void) => void;
}

// eslint-disable-next-line no-var
declare var gradio_config: { root?: string; space_id?: string } | undefined;

interface Window {
  playground: unknown;
  gradio_config: typeof gradio_config;
}

interface Attributes {
  text?: string | number | null;
  on?: { [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };
  [name: string]: unknown;
}

interface LineStep {
  symbol: string;
  surprise: number;
  entropy: number;
}

/** A request for writing that is under way (player.js). */
interface Asked {
  kind: "run" | "step";
  model: string;
  prompt: string;
  /** The run that it goes on from, and what it became. */
  before: Run | null;
  run: Run | null;
  /** When an answer last came. */
  heard: number;
  again: () => void;
  /** Whether it goes on with a run that broke off. */
  resumes?: boolean;
  /** Whether all of it has come; the answer may not have ended yet. */
  done?: boolean;
}

/** A cell as it is drawn (text.js). */
interface Entry {
  cell: Cell;
  node: HTMLElement;
  step: Step | undefined;
  future: boolean;
  at: boolean;
  level: number;
}

/** What the Hub has of a name (server/hub_panel.py). */
interface Offer {
  name: string;
  title: string;
  kind: string;
  licence: string;
  bytes: number;
  card: string;
}

/** The panel of the Hub (hub.js). */
interface Panel {
  stage: string;
  text: string;
  name: string;
  offer: Offer | null;
  problem: string;
  meant: string[];
  again: boolean;
  done: number;
  total: number;
  from?: string;
  card?: Card;
}
