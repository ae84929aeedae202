// Curves over a scale whose marks are given, each with the spread around it: curves(host, …).draw({ series, ticks, levels, top }). A place
// that is pointed at, by hand or with the arrow keys, is told in words; one that is chosen is reported. It owns its host and
// knows no store.
//
//   series = [{ name, points: [[x, y], …], spread: [[x, low, high], …] }]     x from 0 to 1, y from 0 to top
//   ticks  = [[x, text], …] under the curves; levels = [[y, text], …] beside them

import { csv } from "../core/csv.js";
import { keep, make, shape } from "../core/dom.js";
import { words } from "../core/i18n.js";
import { curvesSvg } from "./curvessvg.js";
import { menu } from "./menu.js";

const [WIDTH, HEIGHT] = [1000, 200]; // of the drawing, stretched to its box
const STEP = 0.02; // of the scale, for an arrow key

/**
 * @param {HTMLElement} host
 * @param {{ title: string, unitX: string, unitY: string, tell: (x: number) => string, go?: (x: number) => void, rows: () => unknown[][] }} options
 *   `tell` says a place in words, `go` hears of one that is chosen, and `rows` are the numbers for who takes them away, the first
 *   the names of the columns
 */
export function curves(host, { title, unitX, unitY, tell, go, rows: numbers }) {
  /** @type {CurvesData} */
  let drawn = { series: [], ticks: [], levels: [], top: 1 };
  /** @type {number | null} */
  let pointed = null;
  const lines = shape("svg", { class: "lines", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const rule = make("div", { class: "rule", hidden: "" });
  const cursor = make("div", { class: "cursor", hidden: "" });
  const plot = make("div", { class: "plot", role: "slider", tabindex: 0, "aria-label": title, "aria-valuemin": 0, "aria-valuemax": 100 }, lines, rule, cursor);
  const rows = keep(make("div", { class: "rows", "aria-hidden": "true" }));
  const ticks = keep(make("div", { class: "ticks", "aria-hidden": "true" }));
  const told = keep(make("div", { class: "told", role: "status" }));
  const save = menu(words.save_chart, "bars", "curves", () => ({ svg: curvesSvg(drawn, { title, unitX, unitY }), csv: csv(numbers()) }));
  host.classList.add("curves");
  host.replaceChildren(make("div", { class: "unit" }, make("span", { text: unitY, "aria-hidden": "true" }), save),
    rows, plot, ticks, make("div", { class: "unit across", text: unitX, "aria-hidden": "true" }), told);

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
    ticks.replaceChildren(...data.ticks.map(([at, text]) => make("span", { style: `left: ${100 * at}%`, text })));
    point(pointed);
  }

  // Moves the cursor, which stands for what the page is set to: a share of the width, or null for none.
  /** @param {number | null} at */
  function follow(at) {
    cursor.hidden = at === null;
    if (at !== null) cursor.style.left = `${100 * at}%`;
  }

  /** @param {number | null} at */
  function point(at) {
    pointed = at;
    rule.hidden = at === null;
    told.textContent = at === null ? "" : tell(at);
    plot.setAttribute("aria-valuenow", String(Math.round(100 * (at ?? 0))));
    plot.setAttribute("aria-valuetext", told.textContent);
    if (at !== null) rule.style.left = `${100 * at}%`;
  }

  /** @param {MouseEvent} event */
  function under({ clientX }) {
    const { left, width } = plot.getBoundingClientRect();
    return Math.max(0, Math.min(1, (clientX - left) / width));
  }
  plot.addEventListener("pointermove", (event) => point(under(event)));
  plot.addEventListener("pointerleave", () => point(null));
  plot.addEventListener("blur", () => point(null));
  plot.addEventListener("click", (event) => go?.(under(event)));
  plot.addEventListener("keydown", (event) => {
    const from = pointed ?? 0;
    const to = { ArrowLeft: from - STEP, ArrowDown: from - STEP, ArrowRight: from + STEP, ArrowUp: from + STEP, Home: 0, End: 1 }[event.key];
    if (event.key === "Enter" && pointed !== null) go?.(pointed);
    else if (to === undefined) return;
    else point(Math.max(0, Math.min(1, to)));
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
  });

  return { draw, follow };
}
