// The texts of the Models tab: what each model generates after the prompt with the same dice. Given runs, it reports
// where one is pointed at.

import { keep, make } from "../dom.js";
import { words } from "../core/i18n.js";
import { glyph, glyphs, nameOf } from "../core/glyphs.js";
import * as runs from "../core/runs.js";
import { showMessage } from "./message.js";

/** @typedef {{ node: HTMLElement, text: HTMLElement, status: HTMLElement, run: Run | null, stepCount: number, ats: number[], at: number, told: string | null }} Column `stepCount`: the steps that are drawn */

/** @param {{ onPoint: (column: number, at: number) => void }} options `at` is a code point of the text */
export function sameTexts({ onPoint }) {
  const node = make("div", { class: "same" });
  /** @type {Column[]} */
  let columns = [];

  // Rebuilds the columns, each with its heading.
  /** @param {HTMLElement[]} headings */
  function build(headings) {
    columns = headings.map((top, i) => {
      const text = keep(make("div", { class: "cells", role: "listbox", tabindex: 0, "aria-label": words.text }));
      const status = make("p", { class: "status", role: "status" });
      const column = { node: make("section", {}, top, status, text), text, status, run: null, stepCount: -1, ats: [], at: -1, told: null };
      listen(column, i);
      return column;
    });
    node.style.setProperty("--columns", String(headings.length));
    node.replaceChildren(...columns.map((column) => column.node));
  }

  /** @param {Column} column @param {number} i */
  function listen(column, i) {
    const pointAtCell = (/** @type {Event} */ { target }) => {
      const cell = target instanceof Element ? target.closest(".cell") : null;
      if (cell instanceof HTMLElement) onPoint(i, Number(cell.dataset.at));
    };
    column.text.addEventListener("pointerover", pointAtCell);
    column.text.addEventListener("click", pointAtCell);
    column.text.addEventListener("keydown", (event) => {
      const { ats, at } = column;
      const current = ats.indexOf(at);
      const target = { ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: ats.length - 1 }[event.key];
      if (target === undefined || !ats.length || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation(); // the page's own keys
      const next = ats[Math.max(0, Math.min(ats.length - 1, target))];
      mark(column, next); // immediately: the next key may come before the next frame
      onPoint(i, next);
    });
  }

  // Draws a text as far as it has arrived and marks a place in it. Only new cells are built.
  /** @param {number} i @param {Run | null} run @param {number} at −1 for none */
  function draw(i, run, at) {
    const column = columns[i];
    if (!column) return;
    if (column.run !== run) {
      column.text.replaceChildren();
      Object.assign(column, { run, stepCount: -1, ats: [], at: -2 }); // to be marked anew
    }
    if (run) grow(column, i, run);
    if (column.at !== at) mark(column, at);
  }

  /** @param {Column} column @param {number} i @param {Run} run */
  function grow(column, i, run) {
    const cells = runs.cells(run);
    if (run.steps.length === column.stepCount) return;
    // The last cell may have changed: a syllable grows letter by letter.
    column.text.lastElementChild?.remove();
    const keptCount = column.text.children.length;
    let at = run.skipped;
    cells.forEach((cell, j) => {
      if (j >= keptCount) {
        column.ats[j] = at;
        const shown = run.unit === "token" ? glyphs(cell.text) : glyph(cell.text);
        const node = make("span", { class: cell.prompt ? "cell given" : "cell", role: "option", id: `models-${i}-${at}`, "data-at": at, text: shown });
        if (!shown.trim() || cell.special) node.setAttribute("aria-label", nameOf(cell));
        column.text.append(node);
      }
      at += [...cell.text].length;
    });
    column.stepCount = run.steps.length;
    column.at = -2; // to be marked anew
  }

  /** @param {Column} column @param {number} at */
  function mark(column, at) {
    column.text.querySelector(".at")?.classList.remove("at");
    column.text.querySelector("[aria-selected]")?.removeAttribute("aria-selected");
    column.at = at;
    const node = /** @type {HTMLElement | undefined} */ (column.text.children[column.ats.indexOf(at)]);
    if (!node) return column.text.removeAttribute("aria-activedescendant");
    node.classList.add("at");
    node.setAttribute("aria-selected", "true");
    return column.text.setAttribute("aria-activedescendant", node.id);
  }

  // Shows a message instead of a text, with an optional retry button.
  /** @param {number} i @param {string} sentence @param {() => void} [act] */
  function tell(i, sentence, act) {
    const column = columns[i];
    if (!column || column.told === sentence) return; // a button made anew under a finger would lose its click
    column.told = sentence;
    showMessage(column.status, sentence, act);
  }

  return { node, build, draw, tell };
}
