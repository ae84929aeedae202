// Charts as SVG files, drawn from the same data as on the page. Files use their own colours on white, so that they
// fit into a handout whatever the page's theme.

import * as axis from "../core/axis.js";
import * as format from "../core/format.js";
import * as groups from "../core/groups.js";
import { segments } from "../core/segments.js";
import { positionOf } from "../core/sampling.js";

export const [INK, MUTED, RULE, SURPRISE] = ["#18181b", "#63666f", "#dcdcd8", "#e8871e"];
const [BLUE, VIOLET, RED] = [[37, 99, 235], [124, 58, 237], [220, 38, 38]];
const MONO = "ui-monospace, 'DejaVu Sans Mono', monospace";

// Blue when cold, violet in the middle, red when hot.
/** @param {number} temperature */
export function heat(temperature) {
  const tilt = 2 * positionOf(temperature) - 1;
  const end = tilt < 0 ? BLUE : RED;
  return `rgb(${VIOLET.map((from, i) => Math.round(from + Math.abs(tilt) * (end[i] - from))).join(" ")})`;
}

// Characters that XML does not allow, such as U+0000, become U+FFFD.
/** @param {unknown} text */
const escape = (text) => String(text)
  .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
  .replace(/[&<>"]/g, (c) => /** @type {Record<string, string>} */ ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

/** @param {string} name @param {Record<string, unknown>} attributes @param {string} [inside] */
export function tag(name, attributes, inside) {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(typeof value === "number" ? Number(value.toFixed(2)) : value)}"`).join("");
  return inside === undefined ? `<${name}${list}/>` : `<${name}${list}>${inside}</${name}>`;
}

/** @param {number} x @param {number} y @param {string} text @param {Record<string, unknown>} [attributes] */
export const label = (x, y, text, attributes = {}) => tag("text", { x, y, "font-size": 13, fill: MUTED, ...attributes }, escape(text));

// The title above a chart.
/** @param {number} x @param {number} y @param {string} text @param {string} [fill] */
export const heading = (x, y, text, fill = INK) => label(x, y, text, { fill, "font-weight": 700, "font-size": 15 });

/** @param {number} width @param {number} height @param {string} title @param {string[]} parts */
export const picture = (width, height, title, parts) => tag("svg",
  { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, "font-family": "ui-sans-serif, system-ui, sans-serif" },
  [tag("title", {}, escape(title)), tag("rect", { width, height, fill: "#ffffff" }), ...parts].join(""));

const MAX_BARS = 60; // maximum number of bars in a file

/** @param {Distribution} distribution @param {Group[]} order @param {{ log: boolean }} view */
export function barsSvg(distribution, order, { log }) {
  const { atOne, drawn, whole, truncated, settings: { temperature }, unit } = distribution;
  const visible = order.slice(0, MAX_BARS);
  const tokens = unit === "token";
  const [left, top, tall, pitch, labelHeight] = [52, 34, 220, 30, tokens ? 110 : 30];
  const width = left + visible.length * pitch + 10;
  /** @param {number} p */
  const share = (p) => axis.shareOf(p, log);
  const parts = axis.marks(log).flatMap(([at, text]) => {
    const y = top + tall * (1 - at);
    return [tag("line", { x1: left, x2: width - 10, y1: y, y2: y, stroke: RULE }), label(left - 8, y + 4, text, { "text-anchor": "end" })];
  });
  visible.forEach((group, i) => {
    const x = left + i * pitch + 3;
    const cut = truncated && group.places.every((place) => drawn.left[place] === 0);
    /** @param {number} p @param {Record<string, unknown>} style */
    const rect = (p, style) => tag("rect", { x, y: top + tall * (1 - share(p)), width: pitch - 6, height: tall * share(p), ...style });
    const middle = x + pitch / 2 - 3;
    parts.push(
      rect(groups.mass(group, cut ? whole : drawn.probabilities), cut ? { fill: "none", stroke: MUTED } : { fill: heat(temperature) }),
      rect(groups.mass(group, atOne), { fill: "none", stroke: INK, "stroke-dasharray": "3 3" }),
      label(middle, top + tall + 20, format.seen(group.symbol), { fill: INK, "font-family": MONO,
        ...(tokens ? { transform: `rotate(90 ${middle} ${top + tall + 12})`, "text-anchor": "start" } : { "text-anchor": "middle" }) }));
  });
  return picture(width, top + tall + labelHeight + 6, `T = ${format.number(temperature)}`,
    [heading(left, 20, `T = ${format.number(temperature)}`, heat(temperature)), ...parts]);
}

/** @param {Distribution} distribution */
export function cumulativeSvg(distribution) {
  const { u, under, drawn, symbols, settings: { temperature } } = distribution;
  const [left, wide, top, high] = [10, 880, 34, 32];
  const colour = heat(temperature);
  const parts = segments(distribution).flatMap(({ from, width, text, veil }) => [
    tag("rect", { x: left + from * wide, y: top, width: width * wide, height: high, fill: colour, "fill-opacity": 1 - veil, stroke: "#ffffff" }),
    ...(text ? [label(left + (from + width / 2) * wide, top + 21, text, { "text-anchor": "middle", fill: veil > 0.2 ? INK : "#ffffff", "font-family": MONO })] : []),
  ]);
  if (u !== null) {
    const x = left + u * wide;
    const symbol = typeof under === "number" ? format.seen(symbols[under]) : format.unnamed(drawn);
    parts.push(
      tag("path", { d: `M${x} ${top + high + 2}l6 10h-12z`, fill: INK }),
      label(u < 0.75 ? x + 12 : x - 12, top + high + 13, format.say("dart", { u: u.toFixed(4), symbol }), { fill: INK, "text-anchor": u < 0.75 ? "start" : "end" }));
  }
  return picture(left * 2 + wide, top + high + 26, `T = ${format.number(temperature)}`,
    [heading(left, 20, `T = ${format.number(temperature)}`, colour), ...parts]);
}

/** @param {{ symbol: string, surprise: number, entropy: number }[]} steps @param {{ surprise: string, entropy: string, bits: string, steps: string }} names */
export function lineSvg(steps, names) {
  const [left, top, wide, tall] = [44, 34, 860, 200];
  const high = Math.max(4, Math.ceil(Math.max(...steps.map(({ surprise, entropy }) => Math.max(Math.min(surprise, 64), entropy)), 0)));
  const step = Math.min(20, wide / Math.max(1, steps.length));
  const y = (/** @type {number} */ bits) => top + tall * (1 - Math.min(bits, high) / high);
  const parts = [0, high / 2, high].flatMap((bits) => [
    tag("line", { x1: left, x2: left + wide, y1: y(bits), y2: y(bits), stroke: RULE }), label(left - 8, y(bits) + 4, String(bits), { "text-anchor": "end" }),
  ]);
  steps.forEach(({ surprise }, i) => parts.push(tag("rect", { x: left + i * step, y: y(surprise), width: step * 0.8, height: top + tall - y(surprise), fill: SURPRISE })));
  const pieces = steps.map(({ entropy }, i) => `M${(left + i * step).toFixed(1)} ${y(entropy).toFixed(1)}h${step.toFixed(1)}`).join("");
  parts.push(tag("path", { d: pieces, fill: "none", stroke: heat(1), "stroke-width": 1.5 }));
  parts.push(label(left - 8, top - 12, names.bits, { "text-anchor": "end" }), label(left + wide, top + tall + 18, names.steps, { "text-anchor": "end" }));
  return picture(left + wide + 10, top + tall + 26, names.surprise,
    [label(left, 20, names.surprise, { fill: SURPRISE }), label(left + 300, 20, names.entropy, { fill: heat(1) }), ...parts]);
}
