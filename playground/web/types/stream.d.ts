// What the server's stream says, and what is asked of it. Only tsc reads this; browsers do not.

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

/** A frame of the stream; a head has more, and more of it, than any one of these. */
interface Frame {
  head: any;
  body: Uint8Array;
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
