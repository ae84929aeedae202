// The models that translate, beside each other: what each writes for the same sentence with the same dice, and what its card measures.

import { keep, make } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { words } from "../../core/i18n.js";
import * as translation from "../../core/translation.js";
import * as modelnames from "../modelnames.js";

/** @typedef {import("../../core/translation.js").Other} Other */

/** @param {{ choose: (name: string) => void }} host */
export function translators({ choose }) {
  const rows = make("tbody");
  const column = (/** @type {HTMLElement["textContent"]} */ text, look = "") => make("th", { scope: "col", class: look, text });
  const head = make("thead", {}, make("tr", {}, column(words.models_model), column(words.shape_translate_writes), column("ln P", "number"),
    column(words.shape_translate_nats, "number"), column("chrF", "number"), column(words.models_parameters, "number")));
  const note = make("p", { class: "muted" });
  const node = make("div", { class: "beside" }, make("h3", { text: words.shape_translate_models }),
    make("div", { class: "scrolls" }, make("table", { class: "others" }, head, rows)), note);

  return {
    node,
    // The one with the highest loss first: their places do not change when another is chosen.
    /** @param {Other[]} all @param {string} chosen */
    draw(all, chosen) {
      const ranked = translation.ranking(all);
      rows.replaceChildren(...ranked.map(({ other, text, log_probability, figures }) => make("tr", {},
        make("th", { scope: "row" }, make("button", { class: "quiet", text: modelnames.called(other).split(" · ").at(-1), "aria-pressed": String(other === chosen), on: { click: () => choose(other) } })),
        make("td", {}, keep(make("span", { text: text || "∅" }))),
        ...[log_probability.toFixed(1).replace("-", "−"), figures.nats?.toFixed(3) ?? "–", figures.chrf?.toFixed(1) ?? "–", figures.parameters ? format.grouped(figures.parameters) : "–"]
          .map((figure) => make("td", { class: "number", text: figure })))));
      const read = translation.trainingLetters(ranked);
      note.replaceChildren(make("span", { text: words.shape_translate_measured }), " ", ...(read ? [make("span", { text: format.say("shape_translate_seen", { n: format.grouped(read) }) })] : []));
    },
  };
}
