// The translation models side by side: what each writes for the same sentence with the same dice and hand-chosen
// letters, and the measurements on its card.

import { keep, make } from "../../dom.js";
import * as format from "../../core/format.js";
import { words } from "../../core/i18n.js";
import * as translation from "../../core/translation.js";
import * as modelnames from "../modelnames.js";

/** @typedef {import("../../core/translation.js").Other} Other */

/** @param {{ choose: (name: string) => void }} host */
export function translators({ choose }) {
  const rows = make("tbody");
  const figureNames = ["ln P", String(words.shape_translate_nats), "chrF", String(words.models_parameters)];
  const column = (/** @type {HTMLElement["textContent"]} */ text, look = "") => make("th", { scope: "col", class: look, text });
  const head = make("thead", {}, make("tr", {}, column(words.models_model), column(words.shape_translate_writes), ...figureNames.map((name) => column(name, "number"))));
  const note = make("p", { class: "muted" });
  const handNote = make("p", { class: "taken muted", role: "status" });
  const node = make("div", { class: "beside" }, make("h3", { text: words.shape_translate_models }), handNote,
    make("div", { class: "scrolls" }, make("table", { class: "others" }, head, rows)), note);

  // A translation with its hand-chosen letters marked.
  /** @param {string} text @param {number[]} picked */
  const markedText = (text, picked) => keep(make("span", {}, ...[...text].map((letter, i) => (picked.includes(i) ? make("span", { class: "hand", text: letter }) : letter)), text ? "" : "∅"));

  return {
    node,
    // Highest loss first, so that the order does not depend on the choice.
    /** @param {Other[]} all @param {string} chosen */
    draw(all, chosen) {
      const ranked = translation.ranking(all);
      handNote.textContent = all.some(({ other, picked }) => other !== chosen && picked.length) ? format.say("shape_translate_taken") : "";
      rows.replaceChildren(...ranked.map(({ other, text, picked, log_probability, figures }) => make("tr", {},
        make("th", { scope: "row" }, make("button", { class: "quiet", text: modelnames.called(other).split(" · ").at(-1), "aria-pressed": String(other === chosen), on: { click: () => choose(other) } })),
        make("td", {}, markedText(text, picked)),
        ...[log_probability.toFixed(1).replace("-", "−"), figures.nats?.toFixed(3) ?? "–", figures.chrf?.toFixed(1) ?? "–", figures.parameters ? format.grouped(figures.parameters) : "–"]
          .map((figure, i) => make("td", { class: "number", "data-of": figureNames[i], text: figure })))));
      const letterCount = translation.trainingLetters(ranked);
      note.replaceChildren(make("span", { text: words.shape_translate_measured }), " ", ...(letterCount ? [make("span", { text: format.say("shape_translate_seen", { n: format.grouped(letterCount) }) })] : []));
    },
  };
}
