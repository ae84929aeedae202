// The table of the Models tab: per model its small bars, what it gave to the prompt, and its size and speed; below
// them the yardsticks. It is given the data and reports what is chosen.

import { smallBars } from "../charts/smallbars.js";
import * as compare from "../core/compare.js";
import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";

/**
 * @typedef {import("../core/compare.js").Expected} Expected
 * @typedef {{ nats: number, symbols: number, characters: number, parameters: number | null, bytes: number | null, microseconds: number, uniform: number, counting: string | null, letters: number | null, count: number | null, frequencies: Float64Array | null, validation: number | null, unseen: { nats: number, order: number, unit: string } | null }} Figures
 * @typedef {{ top: HTMLElement, away: HTMLElement | null }} Beginning  a row's heading, and its remove button
 * @typedef {{ title: string, expected: Expected | null, figures: Figures | null, nats: number | null, best: boolean, tokens?: boolean, note?: string, why?: string, absent?: boolean }} Row  `why` is shown instead of the bars
 */

const BAR_WIDTH = 25; // pixels of a bar with its gap, at least
const [MIN_BARS, MAX_BARS] = [8, 30];

/** @param {number | null | undefined} n */
const compact = (n) => (n === null || n === undefined ? "–" : format.count(n));
/** @param {number | null | undefined} n */
const megabytes = (n) => (n === null || n === undefined ? "–" : n >= 1e5 ? `${(n / 1e6).toFixed(1)} MB` : `${(n / 1e3).toFixed(1)} kB`);
/** @param {number | null} n */
const natsOf = (n) => (n === null ? "–" : n === Infinity ? "∞" : n.toFixed(1));

/** @param {{ onPoint: (symbol: string | null) => void, onPick: (symbol: string) => void, onWidth: () => void }} options */
export function comparedTable({ onPoint, onPick, onWidth }) {
  const chart = smallBars({ id: "models-symbol", onPoint, onPick });
  const body = make("tbody");
  const head = (/** @type {string} */ key, /** @type {string} */ look) => make("th", { scope: "col", class: look, text: words[key] });
  const node = make("table", { class: "compared" },
    make("thead", {}, make("tr", {},
      make("th", { scope: "col", class: "of", text: words.models_model }), make("th", { scope: "col", class: "bars-of" }, chart.labels),
      head("models_nats", "nats"), head("models_parameters", "number"), head("models_bytes", "number"), head("models_time", "number"))),
    body);
  const [tokens, texts] = ["of-tokens", "of-texts"].map((name) => make("p", { class: `muted ${name}`, hidden: "" }));
  const about = make("div", { hidden: "" }, tokens, texts);
  /** @typedef {{ row: HTMLElement, said: HTMLElement, bars: HTMLElement, because: HTMLElement, nats: HTMLElement, each: HTMLElement, fill: HTMLElement, best: HTMLElement, numbers: HTMLElement[] }} Parts */
  /** @type {Parts[]} */
  let parts = [];

  new ResizeObserver(onWidth).observe(chart.labels);

  // How many symbols fit.
  const countFitting = () => Math.max(MIN_BARS, Math.min(MAX_BARS, Math.floor(chart.labels.clientWidth / BAR_WIDTH)));

  // Rebuilds the rows: the head of each, and the yardsticks that follow.
  /** @param {Beginning[]} tops @param {Beginning[]} yardsticks */
  function build(tops, yardsticks) {
    parts = [...tops, ...yardsticks].map(({ top, away }, i) => {
      const [predicted, nats] = [keep(make("span")), keep(make("b"))];
      const perCharacter = make("span", { class: "muted each" });
      const [fill, best] = [make("i"), make("span", { class: "best", text: words.models_best_count, hidden: "" })];
      const reason = make("p", { class: "muted", hidden: "" });
      const bars = make("td", { class: "bars-of" }, chart.row(i), reason);
      const numbers = (i < tops.length ? [words.models_parameters, words.models_bytes, words.models_time] : [])
        .map((title) => make("td", { class: "number" }, make("span", { class: "small-head", text: title }), keep(make("span", { class: "value" }))));
      const row = make("tr", i < tops.length ? {} : { class: "yardstick" }, make("th", { scope: "row", class: "of" }, top, make("div", { class: "said muted" }, predicted, best, ...(away ? [away] : []))), bars,
        make("td", { class: "nats" }, make("div", {}, nats, perCharacter), make("div", { class: "measure", "aria-hidden": "true" }, fill)),
        ...(numbers.length ? numbers : [make("td", { class: "number", colspan: 3 })]));
      return { row, said: predicted, bars, because: reason, nats, each: perCharacter, fill, best, numbers };
    });
    body.replaceChildren(...parts.map(({ row }) => row));
  }

  /**
   * @param {Row[]} models @param {{ rows: Row[], whose: string }} yardsticks
   * @param {{ symbols: string[], specials: Set<string>, at: string | null, came: string | null }} look
   */
  function draw(models, yardsticks, look) {
    const allRows = [...models, ...yardsticks.rows];
    const rows = parts.filter((_, i) => !allRows[i].absent).map(({ row }) => row);
    if (body.childElementCount !== rows.length) body.replaceChildren(...rows);
    const largest = Math.max(1e-9, ...allRows.map(({ figures }) => figures?.uniform ?? 0));
    allRows.forEach(({ expected, figures, nats: total, best: isBestCount, note = "", why = "" }, i) => {
      const { said: predicted, bars, because: reason, nats, each: perCharacter, fill, best, numbers } = parts[i];
      const top = expected && i < models.length ? compare.mostLikely(expected) : null;
      if (i >= models.length) bars.classList.toggle("none", !expected); // for the best count only the prompt's likelihood is known here
      bars.classList.toggle("because", Boolean(why));
      reason.hidden = !why;
      reason.textContent = why;
      predicted.textContent = !top ? note : look.at === null || !expected ? `${format.called(top[0])} ${format.percent(top[1])}`
        : `${format.called(look.at)} ${format.percent(expected.by.get(look.at) ?? 0)}`;
      nats.textContent = natsOf(total);
      const characters = figures?.characters ?? 0;
      perCharacter.textContent = total !== null && characters ? format.say("models_nats_each", { n: (total / characters).toFixed(2) }) : "";
      fill.style.width = `${(100 * Math.min(1, (total ?? 0) / largest)).toFixed(2)}%`;
      if (best.hidden === isBestCount) best.hidden = !isBestCount;
      if (!numbers.length) return;
      const values = [compact(figures?.parameters), megabytes(figures?.bytes), figures ? format.grouped(Math.round(figures.microseconds)) : "–"];
      numbers.forEach((cell, j) => { /** @type {HTMLElement} */ (cell.lastElementChild).textContent = values[j]; });
    });
    const tokenModel = models.find(({ tokens }) => tokens);
    tokens.textContent = tokenModel ? format.say("models_tokens", { title: tokenModel.title }) : "";
    texts.textContent = yardsticks.whose;
    for (const node of [tokens, texts, about]) node.hidden = !node.textContent;
    chart.draw({
      ...look, rows: allRows.map(({ title, expected }, i) => ({ name: title, series: i < models.length ? i + 1 : 0, values: expected?.by ?? null })),
    });
  }

  return { node, about, save: chart.save(), room: countFitting, build, draw };
}
