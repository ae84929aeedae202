// One model's panel of the Score tab: its figures, the text in the colours of its surprise, and the places that surprised it
// most. It is given a reading (core/scored.js) and the place that is looked at, and tells where it is pointed.

import * as characters from "../core/characters.js";
import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { glyph, glyphs, nameOf } from "../core/glyphs.js";
import * as scored from "../core/scored.js";

const FULL = 8; // bits of the deepest colour, as in Play's text
const SURPRISES = 10;
const AROUND = 12; // characters of context on either side
const NEAR = "400px"; // of the part that is seen, within which the text has its cells

/** @typedef {import("../core/scored.js").Reading} Reading */
/** @typedef {{ first: number, end: number, ends: boolean, line: number, node: HTMLElement, cells: HTMLElement[] | null, sum: HTMLElement, coloured: number }} Part */

/** @param {number} bits */
export const bitsOf = (bits) => (bits === Infinity ? "∞" : bits.toFixed(2));

/**
 * @param {{ id: string, top: HTMLElement, onPoint: (at: number, follow?: boolean) => void }} options `id` begins those of the
 *   cells; `top` stands over the figures
 */
export function panel({ id, top, onPoint }) {
  const figures = make("dl", { class: "figures" });
  const status = make("p", { class: "status", role: "status" });
  const text = keep(make("div", { class: "cells", role: "listbox", tabindex: 0, "aria-label": words.text }));
  const list = keep(make("ol", { class: "surprises" }));
  const node = make("section", { class: "panel" }, make("div", { class: "head" }, top, figures), status, text);

  /** @type {Reading | null} */
  let reading = null;
  /** @type {Part[]} */
  let parts = [];
  let shown = -1;

  // The text as lines, each with its cells only while it is near to what is seen: 20,000 cells would take a second.
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting && reading) build(reading, parts[Number(/** @type {HTMLElement} */ (target).dataset.block)]);
    }
  }, { root: text, rootMargin: NEAR });

  /** @param {Reading} of @param {{ text: string }} cell */
  const glyphOf = ({ unit }, cell) => (unit === "token" ? glyphs(cell.text) : glyph(cell.text));
  /** @param {Reading} of @param {{ text: string }} cell */
  const inLine = (of, cell) => glyphOf(of, cell).replace(/\n$/, ""); // a line ends by itself

  /** @param {Reading} next */
  function open(next) {
    reading = next;
    shown = -1;
    near.disconnect();
    parts = scored.blocks(next).map((block, i) => {
      const line = make("div", { class: "line", role: "presentation", "data-block": i });
      line.textContent = next.cells.slice(block.first, block.end).map((cell) => inLine(next, cell)).join("");
      return { ...block, node: line, cells: null, coloured: 0, sum: make("span", { class: "sum", "aria-hidden": "true" }) };
    });
    for (const part of parts) part.node.append(part.sum);
    text.replaceChildren(...parts.map((part) => part.node));
    text.scrollTop = 0;
    for (const part of parts) near.observe(part.node);
  }

  // The nodes of a part's cells, made when they are first needed.
  /** @param {Reading} of @param {Part} part */
  function build(of, part) {
    if (part.cells) return part.cells;
    near.unobserve(part.node);
    const nodes = of.cells.slice(part.first, part.end).map((cell, i) => {
      const index = part.first + i;
      const cellNode = make("span", { class: "cell", role: "option", id: `${id}-${index}`, "data-index": index, text: inLine(of, cell) });
      if (!cellNode.textContent?.trim()) cellNode.setAttribute("aria-label", nameOf(cell));
      if (characters.turns(cell.text)) cellNode.classList.add("turned");
      if (characters.coded(cellNode.textContent ?? "")) cellNode.classList.add("coded");
      if (cell.unknown !== undefined) cellNode.classList.add("unknown");
      cellNode.classList.toggle("special", cell.special);
      return cellNode;
    });
    part.cells = nodes;
    part.node.replaceChildren(...nodes, part.sum);
    colour(of, part);
    return nodes;
  }

  /** @param {Reading} of @param {Part} part */
  function colour({ bits, done }, part) {
    const until = Math.min(part.end, done) - part.first;
    for (; part.cells && part.coloured < until; part.coloured++) {
      part.cells[part.coloured].style.setProperty("--level", Math.min(1, bits[part.first + part.coloured] / FULL).toFixed(3));
    }
  }

  // Draws what has come since the last time.
  function grow() {
    if (!reading) return;
    for (const part of parts) {
      if (part.cells) colour(reading, part);
      if (part.ends && parts.length > 1 && reading.done >= part.end && !part.sum.textContent) {
        part.sum.textContent = format.say("score_line", { n: (reading.sums[part.end] - reading.sums[part.line]).toFixed(1) });
      }
    }
    drawFigures(reading);
    if (reading.figures || reading.stopped) drawSurprises(reading); // they would jump about while they come
  }

  /** @param {Reading} of */
  function drawFigures(of) {
    if (!of.done) return figures.replaceChildren();
    const { bits, perCharacter, perplexity } = scored.figures(of);
    const number = (/** @type {number} */ value, /** @type {number} */ digits) =>
      (value === Infinity ? "∞" : value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
    const row = (/** @type {string} */ key, /** @type {string} */ value, values = {}) =>
      make("div", { class: key }, make("dt", { text: format.sentence(key, values) }), keep(make("dd", { text: value })));
    return figures.replaceChildren(
      row("score_per_character", number(perCharacter, 3)),
      row("score_perplexity", number(perplexity, 2), { unit: words[`unit_counted_${of.counted}`] }),
      row("score_total", number(bits, 1)));
  }

  /** @param {Reading} of */
  function drawSurprises(of) {
    const around = (/** @type {number} */ from, /** @type {number} */ to) =>
      of.cells.slice(Math.max(0, from), to).map((cell) => cell.text).join("").replace(/\n/g, "↵");
    list.replaceChildren(...scored.mostSurprising(of, SURPRISES).map((index) => {
      const go = () => { onPoint(of.cells[index].at); text.focus({ preventScroll: true }); };
      return make("li", {}, make("button", { class: "surprise", on: { click: go } },
        make("span", { class: "context" }, make("span", { text: around(index - AROUND, index) }),
          make("b", { text: inLine(of, of.cells[index]) }), make("span", { text: around(index + 1, index + 1 + AROUND) })),
        make("span", { class: "bits", text: format.sentence("bits", { n: bitsOf(of.bits[index]) }) })));
    }));
  }

  // Shows the place that is looked at, a code point of the text; `follow` brings it into view.
  /** @param {number | null} at @param {boolean} follow */
  function look(at, follow) {
    const index = at === null || !reading?.cells.length ? -1 : scored.cellAt(reading, at);
    if (index !== shown) {
      const before = text.querySelector(".at");
      before?.classList.remove("at");
      before?.removeAttribute("aria-selected");
    }
    shown = index;
    const part = parts.find(({ first, end }) => first <= index && index < end);
    if (!reading || !part) return text.removeAttribute("aria-activedescendant");
    const node = build(reading, part)[index - part.first];
    const told = index < reading.done ? `, ${format.say("bits", { n: bitsOf(reading.bits[index]) })}` : "";
    node.classList.add("at");
    node.setAttribute("aria-selected", "true");
    node.setAttribute("aria-label", nameOf(reading.cells[index]) + told);
    text.setAttribute("aria-activedescendant", node.id);
    if (!follow) return undefined;
    const { offsetTop, offsetHeight } = node;
    const seen = offsetTop >= text.scrollTop && offsetTop + offsetHeight <= text.scrollTop + text.clientHeight;
    if (!seen) text.scrollTop = offsetTop - text.clientHeight / 2;
    return undefined;
  }

  /** @param {Event} event */
  const pointed = ({ target }) => {
    const cell = target instanceof Element ? target.closest(".cell") : null;
    if (reading && cell instanceof HTMLElement) onPoint(reading.cells[Number(cell.dataset.index)].at, false);
  };
  text.addEventListener("pointerover", pointed);
  text.addEventListener("click", pointed);
  text.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (move === undefined || !reading?.cells.length || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    onPoint(reading.cells[Math.max(0, Math.min(reading.cells.length - 1, Math.max(shown, 0) + move))].at);
  });

  // A sentence beside the figures, and something that can be done about it.
  /** @param {string} sentence @param {() => void} [act] */
  function tell(sentence, act) {
    const again = act && make("button", { class: "quiet", text: words.try_again, on: { click: act } });
    status.replaceChildren(...(sentence ? [make("span", { text: sentence }), " "] : []), ...(again ? [again] : []));
  }

  function empty() {
    reading = null;
    parts = [];
    near.disconnect();
    for (const part of [figures, text, list]) part.replaceChildren();
    text.removeAttribute("aria-activedescendant"); // that cell is gone
    tell("");
  }

  return { node, surprises: list, open, grow, look, tell, empty };
}
