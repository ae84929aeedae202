// The diagrams of the Shapes tab and its sections. Only tsc reads this; browsers do not.

/** Boxes by step, from left to right (core/diagram.js): inputs below, the hidden row, outputs above. Null for none. */
interface Diagram {
  inputs: (string | null)[];
  outputs: (string | null)[];
  /** Over the outputs. */
  notes?: (string | null)[];
  /** How the hidden row is joined: not at all, to the right, or to both sides. "pieces" for no hidden row. */
  arrows: "none" | "right" | "both" | "pieces";
  /** Whether each output is the next input. */
  fed?: boolean;
  /** The first step of the decoder, where there is one. */
  seam?: number;
  /** Of pieces: how many inputs each output spans. */
  spans?: number[];
  /** Outputs that were not what came next. */
  missed?: boolean[];
}

/** A section of the tab: a file in parts/shapes/, and a line in tabs/shapes.js. */
interface Shape {
  /** In the address: ?shape=name */
  name: string;
  title: string;
  /** "one to many" */
  kind: string;
  /** One plain sentence that says its point. */
  point: string;
  /** The task of its models, where one that continues no text can be opened for it. */
  task?: Task;
  /** False where the temperature plays no part. */
  heated?: boolean;
  /** Style sheets of css/, fetched when it is first opened. */
  styles?: string[];
  /** On its card, and above its example until that draws its own. */
  diagram: Diagram;
  /** Builds it when it is first opened. */
  build: (host: ShapeHost) => ShapePart;
}

interface ShapePart {
  node: HTMLElement;
  /** Called when it becomes visible: it may send requests. */
  show?: () => void;
  /** Called when it is hidden: it cancels its requests. */
  hide?: () => void;
}

interface ShapeHost {
  /** The URL parameters when the page opened. */
  link: URLSearchParams;
  /** Sets URL parameters while the section is open; null for defaults. */
  say: (linked: Record<string, string | null>) => void;
  /** Draws the diagram above the example, scrolled to its end if `end`. */
  draw: (diagram: Diagram, end?: boolean) => void;
  /** The element of that diagram. */
  flowing: HTMLElement;
  /** Animates the data flow: an answer has arrived. */
  flow: () => void;
}
