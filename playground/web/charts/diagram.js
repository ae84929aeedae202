// A diagram of inputs, a hidden row and outputs: diagram(host).draw({ inputs, outputs, arrows }); flow() sends a
// light through it from inputs to outputs. It owns its host and knows no store; core/diagram.js computes the layout.

import { csv } from "../core/csv.js";
import { layDiagram, SIZES } from "../core/diagram.js";
import { keep, shape } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { diagramSvg } from "./diagramsvg.js";
import { menu } from "./menu.js";

const BEAT_LENGTH = 130; // milliseconds from one box to the next
const MAX_DURATION = 1800; // at most this many milliseconds in total: in a long text the beats are shorter

/**
 * @param {HTMLElement} host
 * @param {{ size?: "small" | "large", silent?: boolean, title?: string, temperature?: () => number }} [options] silent: its content
 *   is described elsewhere; `title` and `temperature`, which decides the colour of the outputs, are for saved files
 */
export function diagram(host, { size = "large", silent = false, title = "", temperature = () => 1 } = {}) {
  const svg = shape("svg", { class: "diagram", ...(silent ? { "aria-hidden": "true" } : { role: "img" }) });
  keep(host).replaceChildren(svg);
  let last = 1;
  /** @type {Diagram} */
  let drawn = { inputs: [], outputs: [], arrows: "none" };
  const save = menu(words.save_chart, "bars", "diagram", () => ({ svg: diagramSvg(layDiagram(drawn, SIZES.large), { title, temperature: temperature() }), csv: csv(rowsOf(drawn)) }));

  /** @param {Diagram} data */
  function draw(data) {
    drawn = data;
    const layout = layDiagram(data, SIZES[size]);
    const { width, height, boxes, lines } = layout;
    ({ last } = layout);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", String(width));
    svg.setAttribute("height", String(height));
    if (!silent) svg.setAttribute("aria-label", describe(data));
    svg.replaceChildren(
      ...lines.map(({ d, kind, at }) => setBeat(shape("path", { d, class: kind }), at)),
      ...boxes.flatMap((box) => {
        const { row, x, y, width: wide, text, full, note, decodes, missed, at } = box;
        const high = SIZES[size].box;
        const name = `box ${row}${decodes ? " decodes" : ""}${missed ? " missed" : ""}${text === "" && row === "output" ? " asks" : ""}`;
        const frame = setBeat(shape("rect", { x, y, width: wide, height: high, rx: high / 5, class: name }), at);
        if (full) frame.append(titleNode(full));
        const label = text ? [textNode(x + wide / 2, y + high / 2, text, `of-${row}${missed ? " missed" : ""}`)] : [];
        return [frame, ...label, ...(note ? [textNode(x + wide / 2, y - 10, note, "note")] : [])];
      }));
  }

  // Runs the animation once.
  function flow() {
    svg.classList.remove("flows");
    svg.style.setProperty("--beat", `${Math.min(BEAT_LENGTH, MAX_DURATION / last)}ms`);
    svg.getBoundingClientRect(); // forces a reflow, so that the animation restarts
    svg.classList.add("flows");
  }

  return { draw, flow, node: svg, save };
}

/** @param {SVGElement} node @param {number} at */
function setBeat(node, at) {
  node.style.setProperty("--at", String(at));
  return node;
}

/** @param {number} x @param {number} y @param {string} text @param {string} name */
function textNode(x, y, text, name) {
  const node = shape("text", { x, y, class: name });
  node.textContent = text;
  return node;
}

// A tooltip with the full text of a shortened label.
/** @param {string} full */
function titleNode(full) {
  const node = shape("title", {});
  const [, code] = /^U\+([0-9A-F]+)$/.exec(full) ?? [];
  node.textContent = code ? format.spoken(String.fromCodePoint(parseInt(code, 16))) : full;
  return node;
}

// A row for each step, with the note above its output, and whether the output was wrong.
/** @param {Diagram} data @returns {unknown[][]} */
const rowsOf = ({ inputs, outputs, notes = [], missed = [] }) => [["step", "input", "output", "note", "missed"],
  ...inputs.map((input, i) => [i + 1, input, outputs[i], notes[i], missed[i] ?? ""])];

// What a diagram shows, in words.
/** @param {Diagram} data */
function describe({ inputs, outputs, notes = [] }) {
  const list = (/** @type {(string | null | undefined)[]} */ texts) => texts.filter((text) => typeof text === "string").map((text) => text || words.shapes_gap).join(", ");
  const labelled = outputs.map((text, i) => (notes[i] && typeof text === "string" ? `${text} ${notes[i]}` : text));
  return format.say("shapes_diagram", { inputs: list(inputs), outputs: list(labelled) });
}
