// The store, gradio, and the parts of the page. Only tsc reads this; browsers do not.

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
  /** The step that the bars stay at while the slider bends the text after it. */
  hold: number | null;
  /** That text, while it has no rows. */
  draft: Run | null;
  /** Whether the text that is seen is of other settings than those of now. */
  behind: boolean;
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
  /** The model that was opened last which continues no text. */
  another: { task: Task, name: string } | null;
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

/** A cell as it is drawn (text.js). */
interface Entry {
  cell: Cell;
  node: HTMLElement;
  step: Step | undefined;
  unit: string;
  future: boolean;
  at: boolean;
  level: number;
  /** The colour of its temperature, where parts differ; else "". */
  band: string;
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
  task?: Task;
}

/** What a model can be asked (models/tasks.py). */
type Task = "language" | "translation" | "classifier" | "masked";
