// Surprise and entropy per step, in bits: bars for how surprising each symbol was, a line for the entropy before it.
// Sampling is surprised by the entropy on average (Shannon 1948); both are taken after temperature and truncation, so
// the bars' mean approaches the line's. It owns its host and knows no store.

import { lineCsv } from "../core/csv.js";
import { keep, make, shape } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { menu } from "./menu.js";
import { lineSvg } from "./svg.js";

const [LEFT, RIGHT, TOP, BOTTOM, TALL] = [36, 4, 24, 40, 252]; // pixels
const MAX_BAR_WIDTH = 16; // maximum bar width in pixels; a bar takes 85 % of its step
const MAX_BITS = 64; // bits: an infinite surprise is drawn as this

// A few round axis marks from 0.
/** @param {number} high */
function axisMarks(high) {
  const step = [1, 2, 5, 10, 20, 50].find((size) => high / size <= 5) ?? 100;
  return Array.from({ length: Math.floor(high / step) + 1 }, (_, i) => i * step);
}

/**
 * @param {HTMLElement} host
 * @param {{ go?: (step: number) => void }} [options] `go` is called with a chosen step, from 0
 */
export function line(host, { go } = {}) {
  /** @type {LineStep[]} */
  let steps = [];
  let wide = 0;
  let stepWidth = 1; // pixels
  let selected = -1;
  let place = -1;
  const names = { surprise: words.line_surprise, entropy: words.line_entropy, bits: words.score_axis_bits, steps: words.units_character };
  const svg = shape("svg", { height: TALL, tabindex: 0, role: "slider", "aria-label": words.chart, "aria-valuemin": 1 });
  const axes = shape("g", { class: "axes" });
  const bars = shape("path", { class: "surprise" });
  const entropy = shape("path", { class: "entropy" });
  const risers = shape("path", { class: "entropy risers" });
  const mark = shape("rect", { class: "mark", y: TOP, height: TALL - TOP - BOTTOM });
  const placeMark = shape("path", { class: "here", visibility: "hidden" });
  svg.append(mark, axes, bars, risers, entropy, placeMark);
  const status = keep(make("div", { class: "told", role: "status" }));
  host.classList.add("line-chart");
  host.replaceChildren(
    make("div", { class: "legend" },
      make("span", { class: "key surprise", text: names.surprise }), make("span", { class: "key entropy", text: names.entropy }),
      menu(words.save_chart, "bars", "surprise", () => ({ svg: lineSvg(steps, names), csv: lineCsv(steps) }))),
    keep(make("div", {}, svg)), status);

  new ResizeObserver(([{ contentRect: { width } }]) => {
    if (width === wide) return;
    wide = width;
    draw({ steps });
  }).observe(host);

  /** @param {{ steps: LineStep[], counted?: string }} data `counted`: the kind of symbols, as in the keys units_… */
  function draw(data) {
    steps = data.steps;
    if (data.counted) names.steps = words[`units_${data.counted}`];
    const across = Math.max(1, wide - LEFT - RIGHT);
    const high = Math.max(4, ...steps.map((step) => Math.max(Math.min(step.surprise, MAX_BITS), step.entropy)));
    stepWidth = Math.min(MAX_BAR_WIDTH / 0.85, across / Math.max(1, steps.length));
    const x = (/** @type {number} */ i) => (LEFT + i * stepWidth).toFixed(1);
    const y = (/** @type {number} */ bits) => (TOP + (TALL - TOP - BOTTOM) * (1 - Math.min(bits, high) / high)).toFixed(1);
    svg.setAttribute("width", String(Math.max(0, wide)));
    svg.setAttribute("aria-valuemax", String(Math.max(1, steps.length)));
    bars.setAttribute("d", steps.map(({ surprise }, i) => `M${x(i)} ${y(0)}V${y(surprise)}H${x(i + 0.85)}V${y(0)}z`).join(""));
    entropy.setAttribute("d", steps.map((step, i) => `M${x(i)} ${y(step.entropy)}H${x(i + 1)}`).join(""));
    risers.setAttribute("d", steps.slice(1).map((step, i) => `M${x(i + 1)} ${y(steps[i].entropy)}V${y(step.entropy)}`).join(""));
    const columns = axisMarks(steps.length).slice(1);
    axes.replaceChildren(
      ...axisMarks(high).flatMap((bits) => [shape("path", { d: `M${LEFT} ${y(bits)}H${wide - RIGHT}` }), text(LEFT - 6, Number(y(bits)) + 4, "end", String(bits))]),
      ...columns.map((i) => text(Number(x(i - 0.5)), TALL - BOTTOM + 17, "middle", String(i))),
      text(LEFT - 6, 14, "end", names.bits), text(wide - RIGHT, TALL - 5, "end", names.steps));
    mark.setAttribute("width", String(Math.max(2, stepWidth)));
    point(selected < steps.length ? selected : -1);
    follow(place);
  }

  // Marks the place that the other charts show.
  /** @param {number} i the step at that place, from 0; −1 for none */
  function follow(i) {
    place = i;
    const isVisible = i >= 0 && i <= steps.length && steps.length > 0;
    placeMark.setAttribute("visibility", isVisible ? "visible" : "hidden");
    if (!isVisible) return;
    const at = LEFT + i * stepWidth;
    placeMark.setAttribute("d", `M${at.toFixed(1)} ${TOP}V${TALL - BOTTOM}`);
  }

  /** @param {number} x @param {number} y @param {string} anchor @param {string} content */
  function text(x, y, anchor, content) {
    const node = shape("text", { x, y, "text-anchor": anchor });
    node.textContent = content;
    return node;
  }

  /** @param {number} i a step, or −1 */
  function point(i) {
    selected = i;
    mark.setAttribute("visibility", i < 0 ? "hidden" : "visible");
    svg.setAttribute("aria-valuenow", String(i + 1));
    if (i < 0) status.textContent = "";
    else {
      const { symbol, surprise, entropy: bits } = steps[i];
      mark.setAttribute("x", String(LEFT + i * stepWidth));
      status.textContent = format.say("line_point", {
        n: i + 1, symbol: format.seen(symbol), surprise: surprise === Infinity ? "∞" : surprise.toFixed(2), entropy: bits.toFixed(2),
      });
    }
    svg.setAttribute("aria-valuetext", status.textContent ?? "");
  }

  /** @param {Event} event */
  function stepAt(event) {
    const x = /** @type {PointerEvent} */ (event).clientX - svg.getBoundingClientRect().left - LEFT;
    const i = Math.floor(x / stepWidth);
    return i >= 0 && i < steps.length ? i : -1;
  }

  svg.addEventListener("pointermove", (event) => point(stepAt(event)));
  svg.addEventListener("pointerleave", () => point(-1));
  svg.addEventListener("blur", () => point(-1));
  svg.addEventListener("click", (event) => { if (stepAt(event) >= 0) go?.(stepAt(event)); });
  svg.addEventListener("keydown", (event) => {
    const { key } = /** @type {KeyboardEvent} */ (event);
    const target = { ArrowLeft: selected - 1, ArrowRight: selected + 1, Home: 0, End: steps.length - 1 }[key];
    if (key === "Enter" && selected >= 0) go?.(selected);
    else if (target === undefined || !steps.length) return;
    else point(Math.min(Math.max(0, target), steps.length - 1));
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
  });

  return { draw, follow };
}
