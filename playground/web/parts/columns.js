// Columns of text for the same prompt and dice at several temperatures, scrolling together, with measures under each.
// Given columns (core/columns.js), it reports where it is pointed at.

import * as characters from "../core/characters.js";
import { cellsOf, isWithin, divergesAt } from "../core/columns.js";
import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { glyph, glyphs, nameOf } from "../core/glyphs.js";
import { words } from "../core/i18n.js";

/** @typedef {import("../core/columns.js").Column} Column */
/** @typedef {{ head: HTMLElement, text: HTMLElement, figures: HTMLElement, cells: ReturnType<typeof cellsOf>, nodes: HTMLElement[], parted: number | null, marked: boolean }} Shown */

/** @typedef {keyof import("../core/columns.js").Measures} Measure */

// The measures of a text and their names.
export const MEASURES = /** @type {[Measure, string][]} */ ([
  ["distinct_words", words.temperatures_distinct_words], ["loop_rate", words.temperatures_loop_rate],
  ["known_words", words.temperatures_known_words], ["surprise", words.temperatures_surprise],
]);
/** @param {Measure} name @param {number} value */
export const figureOf = (name, value) => (name === "surprise" ? value.toFixed(2) : format.percent(value));

/** @param {{ point: (column: number, step: number) => void }} options */
export function columnsPart({ point }) {
  const node = make("div", { class: "columns-scroller" });
  /** @type {Shown[]} */
  let shown = [];
  let selected = { column: -1, step: -1 };

  // Shows a new set of columns.
  /** @param {Column[]} columns */
  function open(columns) {
    shown = columns.map(({ temperature }, i) => {
      const t = format.number(temperature);
      const text = keep(make("div", { class: "column-text", role: "listbox", tabindex: 0, "aria-label": format.sentence("temperatures_text", { t }) }));
      text.addEventListener("pointerover", (event) => pointAtCell(event, i));
      text.addEventListener("click", (event) => pointAtCell(event, i));
      text.addEventListener("keydown", (event) => moveByKey(event, i));
      const head = keep(make("div", { class: "column-head", text: `T = ${t}` }));
      head.style.setProperty("--heat", format.heat(temperature));
      return { head, text, figures: make("dl", { class: "column-figures" }), cells: [], nodes: [], parted: null, marked: false };
    });
    node.style.setProperty("--columns", String(columns.length));
    node.replaceChildren(...shown.map(({ head, text, figures }) => make("div", { class: "column" }, head, text, figures)));
    selected = { column: -1, step: -1 };
    node.scrollTop = 0;
    draw(columns);
  }

  // Draws what has arrived since the last time.
  /** @param {Column[]} columns */
  function draw(columns) {
    columns.forEach((column, i) => {
      const view = shown[i];
      if (column.run && (column.run.steps.length !== view.cells.at(-1)?.to)) grow(view, column, i);
      if (column.measures && !view.marked) mark(view, column);
      const divergence = i ? divergesAt(columns[i - 1], column) : null;
      if (divergence === view.parted) return;
      view.nodes[view.cells.findIndex(({ from, to }) => from <= /** @type {number} */ (divergence) && /** @type {number} */ (divergence) < to)]?.classList.add("parts");
      view.parted = divergence;
    });
  }

  // The last cell is redrawn too: the next symbol may have joined it.
  /** @param {Shown} view @param {Column} column @param {number} i */
  function grow(view, column, i) {
    const cells = cellsOf(column);
    const glyphOf = column.run?.unit === "token" ? glyphs : glyph;
    for (let n = Math.max(0, view.nodes.length - 1); n < cells.length; n++) {
      const cell = cells[n];
      const text = glyphOf(cell.text);
      if (!view.nodes[n]) {
        view.nodes[n] = make("span", { class: "cell", role: "option", id: `column-${i}-${n}`, "data-cell": n });
        view.text.append(view.nodes[n]);
      }
      const cellNode = view.nodes[n];
      if (cellNode.textContent !== text) cellNode.textContent = text;
      if (!text.trim()) cellNode.setAttribute("aria-label", nameOf(cell));
      cellNode.classList.toggle("special", cell.special);
      cellNode.classList.toggle("coded", characters.isCodePoint(text));
    }
    view.cells = cells;
  }

  /** @param {Shown} view @param {Column} column */
  function mark(view, { measures, loops, unknown }) {
    view.marked = true;
    view.cells.forEach((cell, n) => {
      if (isWithin(cell, loops)) view.nodes[n].classList.add("loop");
      if (isWithin(cell, unknown)) view.nodes[n].classList.add("unknown");
    });
    view.figures.replaceChildren(...MEASURES.map(([name, label]) => {
      const value = measures?.[name] ?? null;
      return make("div", {}, make("dt", { text: label }), keep(make("dd", { text: value === null ? "–" : figureOf(name, value) })));
    }));
  }

  // Marks the cell of a step, also in the neighbouring column it is compared with.
  /** @param {Column[]} columns @param {number} column @param {number} step @param {boolean} follow */
  function select(columns, column, step, follow) {
    node.querySelectorAll(".at").forEach((node) => { node.classList.remove("at"); node.removeAttribute("aria-selected"); });
    selected = { column, step };
    shown.forEach((view, i) => {
      const n = view.cells.findIndex(({ from, to }) => from <= step && step < to);
      const isNear = Math.abs(i - column) <= 1 && n >= 0;
      view.text.removeAttribute("aria-activedescendant");
      if (!isNear || (i !== column && i !== comparedColumn(columns.length, column))) return;
      view.nodes[n].classList.add("at");
      if (i !== column) return;
      view.nodes[n].setAttribute("aria-selected", "true");
      view.text.setAttribute("aria-activedescendant", view.nodes[n].id);
      if (follow) view.nodes[n].scrollIntoView({ block: "nearest", inline: "nearest" });
    });
  }

  /** @param {Event} event @param {number} i */
  function pointAtCell({ target }, i) {
    const cell = target instanceof Element ? target.closest(".cell") : null;
    if (cell instanceof HTMLElement) point(i, shown[i].cells[Number(cell.dataset.cell)].place);
  }

  /** @param {KeyboardEvent} event @param {number} i */
  function moveByKey(event, i) {
    const { cells } = shown[i];
    const from = selected.column === i ? cells.findIndex(({ place }) => place >= selected.step) : 0;
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (move === undefined || !cells.length || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
    point(i, cells[Math.max(0, Math.min(cells.length - 1, from + move))].place);
  }

  return { node, open, draw, look: select };
}

// The column that a column is compared with: the one before it, or the second for the first.
/** @param {number} count @param {number} column */
export const comparedColumn = (count, column) => (column ? column - 1 : Math.min(1, count - 1));
