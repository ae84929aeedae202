// Lays out a diagram: the position of its boxes and arrows, and when data flows through each. Pure.
//
//   outputs   ■   ■        time goes to the right; a step has an input, a box in the hidden row and an output,
//             ↑   ↑        some of which can be missing
//   hidden    ■ → ■
//             ↑   ↑
//   inputs    ■   ■

/**
 * `at` is when the flow arrives, in beats; `full` is the full text of a shortened label, else "".
 * @typedef {{ row: "input" | "hidden" | "output", step: number, x: number, y: number, width: number, text: string, full: string, note: string, decodes: boolean, missed: boolean, at: number }} Box
 * @typedef {{ d: string, kind: "arrow" | "fed", at: number }} Arrow
 * @typedef {{ pitch: number, box: number, gap: number, note: number, letter?: number }} Size  in pixels: from step to step, a box's side, between
 *   the rows, above them for notes, and the font size
 */

/** @type {Record<"small" | "large", Size>} */
export const SIZES = { small: { pitch: 24, box: 19, gap: 13, note: 0, letter: 14 }, large: { pitch: 48, box: 36, gap: 22, note: 20, letter: 17 } };

const MARGIN = 3; // room for strokes and an arrow that goes around

const WIDE = /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3ffff}]/u;
const MARK = /\p{M}/u;
const CODED = /U\+[0-9A-F]{4,6}/;
const UNSEEN = "▯"; // shown if there is no short label

// The width of a text in a monospaced font, in ems.
/** @param {string} text */
const widthOf = (text) => [...text].reduce((sum, letter) => sum + (MARK.test(letter) ? 0 : WIDE.test(letter) ? 1 : 0.6), 0);

// The label that fits into a box: the text, its beginning or, for a code point, a neutral sign.
/** @param {string} text @param {number} room in ems */
export function labelFor(text, room) {
  if (widthOf(text) <= room) return text;
  if (CODED.test(text)) return UNSEEN;
  const letters = [...text];
  while (letters.length > 1 && widthOf(`${letters.join("")}…`) > room) letters.pop();
  return `${letters.join("")}…`;
}

// The beat at which the flow reaches the hidden box of each step.
/** @param {Diagram} diagram @returns {number[]} */
function hiddenBeats({ inputs, outputs, arrows, fed }) {
  let beat = 0;
  return inputs.map((_, i) => {
    if (arrows === "none" || arrows === "both") return 1;
    beat += fed && i > 0 && outputs[i - 1] !== null ? 3 : 1; // the previous output is its input
    return beat;
  });
}

// Path data for an arrow head.
/** @param {number} x @param {number} y @param {"up" | "right" | "left"} to */
const head = (x, y, to) => ({
  up: `M${x - 3.5} ${y + 4.5}L${x} ${y}L${x + 3.5} ${y + 4.5}`,
  right: `M${x - 4.5} ${y - 3.5}L${x} ${y}L${x - 4.5} ${y + 3.5}`,
  left: `M${x + 4.5} ${y - 3.5}L${x} ${y}L${x + 4.5} ${y + 3.5}`,
}[to]);

