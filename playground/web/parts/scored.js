// One model's panel of the Score tab: figures, the text coloured by surprise, and the most surprising places. Given a
// reading (core/scored.js) and the selected place, it reports where it is pointed at.

import * as characters from "../core/characters.js";
import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { current, LiveText, words } from "../core/i18n.js";
import { glyph, glyphs, nameOf } from "../core/glyphs.js";
import * as scored from "../core/scored.js";
import * as unknown from "../core/unknown.js";
import { showMessage } from "./message.js";

const FULL_BITS = 8; // bits at the deepest colour, as in Play's text
const MAX_SURPRISES = 10;
const CONTEXT = 12; // characters of context on either side
const ROOT_MARGIN = "400px"; // distance from the visible part within which cells are built

/** @typedef {import("../core/scored.js").Reading} Reading */
/** @typedef {{ first: number, end: number, ends: boolean, line: number, node: HTMLElement, cells: HTMLElement[] | null, sum: HTMLElement, summedIn: string, coloured: number }} Part `summedIn`: the language of its sum */

/** @param {number} bits */
export const bitsOf = (bits) => (bits === Infinity ? "∞" : bits.toFixed(2));

/**
 * @param {{ id: string, top: HTMLElement, onPoint: (at: number, follow?: boolean) => void }} options `id` is the prefix of the
 *   cells' ids; `top` is placed above the figures
 */
