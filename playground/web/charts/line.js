// Surprise and entropy, step by step: a bar for how surprising what came was, a line for the entropy before it came, both in
// bits. Who draws from a distribution is surprised by its entropy on average (Shannon 1948): both are taken after
// temperature and truncation, so the bars' mean goes to the line's. It owns its host and knows no store.

import { lineCsv } from "../core/csv.js";
import { keep, make, shape } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { menu } from "./menu.js";
import { lineSvg } from "./svg.js";

const [LEFT, RIGHT, TOP, BOTTOM, TALL] = [36, 4, 8, 22, 220]; // pixels
const MOST = 64; // bits: what is impossible is drawn as this

// Marks of an axis from 0: a few round numbers.
/** @param {number} high */
function marksUntil(high) {
  const step = [1, 2, 5, 10, 20, 50].find((size) => high / size <= 5) ?? 100;
  return Array.from({ length: Math.floor(high / step) + 1 }, (_, i) => i * step);
}

/**
 * @param {HTMLElement} host
 * @param {{ go?: (step: number) => void }} [options] `go` hears of a step that is chosen, from 0
 */
export function line(host, { go } = {}) {
  /** @type {LineStep[]} */
  let steps = [];
  let wide = 0;
  let pointed = -1;
  let place = -1;
  const names = { surprise: words.line_surprise, entropy: words.line_entropy };
  const svg = shape("svg", { height: TALL, tabindex: 0, role: "slider", "aria-label": words.chart, "aria-valuemin": 1 });
  const axes = shape("g", { class: "axes" });
  const bars = shape("path", { class: "surprise" });
  const entropy = shape("path", { class: "entropy" });
  const mark = shape("rect", { class: "mark", y: TOP, height: TALL - TOP - BOTTOM });
  const here = shape("path", { class: "here", visibility: "hidden" });
  svg.append(mark, axes, bars, entropy, here);
  const told = keep(make("div", { class: "told", role: "status" }));
  host.classList.add("line-chart");
  host.replaceChildren(
    make("div", { class: "legend" },
      make("span", { class: "key surprise", text: names.surprise }), make("span", { class: "key entropy", text: names.entropy }),
      menu(words.save_chart, "bars", "surprise", () => ({ svg: lineSvg(steps, names), csv: lineCsv(steps) }))),
    keep(make("div", {}, svg)), told);

  new ResizeObserver(([{ contentRect: { width } }]) => {
    if (width === wide) return;
    wide = width;
    draw({ steps });
  }).observe(host);

  /** @param {{ steps: LineStep[] }} data */
  function draw(data) {
    steps = data.steps;
    const across = Math.max(1, wide - LEFT - RIGHT);
    const high = Math.max(4, ...steps.map((step) => Math.max(Math.min(step.surprise, MOST), step.entropy)));
    const each = across / Math.max(1, steps.length);
    const x = (/** @type {number} */ i) => (LEFT + i * each).toFixed(1);
    const y = (/** @type {number} */ bits) => (TOP + (TALL - TOP - BOTTOM) * (1 - Math.min(bits, high) / high)).toFixed(1);
    svg.setAttribute("width", String(Math.max(0, wide)));
    svg.setAttribute("aria-valuemax", String(Math.max(1, steps.length)));
    bars.setAttribute("d", steps.map(({ surprise }, i) => `M${x(i)} ${y(0)}V${y(surprise)}H${x(i + 0.85)}V${y(0)}z`).join(""));
    entropy.setAttribute("d", steps.map((step, i) => `${i ? "L" : "M"}${x(i)} ${y(step.entropy)}H${x(i + 1)}`).join(""));
    const columns = marksUntil(steps.length).slice(1);
    axes.replaceChildren(
      ...marksUntil(high).flatMap((bits) => [shape("path", { d: `M${LEFT} ${y(bits)}H${wide - RIGHT}` }), text(LEFT - 6, Number(y(bits)) + 4, "end", String(bits))]),
      ...columns.map((i) => text(Number(x(i - 0.5)), TALL - 5, "middle", String(i))));
    mark.setAttribute("width", String(Math.max(2, each)));
    point(pointed < steps.length ? pointed : -1);
    follow(place);
  }

  // Marks the place in the text that the other charts are about.
  /** @param {number} i the step that comes there, from 0; one that there is not, such as −1, for none */
  function follow(i) {
    place = i;
    const shown = i >= 0 && i <= steps.length && steps.length > 0;
    here.setAttribute("visibility", shown ? "visible" : "hidden");
    if (!shown) return;
    const at = LEFT + (i * Math.max(1, wide - LEFT - RIGHT)) / steps.length;
    here.setAttribute("d", `M${at.toFixed(1)} ${TOP}V${TALL - BOTTOM}`);
  }

  /** @param {number} at @param {number} height @param {string} anchor @param {string} content */
  function text(at, height, anchor, content) {
    const node = shape("text", { x: at, y: height, "text-anchor": anchor });
    node.textContent = content;
    return node;
  }

  /** @param {number} i a step, or −1 */
  function point(i) {
    pointed = i;
    mark.setAttribute("visibility", i < 0 ? "hidden" : "visible");
    svg.setAttribute("aria-valuenow", String(i + 1));
    if (i < 0) told.textContent = "";
    else {
      const { symbol, surprise, entropy: bits } = steps[i];
      const each = Math.max(1, wide - LEFT - RIGHT) / steps.length;
      mark.setAttribute("x", String(LEFT + i * each));
      told.textContent = format.say("line_point", {
        n: i + 1, symbol: format.seen(symbol), surprise: surprise === Infinity ? "∞" : surprise.toFixed(2), entropy: bits.toFixed(2),
      });
    }
    svg.setAttribute("aria-valuetext", told.textContent ?? "");
  }

  /** @param {Event} event */
  function stepAt(event) {
    const at = /** @type {PointerEvent} */ (event).clientX - svg.getBoundingClientRect().left - LEFT;
    const i = Math.floor((at / Math.max(1, wide - LEFT - RIGHT)) * steps.length);
    return i >= 0 && i < steps.length ? i : -1;
  }

  svg.addEventListener("pointermove", (event) => point(stepAt(event)));
  svg.addEventListener("pointerleave", () => point(-1));
  svg.addEventListener("blur", () => point(-1));
  svg.addEventListener("click", (event) => { if (stepAt(event) >= 0) go?.(stepAt(event)); });
  svg.addEventListener("keydown", (event) => {
    const { key } = /** @type {KeyboardEvent} */ (event);
    const to = { ArrowLeft: pointed - 1, ArrowRight: pointed + 1, Home: 0, End: steps.length - 1 }[key];
    if (key === "Enter" && pointed >= 0) go?.(pointed);
    else if (to === undefined || !steps.length) return;
    else point(Math.min(Math.max(0, to), steps.length - 1));
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
  });

  return { draw, follow };
}
