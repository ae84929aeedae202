// A diagram of inputs, a hidden row and outputs: diagram(host).draw({ inputs, outputs, arrows }), and flow() sends a light through
// it, from the inputs to the outputs. It owns its host and knows no store; where its boxes stand is worked out in core/diagram.js.

import { layDiagram, SIZES } from "../core/diagram.js";
import { keep, shape } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";

const BEAT = 130; // milliseconds from a box to the next one
const LONGEST = 1800; // milliseconds that the light takes at most: a long text has shorter beats

/** @param {HTMLElement} host @param {{ size?: "small" | "large", silent?: boolean }} [options] silent: what it shows is said beside it */
export function diagram(host, { size = "large", silent = false } = {}) {
  const svg = shape("svg", { class: "diagram", ...(silent ? { "aria-hidden": "true" } : { role: "img" }) });
  keep(host).replaceChildren(svg);
  let last = 1;

  /** @param {Diagram} data */
  function draw(data) {
    const laid = layDiagram(data, SIZES[size]);
    const { width, height, boxes, lines } = laid;
    ({ last } = laid);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", String(width));
    svg.setAttribute("height", String(height));
    if (!silent) svg.setAttribute("aria-label", said(data));
    svg.replaceChildren(
      ...lines.map(({ d, kind, at }) => lit(shape("path", { d, class: kind }), at)),
      ...boxes.flatMap((box) => {
        const { row, x, y, width: wide, text, note, decodes, missed, at } = box;
        const high = SIZES[size].box;
        const name = `box ${row}${decodes ? " decodes" : ""}${missed ? " missed" : ""}${text === "" && row === "output" ? " asks" : ""}`;
        const frame = lit(shape("rect", { x, y, width: wide, height: high, rx: high / 5, class: name }), at);
        const label = text ? [written(x + wide / 2, y + high / 2, text, `of-${row}${missed ? " missed" : ""}`)] : [];
        return [frame, ...label, ...(note ? [written(x + wide / 2, y - 10, note, "note")] : [])];
      }));
  }

  // A light goes through it once.
  function flow() {
    svg.classList.remove("flows");
    svg.style.setProperty("--beat", `${Math.min(BEAT, LONGEST / last)}ms`);
    svg.getBoundingClientRect(); // or the browser would see no change
    svg.classList.add("flows");
  }

  return { draw, flow, node: svg };
}

/** @param {SVGElement} node @param {number} at */
function lit(node, at) {
  node.style.setProperty("--at", String(at));
  return node;
}

/** @param {number} x @param {number} y @param {string} text @param {string} name */
function written(x, y, text, name) {
  const node = shape("text", { x, y, class: name });
  node.textContent = text;
  return node;
}

// What a diagram shows, in words.
/** @param {Diagram} data */
function said({ inputs, outputs, notes = [] }) {
  const list = (/** @type {(string | null | undefined)[]} */ texts) => texts.filter((text) => typeof text === "string").map((text) => text || words.shapes_gap).join(", ");
  const noted = outputs.map((text, i) => (notes[i] && typeof text === "string" ? `${text} ${notes[i]}` : text));
  return format.say("shapes_diagram", { inputs: list(inputs), outputs: list(noted) });
}