export function panel({ id, top, onPoint }) {
  const figures = make("dl", { class: "figures" });
  const status = make("p", { class: "status", role: "status" });
  const text = keep(make("div", { class: "cells", role: "listbox", tabindex: 0, "aria-label": words.text }));
  const list = keep(make("ol", { class: "surprises" }));
  const readAs = make("p", { class: "muted read-as", role: "status" });
  const node = make("section", { class: "panel" }, make("div", { class: "head" }, top, figures), status, text, readAs);

  /** @type {Reading | null} */
  let reading = null;
  /** @type {Part[]} */
  let parts = [];
  let selectedIndex = -1;

  // Lines get cells only near the visible part: 20,000 cells would take a second.
  const visibility = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting && reading) build(reading, parts[Number(/** @type {HTMLElement} */ (target).dataset.block)]);
    }
  }, { root: text, rootMargin: ROOT_MARGIN });

  /** @param {Reading} of @param {{ text: string }} cell */
  const glyphOf = ({ unit }, cell) => (unit === "token" ? glyphs(cell.text) : glyph(cell.text));
  /** @param {Reading} of @param {{ text: string }} cell */
  const inLine = (of, cell) => glyphOf(of, cell).replace(/\n$/, ""); // the line break is implicit

  /** @param {Reading} newReading */
  function open(newReading) {
    reading = newReading;
    selectedIndex = -1;
    visibility.disconnect();
    parts = scored.blocks(newReading).map((block, i) => {
      const line = make("div", { class: "line", role: "presentation", "data-block": i });
      const cells = newReading.cells.slice(block.first, block.end);
      line.textContent = cells.map((cell) => inLine(newReading, cell)).join("");
      return { ...block, node: line, cells: null, coloured: 0, summedIn: "", sum: make("span", { class: "sum", "aria-hidden": "true" }) };
    });
    for (const part of parts) part.node.append(part.sum);
    text.replaceChildren(...parts.map((part) => part.node));
    text.scrollTop = 0;
    if (unknown.sentenceOf(newReading.cells)) readAs.replaceChildren(make("span", { text: /** @type {any} */ (new LiveText(() => unknown.sentenceOf(newReading.cells))) }));
    else readAs.replaceChildren();
    for (const part of parts) visibility.observe(part.node);
  }

  // Builds the cells of a part on demand.
  /** @param {Reading} of @param {Part} part */
  function build(of, part) {
    if (part.cells) return part.cells;
    visibility.unobserve(part.node);
    const nodes = of.cells.slice(part.first, part.end).map((cell, i) => {
      const index = part.first + i;
      const cellNode = make("span", { class: "cell", role: "option", id: `${id}-${index}`, "data-index": index, text: inLine(of, cell) });
      if (!cellNode.textContent?.trim()) cellNode.setAttribute("aria-label", nameOf(cell));
      if (characters.hasRightToLeft(cell.text)) cellNode.classList.add("turned");
      if (characters.isCodePoint(cellNode.textContent ?? "")) cellNode.classList.add("coded");
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
      part.cells[part.coloured].style.setProperty("--level", Math.min(1, bits[part.first + part.coloured] / FULL_BITS).toFixed(3));
    }
  }

  // Draws what has arrived since the last time.
  function grow() {
    if (!reading) return;
    for (const part of parts) {
      if (part.cells) colour(reading, part);
      if (part.ends && parts.length > 1 && reading.done >= part.end && part.summedIn !== current()) {
        part.summedIn = current();
        part.sum.textContent = format.say("score_line", { n: (reading.sums[part.end] - reading.sums[part.line]).toFixed(1) });
      }
    }
    drawFigures(reading);
    if (reading.figures || reading.stopped) drawSurprises(reading); // while incomplete they would jump about
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
    const contextOf = (/** @type {number} */ from, /** @type {number} */ to) =>
      of.cells.slice(Math.max(0, from), to).map((cell) => cell.text).join("").replace(/\n/g, "↵");
    list.replaceChildren(...scored.mostSurprising(of, MAX_SURPRISES).map((index) => {
      const go = () => { onPoint(of.cells[index].at); text.focus({ preventScroll: true }); };
      return make("li", {}, make("button", { class: "surprise", on: { click: go } },
        make("span", { class: "context" }, make("span", { text: contextOf(index - CONTEXT, index) }),
          make("b", { text: inLine(of, of.cells[index]) }), make("span", { text: contextOf(index + 1, index + 1 + CONTEXT) })),
        make("span", { class: "bits", text: format.sentence("bits", { n: bitsOf(of.bits[index]) }) })));
    }));
  }

  // Marks the selected place, a code point of the text; `follow` scrolls to it.
  /** @param {number | null} at @param {boolean} follow */
  function select(at, follow) {
    const index = at === null || !reading?.cells.length ? -1 : scored.cellAt(reading, at);
    if (index !== selectedIndex) {
      const before = text.querySelector(".at");
      before?.classList.remove("at");
      before?.removeAttribute("aria-selected");
    }
    selectedIndex = index;
    const part = parts.find(({ first, end }) => first <= index && index < end);
    if (!reading || !part) return text.removeAttribute("aria-activedescendant");
    const node = build(reading, part)[index - part.first];
    const bitsText = index < reading.done ? `, ${format.say("bits", { n: bitsOf(reading.bits[index]) })}` : "";
    node.classList.add("at");
    node.setAttribute("aria-selected", "true");
    node.setAttribute("aria-label", nameOf(reading.cells[index]) + bitsText);
    text.setAttribute("aria-activedescendant", node.id);
    if (!follow) return undefined;
    const { offsetTop, offsetHeight } = node;
    const isVisible = offsetTop >= text.scrollTop && offsetTop + offsetHeight <= text.scrollTop + text.clientHeight;
    if (!isVisible) text.scrollTop = offsetTop - text.clientHeight / 2;
    return undefined;
  }

  /** @param {Event} event */
  const pointAtCell = ({ target }) => {
    const cell = target instanceof Element ? target.closest(".cell") : null;
    if (reading && cell instanceof HTMLElement) onPoint(reading.cells[Number(cell.dataset.index)].at, false);
  };
  text.addEventListener("pointerover", pointAtCell);
  text.addEventListener("click", pointAtCell);
  text.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (move === undefined || !reading?.cells.length || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    onPoint(reading.cells[Math.max(0, Math.min(reading.cells.length - 1, Math.max(selectedIndex, 0) + move))].at);
  });

  // Shows a message beside the figures, with an optional retry button.
  /** @param {string} sentence @param {() => void} [act] */
  function tell(sentence, act) {
    showMessage(status, sentence, act);
  }

  function empty() {
    reading = null;
    parts = [];
    visibility.disconnect();
    for (const part of [figures, text, readAs, list]) part.replaceChildren();
    text.removeAttribute("aria-activedescendant"); // that cell no longer exists
    tell("");
  }

  return { node, surprises: list, open, grow, look: select, tell, empty };
}
