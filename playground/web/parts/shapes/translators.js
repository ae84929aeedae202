// The translation models side by side: what each writes for the same sentence with the same dice and hand-chosen
// letters, and the measurements on its card.

import { keep, make, put, retext } from "../../dom.js";
import * as format from "../../core/format.js";
import { words } from "../../core/i18n.js";
import * as translation from "../../core/translation.js";
import * as modelnames from "../modelnames.js";

/** @typedef {import("../../core/translation.js").Other} Other */

/** @param {{ choose: (name: string) => void }} host */
export function translators({ choose }) {
  const rows = make("tbody");
  const figureNames = () => ["ln P", words.shape_translate_nats, "chrF", words.models_parameters];
  const column = (/** @type {HTMLElement["textContent"]} */ text, look = "") => make("th", { scope: "col", class: look, text });
  const head = make("thead", {}, make("tr", {}, column(words.models_model), column(words.shape_translate_writes), ...figureNames().map((name) => column(name, "number"))));
  const note = make("p", { class: "muted" });
  const handNote = make("p", { class: "taken muted", role: "status" });
  const node = make("div", { class: "beside" }, make("h3", { text: words.shape_translate_models }), handNote,
    make("div", { class: "scrolls" }, make("table", { class: "others" }, head, rows)), note);

  // A translation with its hand-chosen letters marked.
  /** @param {string} text @param {number[]} picked */
  const markedText = (text, picked) => keep(make("span", {}, ...[...text].map((letter, i) => (picked.includes(i) ? make("span", { class: "hand", text: letter }) : letter)), text ? "" : "∅"));

  // The rows are reused: a button made anew under a finger would lose its click, and the focus.
  /** @type {Map<string, { node: HTMLElement, button: HTMLElement, text: HTMLElement, figures: HTMLElement[], shown: string }>} */
  const rowsByModel = new Map();
  /** @param {string} name */
  function rowOf(name) {
    const known = rowsByModel.get(name);
    if (known) return known;
    const button = make("button", { class: "quiet", on: { click: () => choose(name) } });
    const text = make("td");
    const figures = figureNames().map(() => make("td", { class: "number" }));
    const row = { node: make("tr", {}, make("th", { scope: "row" }, button), text, ...figures), button, text, figures, shown: "" };
    rowsByModel.set(name, row);
    return row;
  }

  // Moving a row would take the focus from its button.
  /** @param {HTMLElement[]} drawn */
  function placeRows(drawn) {
    const focused = document.activeElement;
    rows.replaceChildren(...drawn);
    if (focused instanceof HTMLElement && rows.contains(focused)) focused.focus({ preventScroll: true });
  }

  /** @param {Other} translator @param {string} chosen */
  function drawRow({ other, text, picked, log_probability, figures }, chosen) {
    const row = rowOf(other);
    retext(row.button, modelnames.called(other).split(" · ").at(-1) ?? "");
    put(row.button, { ariaPressed: String(other === chosen) });
    const shown = JSON.stringify([text, picked]);
    if (shown !== row.shown) row.text.replaceChildren(markedText(text, picked));
    row.shown = shown;
    const values = [log_probability.toFixed(1).replace("-", "−"), figures.nats?.toFixed(3) ?? "–", figures.chrf?.toFixed(1) ?? "–", figures.parameters ? format.grouped(figures.parameters) : "–"];
    row.figures.forEach((cell, i) => {
      retext(cell, values[i]);
      cell.dataset.of = String(figureNames()[i]);
    });
    return row.node;
  }

  return {
    node,
    // Highest loss first, so that the order does not depend on the choice.
    /** @param {Other[]} all @param {string} chosen */
    draw(all, chosen) {
      const ranked = translation.ranking(all.filter(({ other }, i) => all.findIndex((one) => one.other === other) === i)); // a new choice may still be among the others
      handNote.textContent = all.some(({ other, picked }) => other !== chosen && picked.length) ? format.say("shape_translate_taken") : "";
      const drawn = ranked.map((translator) => drawRow(translator, chosen));
      if (drawn.length !== rows.children.length || drawn.some((row, i) => row !== rows.children[i])) placeRows(drawn);
      const letterCount = translation.trainingLetters(ranked);
      note.replaceChildren(make("span", { text: words.shape_translate_measured }), " ", ...(letterCount ? [make("span", { text: format.say("shape_translate_seen", { n: format.grouped(letterCount) }) })] : []));
    },
  };
}
