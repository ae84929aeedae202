// The texts of the Models tab: what each model writes after the prompt with the same dice, beside each other. It is given runs,
// and tells at which place one is pointed at.

import { keep, make } from "../core/dom.js";
import { words } from "../core/i18n.js";
import { glyph, glyphs, nameOf } from "../core/glyphs.js";
import * as runs from "../core/runs.js";

/** @typedef {{ node: HTMLElement, text: HTMLElement, status: HTMLElement, run: Run | null, built: number, ats: number[], at: number }} Column */

/** @param {{ onPoint: (column: number, at: number) => void }} options `at` is a code point of the text */
export function sameTexts({ onPoint }) {
  const node = make("div", { class: "same" });
  /** @type {Column[]} */
  let columns = [];

  // Builds the columns anew, each with what stands over it.
  /** @param {HTMLElement[]} tops */
  function build(tops) {
    columns = tops.map((top, i) => {
      const text = keep(make("div", { class: "cells", role: "listbox", tabindex: 0, "aria-label": words.text }));
      const status = make("p", { class: "status", role: "status" });
      const column = { node: make("section", {}, top, status, text), text, status, run: null, built: 0, ats: [], at: -1 };
      listen(column, i);
      return column;
    });
    node.style.setProperty("--columns", String(tops.length));
    node.replaceChildren(...columns.map((column) => column.node));
  }

  /** @param {Column} column @param {number} i */
  function listen(column, i) {
    const pointed = (/** @type {Event} */ { target }) => {
      const cell = target instanceof Element ? target.closest(".cell") : null;
      if (cell instanceof HTMLElement) onPoint(i, Number(cell.dataset.at));
    };
    column.text.addEventListener("pointerover", pointed);
    column.text.addEventListener("click", pointed);
    column.text.addEventListener("keydown", (event) => {
      const { ats, at } = column;
      const now = ats.indexOf(at);
      const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: ats.length - 1 }[event.key];
      if (to === undefined || !ats.length || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation(); // the page's own keys
      const next = ats[Math.max(0, Math.min(ats.length - 1, to))];
      mark(column, next); // at once: the next key may come before the next frame
      onPoint(i, next);
    });
  }

  // Draws what has come of a text; a place within it is marked. Only new cells are built.
  /** @param {number} i @param {Run | null} run @param {number} at −1 for none */
  function draw(i, run, at) {
    const column = columns[i];
    if (!column) return;
    if (column.run !== run) {
      column.text.replaceChildren();
      Object.assign(column, { run, built: 0, ats: [], at: -2 }); // to be marked anew
    }
    if (run) grow(column, i, run);
    if (column.at !== at) mark(column, at);
  }

  /** @param {Column} column @param {number} i @param {Run} run */
  function grow(column, i, run) {
    const cells = runs.cells(run);
    if (cells.length === column.built) return;
    // The last one may have grown: a syllable gets its letters one by one.
    column.text.lastElementChild?.remove();
    const kept = column.text.children.length;
    let at = run.skipped;
    cells.forEach((cell, j) => {
      if (j >= kept) {
        column.ats[j] = at;
        const shown = run.unit === "token" ? glyphs(cell.text) : glyph(cell.text);
        const node = make("span", { class: cell.prompt ? "cell given" : "cell", role: "option", id: `models-${i}-${at}`, "data-at": at, text: shown });
        if (!shown.trim() || cell.special) node.setAttribute("aria-label", nameOf(cell));
        column.text.append(node);
      }
      at += [...cell.text].length;
    });
    column.built = cells.length;
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

  // A sentence instead of a text, and something that can be done about it.
  /** @param {number} i @param {string} sentence @param {() => void} [act] */
  function tell(i, sentence, act) {
    const again = act && make("button", { class: "quiet", text: words.try_again, on: { click: act } });
    columns[i]?.status.replaceChildren(...(sentence ? [make("span", { text: sentence }), " "] : []), ...(again ? [again] : []));
  }

  return { node, build, draw, tell };
}
