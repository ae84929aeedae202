// What every model says about the selected place: one row each with the character's probability, its surprise and the
// running sum.

import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { nameOf } from "../core/glyphs.js";
import * as scored from "../core/scored.js";
import { bitsOf } from "./scored.js";

/** @typedef {import("../core/scored.js").Reading} Reading */

const HEADS = ["score_model", "score_letter", "score_p", "score_bits", "score_sum"];

export function account() {
  const rows = make("tbody");
  const heads = HEADS.map((key) => make("th", { scope: "col", text: words[key] }));
  const node = make("table", { class: "account" }, make("thead", {}, make("tr", {}, ...heads)), rows);

  // Draws the table and returns its content as sentences.
  /** @param {(Reading | null)[]} readings @param {string[]} titles @param {number | null} at */
  function draw(readings, titles, at) {
    const entries = readings.map((reading, i) => [titles[i], ...entryOf(reading, at)]);
    rows.replaceChildren(...entries.map(([title, ...values], i) => make("tr", {},
      make("th", { scope: "row" }, make("i", { class: `key series-${i + 1}`, "aria-hidden": "true" }), make("span", { class: "title", text: title })),
      ...values.map((value) => keep(make("td", { text: value }))))));
    return entries.filter(([, letter]) => letter)
      .map(([title, letter, p, bits, sum]) => format.say("score_told", { title, letter, p, bits, sum })).join(" ");
  }

  return { node, draw };
}

/** @param {Reading | null} reading @param {number | null} at */
function entryOf(reading, at) {
  const index = at === null || !reading?.cells.length ? -1 : scored.cellAt(reading, at);
  if (!reading || index === -1 || index >= reading.done) return ["", "", "", ""];
  const [cell, bits] = [reading.cells[index], reading.bits[index]];
  const sum = reading.sums[index + 1];
  return [nameOf(cell) + remarkOn(cell), cell.to > cell.from ? format.percent(2 ** -bits) : "", bitsOf(bits), sum === Infinity ? "∞" : sum.toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 })];
}

/** @param {Cell} cell */
function remarkOn({ unknown }) {
  if (unknown === undefined) return "";
  return ` (${unknown ? format.say("score_read_as", { symbol: format.spoken(unknown) }) : words.score_skipped})`;
}
