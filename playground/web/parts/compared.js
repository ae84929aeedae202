// The table of the Models tab: a row for each model, with its small bars, what it gave to the prompt, and what it takes; under
// them the yardsticks. It is given what is known of each, and tells what is chosen.

import { smallBars } from "../charts/smallbars.js";
import * as compare from "../core/compare.js";
import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";

/**
 * @typedef {import("../core/compare.js").Expected} Expected
 * @typedef {{ nats: number, symbols: number, characters: number, parameters: number | null, bytes: number | null, microseconds: number, uniform: number, counting: string | null, letters: number | null, count: number | null, frequencies: Float64Array | null }} Figures
 * @typedef {{ top: HTMLElement, away: HTMLElement | null }} Beginning what names a row, and what takes it away
 * @typedef {{ title: string, expected: Expected | null, figures: Figures | null, nats: number | null, best: boolean, note?: string, absent?: boolean }} Row
 */

const WIDE = 25; // pixels of a bar with its gap, at least
const [FEWEST, MOST] = [8, 30];

const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
/** @param {number | null | undefined} n */
const compact = (n) => (n === null || n === undefined ? "–" : COMPACT.format(n).replace(/([A-Z])$/, " $1"));
/** @param {number | null | undefined} n */
const megabytes = (n) => (n === null || n === undefined ? "–" : n >= 1e5 ? `${(n / 1e6).toFixed(1)} MB` : `${(n / 1e3).toFixed(1)} kB`);
/** @param {number | null} n */
export const natsOf = (n) => (n === null ? "–" : n === Infinity ? "∞" : n.toFixed(1));

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
  /** @typedef {{ row: HTMLElement, said: HTMLElement, bars: HTMLElement, nats: HTMLElement, each: HTMLElement, fill: HTMLElement, best: HTMLElement, numbers: HTMLElement[] }} Parts */
  /** @type {Parts[]} */
  let parts = [];

  new ResizeObserver(onWidth).observe(chart.labels);

  // How many symbols there is room for.
  const room = () => Math.max(FEWEST, Math.min(MOST, Math.floor(chart.labels.clientWidth / WIDE)));

  // Builds the rows anew: what stands at the beginning of each, and how many yardsticks follow.
  /** @param {Beginning[]} tops @param {Beginning[]} yardsticks */
  function build(tops, yardsticks) {
    parts = [...tops, ...yardsticks].map(({ top, away }, i) => {
      const [said, nats, each] = [keep(make("span")), keep(make("b")), make("span", { class: "muted each" })];
      const [fill, best] = [make("i"), make("span", { class: "best", text: words.models_best_count, hidden: "" })];
      const bars = make("td", { class: "bars-of" }, chart.row(i));
      const numbers = (i < tops.length ? [words.models_parameters, words.models_bytes, words.models_time] : [])
        .map((title) => make("td", { class: "number" }, make("span", { class: "small-head", text: title }), keep(make("span", { class: "value" }))));
      const row = make("tr", i < tops.length ? {} : { class: "yardstick" }, make("th", { scope: "row", class: "of" }, top, make("div", { class: "said muted" }, said, best, ...(away ? [away] : []))), bars,
        make("td", { class: "nats" }, make("div", {}, nats, each), make("div", { class: "measure", "aria-hidden": "true" }, fill)),
        ...(numbers.length ? numbers : [make("td", { class: "number", colspan: 3 })]));
      return { row, said, bars, nats, each, fill, best, numbers };
    });
    body.replaceChildren(...parts.map(({ row }) => row));
  }

  /**
   * @param {Row[]} models @param {Row[]} yardsticks
   * @param {{ symbols: string[], specials: Set<string>, at: string | null, came: string | null }} look
   */
  function draw(models, yardsticks, look) {
    const all = [...models, ...yardsticks];
    const rows = parts.filter((_, i) => !all[i].absent).map(({ row }) => row);
    if (body.childElementCount !== rows.length) body.replaceChildren(...rows);
    const whole = Math.max(1e-9, ...all.map(({ figures }) => figures?.uniform ?? 0));
    all.forEach(({ expected, figures, nats: given, best: counts, note = "" }, i) => {
      const { said, bars, nats, each, fill, best, numbers } = parts[i];
      const top = expected && i < models.length ? compare.likeliest(expected) : null;
      if (i >= models.length) bars.classList.toggle("none", !expected); // of the count only what it gave to the prompt is known here
      said.textContent = !top ? note : look.at === null || !expected ? `${format.called(top[0])} ${format.percent(top[1])}`
        : `${format.called(look.at)} ${format.percent(expected.by.get(look.at) ?? 0)}`;
      nats.textContent = natsOf(given);
      const characters = figures?.characters ?? 0;
      each.textContent = given !== null && characters ? format.say("models_nats_each", { n: (given / characters).toFixed(2) }) : "";
      fill.style.width = `${(100 * Math.min(1, (given ?? 0) / whole)).toFixed(2)}%`;
      if (best.hidden === counts) best.hidden = !counts;
      if (!numbers.length) return;
      const values = [compact(figures?.parameters), megabytes(figures?.bytes), figures ? format.grouped(Math.round(figures.microseconds)) : "–"];
      numbers.forEach((cell, j) => { /** @type {HTMLElement} */ (cell.lastElementChild).textContent = values[j]; });
    });
    chart.draw({
      ...look, rows: all.map(({ title, expected }, i) => ({ name: title, series: i < models.length ? i + 1 : 0, values: expected?.by ?? null })),
    });
  }

  return { node, save: chart.save, room, build, draw };
}