/** @param {Diagram} diagram @param {Size} size */
export function layDiagram(diagram, size) {
  const { inputs, outputs, notes = [], arrows, fed = false, seam = Infinity, spans, missed = [] } = diagram;
  const { pitch, box, gap, letter = 0.4 * size.box } = size;
  const note = notes.some(Boolean) ? size.note : 0;
  const pieces = arrows === "pieces";
  const n = inputs.length;
  const rows = { output: MARGIN + note, hidden: MARGIN + note + box + gap, input: MARGIN + note + (pieces ? 1 : 2) * (box + gap) };
  const left = (/** @type {number} */ i) => MARGIN + i * pitch;
  const middle = (/** @type {number} */ i) => left(i) + box / 2;
  const beats = hiddenBeats(diagram);
  const last = Math.max(...beats, 0) + (arrows === "both" ? n : 1);
  /** @type {Box[]} */
  const boxes = [];
  /** @type {Arrow[]} */
  const lines = [];
  /** @param {number} x @param {number} from @param {number} to @param {number} at */
  const addUpArrow = (x, from, to, at) => {
    lines.push({ d: `M${x} ${from}V${to}${head(x, to, "up")}`, kind: "arrow", at });
  };

  // A label may extend beyond its box, but not over the next one.
  /** @param {string} text @param {number} width */
  const fitLabel = (text, width) => {
    const short = labelFor(text, (width + pitch - box - 4) / letter);
    return { text: short, full: short === text ? "" : text };
  };

  for (let i = 0, piece = 0; i < n; i++) {
    const common = { step: i, x: left(i), width: box, note: "", decodes: i >= seam, missed: false };
    const [input, output] = [inputs[i], outputs[i]];
    const cellCount = spans ? (spans[piece] ?? 1) : 1;
    const outputBeat = arrows === "both" ? last : beats[i] + 1;
    if (input !== null) boxes.push({ ...common, row: "input", y: rows.input, ...fitLabel(input, box), at: arrows === "both" ? 0 : beats[i] - 1 });
    if (!pieces) boxes.push({ ...common, row: "hidden", y: rows.hidden, text: "", full: "", at: beats[i] + (arrows === "both" ? i : 0) });
    if (output !== null && output !== undefined) {
      boxes.push({ ...common, row: "output", y: rows.output, width: box + (cellCount - 1) * pitch, ...fitLabel(output, box + (cellCount - 1) * pitch), note: notes[i] ?? "", missed: missed[i] ?? false, at: outputBeat });
      piece++;
    }
    if (pieces) {
      addUpArrow(middle(i), rows.input - 1, rows.output + box + 3, beats[i]);
      continue;
    }
    if (input !== null) addUpArrow(middle(i), rows.input - 1, rows.hidden + box + 3, beats[i] - 0.5);
    if (output !== null && output !== undefined) {
      addUpArrow(middle(i), rows.hidden - 1, rows.output + box + 3, outputBeat - 0.5);
    }
    if (i + 1 < n && arrows !== "none") addSideways(i);
    if (i + 1 < n && fed && output !== null && output !== undefined) addFedBack(i);
  }

  // Draws the arrow to the next hidden box, and one back if the diagram is bidirectional.
  /** @param {number} i */
  function addSideways(i) {
    const [from, to, y] = [left(i) + box + 1, left(i + 1) - 2, rows.hidden + box / 2];
    const offset = arrows === "both" ? 5 : 0;
    lines.push({ d: `M${from} ${y - offset}H${to}${head(to, y - offset, "right")}`, kind: "arrow", at: beats[i] + (arrows === "both" ? i : 0) + 0.5 });
    if (offset) lines.push({ d: `M${to + 1} ${y + offset}H${from + 1}${head(from + 1, y + offset, "left")}`, kind: "arrow", at: beats[i] + n - 1 - i + 0.5 });
  }

  // Draws the arrow from an output around the hidden row to the next step's input.
  /** @param {number} i */
  function addFedBack(i) {
    const [from, x, to] = [left(i) + box + 1, left(i) + (box + pitch) / 2, middle(i + 1)];
    const [top, foot, end] = [rows.output + box / 2, rows.hidden + box + gap * 0.6, rows.hidden + box + 3];
    lines.push({ d: `M${from} ${top}H${x}V${foot}H${to}V${end}${head(to, end, "up")}`, kind: "fed", at: beats[i] + 2 });
  }

  const hasLowerRow = boxes.some(({ row }) => row === "input") || pieces;
  const height = (hasLowerRow ? rows.input + box : rows.hidden + box + (fed ? gap * 0.6 : 0)) + MARGIN;
  return { boxes, lines, width: 2 * MARGIN + Math.max(0, n - 1) * pitch + box, height, last };
}
