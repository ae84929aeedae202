// The store, gradio, and the parts of the page. Only tsc reads this; browsers do not.

/** A problem and how to retry. */
interface Retry {
  problem: string;
  act: () => void;
  /** The button's label, if it is not "Try again". */
  label?: string;
}

interface State {
  settings: Settings;
  run: Run | null;
  cursor: number;
  shown: number;
  peek: number | null;
  /** The step that the bars show while the slider rewrites the text after it. */
  hold: number | null;
  /** The rewritten text, still without logits. */
  draft: Run | null;
  /** Whether the displayed text lags behind the settings. */
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
  /** The model last opened for a section of the Shapes tab. */
  another: { task: Task, name: string } | null;
  /** The page's language. */
  language: string;
  /** The language chosen in the URL or by hand, or "". */
  spoken: string;
  /** The tab that is open. */
  tab: string;
  /** Each opened tab's URL parameters, by the tab's name. */
  linked: Record<string, Record<string, string | null>>;
  /** Texts too long for the URL, by the tab's name. */
  unlinked: Record<string, string>;
}

type Listener = (state: State, patch: Partial<State>) => void;

/** What gradio passes to each component's script. */
interface GradioParts {
  element: HTMLElement;
  trigger: (event: string, data?: unknown) => void;
  props: Record<string, any>;
  watch: (name: string, callback: () => void) => void;
}

interface Window {
  playground: unknown;
  gradio_config?: { space_id?: string };
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
  /** The colour of its temperature if parts differ, else "". */
  band: string;
}

/** A model found on the Hub (server/hub_panel.py). */
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
