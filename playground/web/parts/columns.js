// The texts of one prompt and one set of dice at several temperatures, in columns that scroll together. What a column is like stands
// under it. It is given columns (core/columns.js) and tells where it is pointed.

import * as characters from "../core/characters.js";
import { cellsOf, isWithin, leaves } from "../core/columns.js";
import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { glyph, glyphs, nameOf } from "../core/glyphs.js";
import { words } from "../core/i18n.js";

/** @typedef {import("../core/columns.js").Column} Column */
/** @typedef {{ head: HTMLElement, text: HTMLElement, figures: HTMLElement, cells: ReturnType<typeof cellsOf>, nodes: HTMLElement[], parted: number | null, marked: boolean }} Shown */

/** @typedef {keyof import("../core/columns.js").Measures} Measure */

// The measures of a text, by what the page calls them.
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
  let at = { column: -1, step: -1 };

  // Another set of columns.
  /** @param {Column[]} columns */
  function open(columns) {
    shown = columns.map(({ temperature }, i) => {
      const t = format.number(temperature);
      const text = keep(make("div", { class: "column-text", role: "listbox", tabindex: 0, "aria-label": format.sentence("temperatures_text", { t }) }));
      text.addEventListener("pointerover", (event) => pointed(event, i));
      text.addEventListener("click", (event) => pointed(event, i));
      text.addEventListener("keydown", (event) => key(event, i));
      const head = keep(make("div", { class: "column-head", text: `T = ${t}` }));
      head.style.setProperty("--heat", format.heat(temperature));
      return { head, text, figures: make("dl", { class: "column-figures" }), cells: [], nodes: [], parted: null, marked: false };
    });
    node.style.setProperty("--columns", String(columns.length));
    node.replaceChildren(...shown.map(({ head, text, figures }) => make("div", { class: "column" }, head, text, figures)));
    at = { column: -1, step: -1 };
    node.scrollTop = 0;
    draw(columns);
  }

  // Draws what has come since the last time.
  /** @param {Column[]} columns */
  function draw(columns) {
    columns.forEach((column, i) => {
      const one = shown[i];
      if (column.run && (column.run.steps.length !== one.cells.at(-1)?.to)) grow(one, column, i);
      if (column.measures && !one.marked) mark(one, column);
      const parted = i ? leaves(columns[i - 1], column) : null;
      if (parted === one.parted) return;
      one.nodes[one.cells.findIndex(({ from, to }) => from <= /** @type {number} */ (parted) && /** @type {number} */ (parted) < to)]?.classList.add("parts");
      one.parted = parted;
    });
  }

  // The last cell may have become another one: the next symbol can join it.
  /** @param {Shown} one @param {Column} column @param {number} i */
  function grow(one, column, i) {
    const fresh = cellsOf(column);
    const light = column.run?.unit === "token" ? glyphs : glyph;
    for (let n = Math.max(0, one.nodes.length - 1); n < fresh.length; n++) {
      const cell = fresh[n];
      const text = light(cell.text);
      if (!one.nodes[n]) {
        one.nodes[n] = make("span", { class: "cell", role: "option", id: `column-${i}-${n}`, "data-cell": n });
        one.text.append(one.nodes[n]);
      }
      const made = one.nodes[n];
      if (made.textContent !== text) made.textContent = text;
      if (!text.trim()) made.setAttribute("aria-label", nameOf(cell));
      made.classList.toggle("special", cell.special);
      made.classList.toggle("coded", characters.coded(text));
    }
    one.cells = fresh;
  }

  /** @param {Shown} one @param {Column} column */
  function mark(one, { measures, loops, unknown }) {
    one.marked = true;
    one.cells.forEach((cell, n) => {
      if (isWithin(cell, loops)) one.nodes[n].classList.add("loop");
      if (isWithin(cell, unknown)) one.nodes[n].classList.add("unknown");
    });
    one.figures.replaceChildren(...MEASURES.map(([name, called]) => {
      const value = measures?.[name] ?? null;
      return make("div", {}, make("dt", { text: called }), keep(make("dd", { text: value === null ? "–" : figureOf(name, value) })));
    }));
  }

  // The place that is looked at: the cell of a step, in each column that has the same text until there too.
  /** @param {Column[]} columns @param {number} column @param {number} step @param {boolean} follow */
  function look(columns, column, step, follow) {
    node.querySelectorAll(".at").forEach((old) => { old.classList.remove("at"); old.removeAttribute("aria-selected"); });
    at = { column, step };
    shown.forEach((one, i) => {
      const n = one.cells.findIndex(({ from, to }) => from <= step && step < to);
      const near = Math.abs(i - column) <= 1 && n >= 0;
      one.text.removeAttribute("aria-activedescendant");
      if (!near || (i !== column && i !== other(columns.length, column))) return;
      one.nodes[n].classList.add("at");
      if (i !== column) return;
      one.nodes[n].setAttribute("aria-selected", "true");
      one.text.setAttribute("aria-activedescendant", one.nodes[n].id);
      if (follow) one.nodes[n].scrollIntoView({ block: "nearest", inline: "nearest" });
    });
  }

  /** @param {Event} event @param {number} i */
  function pointed({ target }, i) {
    const cell = target instanceof Element ? target.closest(".cell") : null;
    if (cell instanceof HTMLElement) point(i, shown[i].cells[Number(cell.dataset.cell)].place);
  }

  /** @param {KeyboardEvent} event @param {number} i */
  function key(event, i) {
    const { cells } = shown[i];
    const from = at.column === i ? cells.findIndex(({ place }) => place >= at.step) : 0;
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (move === undefined || !cells.length || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
    point(i, cells[Math.max(0, Math.min(cells.length - 1, from + move))].place);
  }

  return { node, open, draw, look };
}

// The neighbour that a column is compared with: the one before it, and of the first the second.
/** @param {number} count @param {number} column */
export const other = (count, column) => (column ? column - 1 : Math.min(1, count - 1));
