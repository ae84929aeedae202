// One model's panel of the Score tab: its figures, the text in the colours of its surprise, and the places that surprised it
// most. It is given a reading (core/scored.js) and the place that is looked at, and tells where it is pointed.

import * as characters from "../core/characters.js";
import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/given.js";
import { glyph, glyphs, nameOf } from "../core/glyphs.js";
import * as scored from "../core/scored.js";

const FULL = 8; // bits of the deepest colour, as in Play's text
const SURPRISES = 10;
const AROUND = 12; // characters of context on either side
const NEAR = "400px"; // of the part that is seen, within which the text has its cells

export const bitsOf = (bits) => (bits === Infinity ? "∞" : bits.toFixed(2));

export function panel({ id, top, onPoint, onLeave }) {
  const figures = make("dl", { class: "figures" });
  const status = make("p", { class: "status", role: "status" });
  const text = keep(make("div", { class: "cells", role: "listbox", tabindex: 0, "aria-label": words.text }));
  const list = keep(make("ol", { class: "surprises" }));
  const node = make("section", { class: "panel" }, make("div", { class: "head" }, top, figures), status, text);

  let reading = null;
  let parts = []; // { first, end, ends, line, node, cells: null or nodes, sum }
  let shown = -1;

  // The text as lines, each with its cells only while it is near to what is seen: 20,000 cells would take a second.
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) build(parts[Number(target.dataset.block)]);
  }, { root: text, rootMargin: NEAR });

  const glyphOf = (cell) => (reading.unit === "token" ? glyphs(cell.text) : glyph(cell.text));
  const inLine = (cell) => glyphOf(cell).replace(/\n$/, ""); // which ends by itself

  function open(next) {
    reading = next;
    shown = -1;
    near.disconnect();
    parts = scored.blocks(reading).map((block, i) => {
      const line = make("div", { class: "line", role: "presentation", "data-block": i });
      line.textContent = reading.cells.slice(block.first, block.end).map(inLine).join("");
      return { ...block, node: line, cells: null, sum: make("span", { class: "sum", "aria-hidden": "true" }) };
    });
    for (const part of parts) part.node.append(part.sum);
    text.replaceChildren(...parts.map((part) => part.node));
    text.scrollTop = 0;
    for (const part of parts) near.observe(part.node);
  }

  function build(part) {
    if (part.cells) return;
    near.unobserve(part.node);
    part.cells = reading.cells.slice(part.first, part.end).map((cell, i) => {
      const cellNode = make("span", { class: "cell", role: "option", id: `${id}-${part.first + i}`, "data-index": part.first + i, text: inLine(cell) });
      if (characters.turns(cell.text)) cellNode.classList.add("turned");
      if (characters.coded(cellNode.textContent)) cellNode.classList.add("coded");
      if (cell.unknown !== undefined) cellNode.classList.add("unknown");
      cellNode.classList.toggle("special", Boolean(cell.special));
      return cellNode;
    });
    part.node.replaceChildren(...part.cells, part.sum);
    part.coloured = 0;
    colour(part);
  }

  const partOf = (index) => parts.find(({ first, end }) => first <= index && index < end);

  function colour(part) {
    const until = Math.min(part.cells.length, reading.done - part.first);
    for (let i = part.coloured; i < until; i++) {
      part.cells[i].style.setProperty("--level", Math.min(1, reading.bits[part.first + i] / FULL).toFixed(3));
    }
    part.coloured = Math.max(part.coloured, until);
  }

  // What has come since the last time.
  function grow() {
    for (const part of parts) {
      if (part.cells && part.coloured < part.cells.length) colour(part);
      if (part.ends && part.line < reading.cells.length && parts.length > 1 && reading.done >= part.end && !part.sum.textContent) {
        part.sum.textContent = format.say("score_line", { n: (reading.sums[part.end] - reading.sums[part.line]).toFixed(1) });
      }
    }
    drawFigures();
    drawSurprises();
  }

  function drawFigures() {
    if (!reading.done) { figures.replaceChildren(); return; }
    const { bits, perCharacter, perplexity } = scored.figures(reading);
    const number = (value, digits) => (value === Infinity ? "∞" : value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
    const unit = words[`unit_counted_${reading.counted}`];
    const row = (key, value, said) => make("div", { class: key }, make("dt", { text: said }), keep(make("dd", { text: value })));
    figures.replaceChildren(
      row("score_per_character", number(perCharacter, 3), words.score_per_character),
      row("score_perplexity", number(perplexity, 2), format.say("score_perplexity", { unit })),
      row("score_total", number(bits, 1), words.score_total));
  }

  function drawSurprises() {
    if (!reading.figures && !reading.stopped) return; // they would jump about while they come
    list.replaceChildren(...scored.mostSurprising(reading, SURPRISES).map((index) => {
      const around = (from, to) => reading.cells.slice(Math.max(0, from), to).map(({ text: letters }) => letters).join("").replace(/\n/g, "↵");
      const button = make("button", { class: "surprise", on: { click: () => { onPoint(reading.cells[index].at); text.focus({ preventScroll: true }); } } },
        make("span", { class: "context" }, make("span", { text: around(index - AROUND, index) }), make("b", { text: glyphOf(reading.cells[index]).trim() }),
          make("span", { text: around(index + 1, index + 1 + AROUND) })),
        make("span", { class: "bits", text: format.say("bits", { n: bitsOf(reading.bits[index]) }) }));
      return make("li", {}, button);
    }));
  }

  // Shows the place that is looked at, a code point of the text; `follow` brings it into view.
  function look(at, follow) {
    const index = at === null || !reading?.cells.length ? -1 : scored.cellAt(reading, at);
    if (index !== shown) {
      text.querySelector(".at")?.removeAttribute("aria-selected");
      text.querySelector(".at")?.classList.remove("at");
    }
    shown = index;
    if (index === -1) { text.removeAttribute("aria-activedescendant"); return; }
    const part = partOf(index);
    build(part);
    const cellNode = part.cells[index - part.first];
    cellNode.classList.add("at");
    cellNode.setAttribute("aria-selected", "true");
    const known = index < reading.done ? `, ${format.say("bits", { n: bitsOf(reading.bits[index]) })}` : "";
    cellNode.setAttribute("aria-label", nameOf(reading.cells[index]) + known);
    text.setAttribute("aria-activedescendant", cellNode.id);
    if (!follow) return;
    const { offsetTop, offsetHeight } = cellNode;
    if (offsetTop < text.scrollTop || offsetTop + offsetHeight > text.scrollTop + text.clientHeight) text.scrollTop = offsetTop - text.clientHeight / 2;
  }

  const pointed = ({ target }) => {
    const cell = target.closest?.(".cell");
    if (cell) onPoint(reading.cells[Number(cell.dataset.index)].at, false);
  };
  text.addEventListener("pointerover", pointed);
  text.addEventListener("click", pointed);
  text.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (move === undefined || !reading?.cells.length || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(reading.cells.length - 1, Math.max(shown, 0) + move));
    onPoint(reading.cells[to].at);
  });

  // A sentence in place of figures, and something that can be done about it.
  function tell(sentence, act = null, label = words.try_again) {
    status.replaceChildren(...(sentence ? [sentence, " "] : []), ...(act ? [make("button", { class: "quiet", text: label, on: { click: act } })] : []));
  }

  function empty() {
    reading = null;
    parts = [];
    near.disconnect();
    for (const part of [figures, text, list]) part.replaceChildren();
    tell("");
  }

  return { node, surprises: list, open, grow, look, tell, empty };
}
