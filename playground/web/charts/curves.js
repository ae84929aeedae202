// Curves over a scale with given ticks, each with the spread around it: curves(host, …).draw({ series, ticks, levels,
// top }). A place that is pointed at, by pointer or arrow keys, is described in words; a chosen one is reported. It
// owns its host and knows no store.
//
//   series = [{ name, points: [[x, y], …], spread: [[x, low, high], …] }]     x from 0 to 1, y from 0 to top
//   ticks  = [[x, text], …] under the curves; levels = [[y, text], …] beside them. A tick [x, text, true] is left out where it is narrow.

import { csv } from "../core/csv.js";
import { keep, make, shape } from "../dom.js";
import { words } from "../core/i18n.js";
import { curvesSvg } from "./curvessvg.js";
import { menu } from "./menu.js";

const [WIDTH, HEIGHT] = [1000, 200]; // the drawing's own size; it is stretched to its box
const STEP = 0.02; // how far an arrow key moves, as a fraction of the scale

/**
 * @param {HTMLElement} host
 * @param {{ title: string, unitX: string, unitY: string, tell: (x: number) => string, go?: (x: number) => void, rows: () => unknown[][] }} options
 *   `tell` describes a place in words, `go` is called with one that is chosen, and `rows` returns the table for the CSV
 *   file, the column names first
 */
export function curves(host, { title, unitX, unitY, tell, go, rows: numbers }) {
  /** @type {CurvesData} */
  let drawn = { series: [], ticks: [], levels: [], top: 1 };
  /** @type {number | null} */
  let selected = null;
  const lines = shape("svg", { class: "lines", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const rule = make("div", { class: "rule", hidden: "" });
  const cursor = make("div", { class: "cursor", hidden: "" });
  const plot = make("div", { class: "plot", role: "slider", tabindex: 0, "aria-label": title, "aria-valuemin": 0, "aria-valuemax": 100 }, lines, rule, cursor);
  const rows = keep(make("div", { class: "rows", "aria-hidden": "true" }));
  const ticks = keep(make("div", { class: "ticks", "aria-hidden": "true" }));
  const status = keep(make("div", { class: "told", role: "status" }));
  const save = menu(words.save_chart, "bars", "curves", () => ({ svg: curvesSvg(drawn, { title, unitX, unitY }), csv: csv(numbers()) }));
  host.classList.add("curves");
  host.replaceChildren(make("div", { class: "unit" }, make("span", { text: unitY, "aria-hidden": "true" }), save),
    rows, plot, ticks, make("div", { class: "unit across", text: unitX, "aria-hidden": "true" }), status);

  /** @param {CurvesData} data */
  function draw(data) {
    drawn = data;
    const { series, top } = data;
    const x = (/** @type {number} */ value) => (WIDTH * value).toFixed(1);
    const y = (/** @type {number} */ value) => (HEIGHT * (1 - Math.min(value, top) / top)).toFixed(1);
    const path = (/** @type {number[][]} */ points, first = "M") => points.map(([a, b], i) => `${i ? "L" : first}${x(a)} ${y(b)}`).join("");
    lines.replaceChildren(
      ...data.levels.map(([level]) => shape("path", { class: "level", "vector-effect": "non-scaling-stroke", d: `M0 ${y(level)}H${WIDTH}` })),
      ...series.flatMap(({ points, spread = [] }, i) => [
        shape("path", {
          class: `spread series-${i + 1}`,
          d: spread.length ? `${path(spread.map(([a, , high]) => [a, high]))}${path([...spread].reverse().map(([a, low]) => [a, low]), "L")}z` : "",
        }),
        shape("path", { class: `curve series-${i + 1}`, "vector-effect": "non-scaling-stroke", d: path(points) }),
      ]));
    rows.replaceChildren(...data.levels.map(([level, text]) => make("span", { style: `bottom: ${(100 * level) / top}%`, text })));
    ticks.replaceChildren(...data.ticks.map(([at, text, minor]) => make("span", { class: minor ? "minor" : undefined, style: `left: ${100 * at}%`, text })));
    point(selected);
  }

  // Moves the cursor, which shows the page's setting, to a fraction of the width; null hides it.
  /** @param {number | null} at */
  function follow(at) {
    cursor.hidden = at === null;
    if (at !== null) cursor.style.left = `${100 * at}%`;
  }

  /** @param {number | null} at */
  function point(at) {
    selected = at;
    rule.hidden = at === null;
    status.textContent = at === null ? "" : tell(at);
    plot.setAttribute("aria-valuenow", String(Math.round(100 * (at ?? 0))));
    plot.setAttribute("aria-valuetext", status.textContent);
    if (at !== null) rule.style.left = `${100 * at}%`;
  }

  /** @param {MouseEvent} event */
  function shareAt({ clientX }) {
    const { left, width } = plot.getBoundingClientRect();
    return Math.max(0, Math.min(1, (clientX - left) / width));
  }
  plot.addEventListener("pointermove", (event) => point(shareAt(event)));
  plot.addEventListener("pointerleave", () => point(null));
  plot.addEventListener("blur", () => point(null));
  plot.addEventListener("click", (event) => go?.(shareAt(event)));
  plot.addEventListener("keydown", (event) => {
    const current = selected ?? 0;
    const target = { ArrowLeft: current - STEP, ArrowDown: current - STEP, ArrowRight: current + STEP, ArrowUp: current + STEP, Home: 0, End: 1 }[event.key];
    if (event.key === "Enter" && selected !== null) go?.(selected);
    else if (target === undefined) return;
    else point(Math.max(0, Math.min(1, target)));
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
  });

  return { draw, follow };
}
