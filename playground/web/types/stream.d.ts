// Messages of the server's stream, and requests to it. Only tsc reads this; browsers do not.

/** All about a model (server/wire.py); `size` is that of its vocabulary. */
interface Model {
  card: Card;
  unit: string;
  counted: string;
  start: unknown;
  normalizer: string;
  symbols: string[];
  special: Set<number>;
  drops_first_space: boolean;
  names: Record<string, string>;
  folded: boolean;
  stops: string[];
  by_characters: boolean;
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

/** A frame of the stream; the fields of its head depend on the request. */
interface Frame {
  head: any;
  body: Uint8Array;
}

/** A generation request under way (writing.js). */
interface Asked {
  kind: "run" | "step";
  model: string;
  prompt: string;
  /** The run that it continues. */
  before: Run | null;
  run: Run | null;
  /** When an answer last came. */
  heard: number;
  again: () => void;
  /** Whether it resumes an interrupted run. */
  resumes?: boolean;
  /** Whether all steps have arrived; the response may still be open. */
  done?: boolean;
}
