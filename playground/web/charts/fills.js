// What stands in the columns of bars: how high each one is, how high it was at T = 1, and those that truncation removed. All
// of them together are a few shapes, so that a move of the slider styles and paints as many elements, however many bars there are.

import { make, shape } from "../core/dom.js";
import { outlines } from "../core/outlines.js";

const GAP = 6 / 38; // of a column's width, between two bars
const LEAST = 5; // pixels of a bar that is hatched: a hatch of no height is none
const FAINT = 0.003; // under a pixel, where an outline's edge alone would be too tall

/**
 * @typedef {{ column: number, share: number, cut: boolean, aimed: boolean }} Fill
 *   of the column's height, and whether truncation removed it, and whether the dart is on it
 * @typedef {{ column: number, expected: number[], share: number }} Tally of the column's height: from where to where, and where it is
 */

/**
 * @param {() => void} resized called when the columns have another size: all is to be drawn anew
 * @param {number} [gap] between two columns, in widths of one
 */
export function fills(resized, gap = GAP) {
  const kept = shape("path", { class: "fill" });
  const aimed = shape("path", { class: "fill aimed" });
  const edges = shape("path", { class: "cut" });
  const ghosts = shape("path", { class: "ghost" });
  const hatch = make("span", { class: "hatch", hidden: "" });
  const svg = shape("svg", {});
  const bands = shape("path", { class: "band" });
  const counts = shape("path", { class: "counted" });
  // Of no look; it keeps the box of what is painted here as it is, which a browser would sort among all others at each change.
  const frame = shape("rect", { width: "100%", height: "100%", fill: "none" });
  svg.append(frame, kept, aimed, edges, ghosts, bands, counts);
  const node = make("span", { class: "fills", "aria-hidden": "true" }, hatch, svg);

  let count = 1;
  const size = { pitch: 0, gap: 0, tall: 0 };
  new ResizeObserver(([{ contentRect: { width, height } }]) => {
    const pitch = width / count;
    if (Math.abs(pitch - size.pitch) < 0.01 && height === size.tall) return;
    Object.assign(size, { pitch, gap: pitch * gap, tall: height });
    resized();
  }).observe(node);

  /** @type {Map<Element, string>} */
  const drawn = new Map();
  /** @param {Element} path @param {string} data */
  function put(path, data) {
    if (drawn.get(path) === data) return;
    drawn.set(path, data);
    path.setAttribute("d", data);
  }

  let colour = "";
  /** @param {Fill[]} bars @param {string} heat their colour */
  function draw(bars, heat) {
    /** @param {(bar: Fill) => boolean} which @returns {[number, number][]} */
    const those = (which) => bars.filter(which).map(({ column, share }) => [column, share]);
    put(kept, outlines(those(({ cut, aimed: under }) => !cut && !under), size));
    put(aimed, outlines(those(({ cut, aimed: under }) => !cut && under), size));
    if (heat !== colour) for (const path of [kept, aimed]) path.style.fill = heat;
    colour = heat;
    const cuts = those(({ cut }) => cut);
    put(edges, outlines(cuts, size, { least: LEAST }));
    if (hatch.hidden !== !cuts.length) hatch.hidden = !cuts.length;
    if (cuts.length) hatch.style.clipPath = `path("${drawn.get(edges) || "M0 0"}")`;
  }

  // What does not change with the settings.
  /** @param {[number, number][]} bars */
  const outline = (bars) => put(ghosts, outlines(bars.filter(([, share]) => share >= FAINT), size, { edge: 0.75 }));

  // What was counted: a line across each bar as high as its share, and a box from the lowest to the highest that is expected.
  /** @param {Tally[]} bars */
  function tally(bars) {
    const { pitch, gap: between, tall } = size;
    const left = (/** @type {number} */ column) => column * pitch + between / 2;
    const y = (/** @type {number} */ share) => (tall * (1 - share)).toFixed(1);
    const wide = (pitch - between).toFixed(1);
    put(bands, bars.map(({ column, expected: [low, high] }) => `M${left(column).toFixed(1)} ${y(low)}h${wide}V${y(high)}h-${wide}z`).join(""));
    put(counts, bars.map(({ column, share }) => `M${(left(column) - between / 3).toFixed(1)} ${y(share)}h${(pitch - between / 3).toFixed(1)}`).join(""));
  }

  return {
    node, draw, outline, tally,
    /** @param {number} columns */
    fit: (columns) => { count = columns; },
    pitch: () => size.pitch,
  };
}
