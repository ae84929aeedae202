// The contents of bar columns: current heights, heights at T = 1, and which bars truncation removed. All bars share a
// few SVG shapes, so that a move of the slider restyles and repaints the same number of elements however many bars
// there are.

import { make, shape } from "../dom.js";
import { outlines } from "../core/outlines.js";

const GAP = 6 / 38; // gap between two bars, as a fraction of a column
const MIN_HEIGHT = 5; // minimum height in pixels of a hatched bar, so that the hatch is visible
const MIN_SHARE = 0.003; // below a pixel, where the outline's stroke alone would be too tall

/**
 * @typedef {{ column: number, share: number, cut: boolean, aimed: boolean }} Fill
 *   `share` of the column's height; `cut`: whether truncation removed it; `aimed`: whether the dart is on it
 * @typedef {{ column: number, expected: number[], share: number }} Tally  `expected` range and drawn `share`, as fractions of the column's height
 */

/**
 * @param {() => void} onResize called when the columns have another size and must be redrawn
 * @param {number} [gap] between two columns, as a fraction of a column
 */
export function fills(onResize, gap = GAP) {
  const kept = shape("path", { class: "fill" });
  const aimed = shape("path", { class: "fill aimed" });
  const edges = shape("path", { class: "cut" });
  const ghosts = shape("path", { class: "ghost" });
  const hatch = make("span", { class: "hatch", hidden: "" });
  const svg = shape("svg", {});
  const bands = shape("path", { class: "band" });
  const counts = shape("path", { class: "counted" });
  // Invisible: keeps the painted area constant, which the browser would otherwise recompute at each change.
  const frame = shape("rect", { width: "100%", height: "100%", fill: "none" });
  svg.append(frame, kept, aimed, edges, ghosts, bands, counts);
  const node = make("span", { class: "fills", "aria-hidden": "true" }, hatch, svg);

  let count = 1;
  const size = { pitch: 0, gap: 0, tall: 0 };
  new ResizeObserver(([{ contentRect: { width, height } }]) => {
    const pitch = width / count;
    if (Math.abs(pitch - size.pitch) < 0.01 && height === size.tall) return;
    Object.assign(size, { pitch, gap: pitch * gap, tall: height });
    onResize();
  }).observe(node);

  /** @type {Map<Element, string>} */
  const drawn = new Map();
  /** @param {Element} path @param {string} data */
  function setPath(path, data) {
    if (drawn.get(path) === data) return;
    drawn.set(path, data);
    path.setAttribute("d", data);
  }

  let colour = "";
  /** @param {Fill[]} bars @param {string} heat their colour */
  function draw(bars, heat) {
    /** @param {(bar: Fill) => boolean} isIncluded @returns {[number, number][]} */
    const select = (isIncluded) => bars.filter(isIncluded).map(({ column, share }) => [column, share]);
    setPath(kept, outlines(select(({ cut, aimed: under }) => !cut && !under), size));
    setPath(aimed, outlines(select(({ cut, aimed: under }) => !cut && under), size));
    if (heat !== colour) for (const path of [kept, aimed]) path.style.fill = heat;
    colour = heat;
    const cuts = select(({ cut }) => cut);
    setPath(edges, outlines(cuts, size, { least: MIN_HEIGHT }));
    if (hatch.hidden !== !cuts.length) hatch.hidden = !cuts.length;
    if (cuts.length) hatch.style.clipPath = `path("${drawn.get(edges) || "M0 0"}")`;
  }

  // Draws the outlines for T = 1, which do not depend on the settings.
  /** @param {[number, number][]} bars */
  const outline = (bars) => (
    setPath(ghosts, outlines(bars.filter(([, share]) => share >= MIN_SHARE), size, { edge: 0.75 })));

  // Draws counts: a line across each bar at the drawn share, and a box over the expected range.
  /** @param {Tally[]} bars */
  function tally(bars) {
    const { pitch, gap: gapWidth, tall } = size;
    const left = (/** @type {number} */ column) => column * pitch + gapWidth / 2;
    const y = (/** @type {number} */ share) => (tall * (1 - share)).toFixed(1);
    const wide = (pitch - gapWidth).toFixed(1);
    setPath(bands, bars.map(({ column, expected: [low, high] }) => `M${left(column).toFixed(1)} ${y(low)}h${wide}V${y(high)}h-${wide}z`).join(""));
    setPath(counts, bars.map(({ column, share }) => `M${(left(column) - gapWidth / 3).toFixed(1)} ${y(share)}h${(pitch - gapWidth / 3).toFixed(1)}`).join(""));
  }

  return {
    node, draw, outline, tally,
    /** @param {number} columns */
    fit: (columns) => { count = columns; },
    pitch: () => size.pitch,
  };
}
