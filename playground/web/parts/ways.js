// The two definitions of temperature with the numbers of the likeliest symbols: p^(1/T) ÷ Σ, and softmax(logit ÷ T).

import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { definitions } from "../core/landscape.js";

const COUNT = 5;
/** @param {number} x */
const formatNumber = (x) => {
  if (x === 0) return "0";
  return x >= 1e-3 && x < 1e4 ? x.toFixed(4) : x.toExponential(2).replace("-", "−");
};
/** @param {number} x */
const formatSigned = (x) => x.toFixed(3).replace("-", "−");

const HEADS = [
  ["temperatures_symbol", "p", "p^(1/T)", "÷ Σ"],
  ["temperatures_symbol", "temperatures_logit", "÷ T", "e^…", "÷ Σ"],
];

export function waysPart() {
  const note = make("p", { class: "note" });
  const tables = HEADS.map((heads) => ({
    rows: make("tbody"), sum: make("tfoot"),
    head: make("thead", {}, make("tr", {}, ...heads.map((head) => {
      const cell = make("th", { scope: "col", text: words[head] ?? head });
      return words[head] ? cell : keep(cell);
    }))),
  }));
  const titles = [words.temperatures_by_power, words.temperatures_by_softmax];
  const node = make("div", { class: "ways" }, ...tables.map(({ head, rows, sum }, i) =>
    make("table", {}, make("caption", { text: titles[i] }), head, rows, sum)), note);

  /** @param {{ logits: Logits, symbols: string[] } | null} place @param {Sampling} settings */
  function show(place, settings) {
    if (!place) return;
    const result = definitions(place.logits, settings, COUNT);
    node.classList.toggle("limit", !result);
    if (!result) {
      note.textContent = settings.temperature === 0 ? words.temperatures_limit_cold : words.temperatures_limit_hot;
      for (const { rows, sum } of tables) for (const part of [rows, sum]) part.replaceChildren();
      return;
    }
    const { ways, sums, lost } = result;
    const name = (/** @type {number} */ id) => format.seen(place.symbols[id]);
    fill(tables[0], ways.map(({ id, p, power, byPower, lost: isLost }) => [name(id), formatNumber(p), formatNumber(power), lost || isLost ? "?" : formatNumber(byPower)]), ["Σ", "", formatNumber(sums.power), ""]);
    fill(tables[1], ways.map(({ id, logit, scaled, exp, bySoftmax }) => [name(id), formatSigned(logit), formatSigned(scaled), formatNumber(exp), formatNumber(bySoftmax)]), ["Σ", "", "", formatNumber(sums.exp), ""]);
    note.textContent = lost ? words.temperatures_lost : ways.some((way) => way.lost) ? words.temperatures_some_lost : format.say("temperatures_same", { t: format.number(settings.temperature) });
  }

  /** @param {typeof tables[0]} table @param {string[][]} lines @param {string[]} last */
  function fill({ rows, sum }, lines, last) {
    const row = (/** @type {string[]} */ cells) => make("tr", {}, ...cells.map((text, i) =>
      keep(i ? make("td", { text }) : make("th", { scope: "row", text }))));
    rows.replaceChildren(...lines.map(row));
    sum.replaceChildren(row(last));
  }

  return { node, show };
}
