// Where the boxes and arrows of a diagram stand, and in which order data flows through them. Pure.
//
//   outputs   ■   ■        time goes to the right; each step has an input, a place in the hidden row and an output,
//             ↑   ↑        or lacks some of them
//   hidden    ■ → ■
//             ↑   ↑
//   inputs    ■   ■

/**
 * `at` is when the flow comes by, in beats.
 * @typedef {{ row: "input" | "hidden" | "output", step: number, x: number, y: number, width: number, text: string, note: string, decodes: boolean, missed: boolean, at: number }} Box
 * @typedef {{ d: string, kind: "arrow" | "fed", at: number }} Arrow
 * @typedef {{ pitch: number, box: number, gap: number, note: number }} Size pixels: from step to step, a box's side, between the rows, and over them
 */

/** @type {Record<"small" | "large", Size>} */
export const SIZES = { small: { pitch: 24, box: 19, gap: 13, note: 0 }, large: { pitch: 48, box: 36, gap: 22, note: 20 } };

const MARGIN = 3; // for the stroke, and an arrow that goes around

// When the flow comes to the hidden box of each step.
/** @param {Diagram} diagram @returns {number[]} */
function times({ inputs, outputs, arrows, fed }) {
  let at = 0;
  return inputs.map((_, i) => {
    if (arrows === "none" || arrows === "both") return 1;
    at += fed && i > 0 && outputs[i - 1] !== null ? 3 : 1; // the output before it is its input
    return at;
  });
}

// An arrow head at the end of a line, as a path's data.
/** @param {number} x @param {number} y @param {"up" | "right" | "left"} to */
const head = (x, y, to) => ({
  up: `M${x - 3.5} ${y + 4.5}L${x} ${y}L${x + 3.5} ${y + 4.5}`,
  right: `M${x - 4.5} ${y - 3.5}L${x} ${y}L${x - 4.5} ${y + 3.5}`,
  left: `M${x + 4.5} ${y - 3.5}L${x} ${y}L${x + 4.5} ${y + 3.5}`,
}[to]);

/** @param {Diagram} diagram @param {Size} size */
export function layDiagram(diagram, size) {
  const { inputs, outputs, notes = [], arrows, fed = false, seam = Infinity, spans, missed = [] } = diagram;
  const { pitch, box, gap } = size;
  const note = notes.some(Boolean) ? size.note : 0;
  const pieces = arrows === "pieces";
  const n = inputs.length;
  const rows = { output: MARGIN + note, hidden: MARGIN + note + box + gap, input: MARGIN + note + (pieces ? 1 : 2) * (box + gap) };
  const left = (/** @type {number} */ i) => MARGIN + i * pitch;
  const middle = (/** @type {number} */ i) => left(i) + box / 2;
  const when = times(diagram);
  const last = Math.max(...when, 0) + (arrows === "both" ? n : 1);
  /** @type {Box[]} */
  const boxes = [];
  /** @type {Arrow[]} */
  const lines = [];
  /** @param {number} x @param {number} from @param {number} to @param {number} at */
  const up = (x, from, to, at) => { lines.push({ d: `M${x} ${from}V${to}${head(x, to, "up")}`, kind: "arrow", at }); };

  for (let i = 0, piece = 0; i < n; i++) {
    const own = { step: i, x: left(i), width: box, note: "", decodes: i >= seam, missed: false };
    const [input, output] = [inputs[i], outputs[i]];
    const far = spans ? (spans[piece] ?? 1) : 1;
    const out = arrows === "both" ? last : when[i] + 1;
    if (input !== null) boxes.push({ ...own, row: "input", y: rows.input, text: input, at: arrows === "both" ? 0 : when[i] - 1 });
    if (!pieces) boxes.push({ ...own, row: "hidden", y: rows.hidden, text: "", at: when[i] + (arrows === "both" ? i : 0) });
    if (output !== null && output !== undefined) {
      boxes.push({ ...own, row: "output", y: rows.output, width: box + (far - 1) * pitch, text: output, note: notes[i] ?? "", missed: missed[i] ?? false, at: out });
      piece++;
    }
    if (pieces) {
      up(middle(i), rows.input - 1, rows.output + box + 3, when[i]);
      continue;
    }
    if (input !== null) up(middle(i), rows.input - 1, rows.hidden + box + 3, when[i] - 0.5);
    if (output !== null && output !== undefined) up(middle(i), rows.hidden - 1, rows.output + box + 3, out - 0.5);
    if (i + 1 < n && arrows !== "none") between(i);
    if (i + 1 < n && fed && output !== null && output !== undefined) around(i);
  }

  // From one place of the hidden row to the next, and where it is joined to both sides, back.
  /** @param {number} i */
  function between(i) {
    const [from, to, y] = [left(i) + box + 1, left(i + 1) - 2, rows.hidden + box / 2];
    const apart = arrows === "both" ? 5 : 0;
    lines.push({ d: `M${from} ${y - apart}H${to}${head(to, y - apart, "right")}`, kind: "arrow", at: when[i] + (arrows === "both" ? i : 0) + 0.5 });
    if (apart) lines.push({ d: `M${to + 1} ${y + apart}H${from + 1}${head(from + 1, y + apart, "left")}`, kind: "arrow", at: when[i] + n - 1 - i + 0.5 });
  }

  // An output goes around the hidden row and comes in below, as the next step's input.
  /** @param {number} i */
  function around(i) {
    const [from, x, to] = [left(i) + box + 1, left(i) + (box + pitch) / 2, middle(i + 1)];
    const [top, foot, end] = [rows.output + box / 2, rows.hidden + box + gap * 0.6, rows.hidden + box + 3];
    lines.push({ d: `M${from} ${top}H${x}V${foot}H${to}V${end}${head(to, end, "up")}`, kind: "fed", at: when[i] + 2 });
  }

  const below = boxes.some(({ row }) => row === "input") || pieces;
  const height = (below ? rows.input + box : rows.hidden + box + (fed ? gap * 0.6 : 0)) + MARGIN;
  return { boxes, lines, width: 2 * MARGIN + Math.max(0, n - 1) * pitch + box, height, last };
}
