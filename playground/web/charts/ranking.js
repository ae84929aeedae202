// Texts by likelihood, best first: ranking(host).draw({ rows, low, unit }). Each shows its log-probability (or
// whatever `unit` names) as a number and as a mark on an axis from `low` to 0; the mark's shape says how the text was
// found. It owns its host and knows no store.

import { keep, make } from "../dom.js";
import { words } from "../core/i18n.js";
import { menu } from "./menu.js";
import { rankingSvg } from "./rankingsvg.js";

/**
 * @typedef {{ kind: string, name: string, text: string, value: number }} Row  `value` in nats, at most 0
 * @typedef {{ rows: Row[], low: number, unit: string }} Data
 */

/**
 * @param {HTMLElement} host
 * @param {{ title: string, heads: [string, string], csv: () => string }} options `heads` of the first columns: how it was found, and the text
 */
export function ranking(host, { title, heads, csv }) {
  /** @type {Data} */
  let data = { rows: [], low: -1, unit: "" };
  const body = make("tbody");
  const unit = make("th", { scope: "col", class: "much" });
  const ends = [make("span"), keep(make("span", { text: "0" }))];
  const save = menu(words.save_chart, "bars", "ranking", () => ({ svg: rankingSvg(data, title), csv: csv() }));
  const axis = keep(make("div", { class: "axis", "aria-hidden": "true" }, ...ends));
  host.classList.add("ranking");
  host.replaceChildren(make("div", { class: "legend" }, save), make("table", { "aria-label": title },
    make("thead", {}, make("tr", {}, ...heads.map((head, i) => make("th", { scope: "col", class: ["how", "what"][i], text: head })), unit, make("td", {}, axis))), body));

  /** @param {Data} newData */
  function draw(newData) {
    data = newData;
    unit.textContent = newData.unit;
    ends[0].textContent = number(newData.low, 0);
    body.replaceChildren(...newData.rows.map(({ kind, name, text, value }) => make("tr", { class: kind },
      make("th", { scope: "row", text: name }), keep(make("td", { class: "what", text })), keep(make("td", { class: "much", text: number(value, 2) })),
      make("td", { class: "mark", "aria-hidden": "true" }, make("div", {}, make("i", { style: `left: ${(100 * placeOf(value, newData.low)).toFixed(2)}%` }))))));
  }

  return { draw };
}

// A number with a proper minus sign.
/** @param {number} value @param {number} digits */
export const number = (value, digits) => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(digits)}`;

// A mark's position as a fraction of the axis.
/** @param {number} value @param {number} low */
export const placeOf = (value, low) => Math.max(0, Math.min(1, 1 - value / low));
