// The likeliest text is dull (Holtzman et al. 2020): what a person wrote, a sample, and the beam, each in the colours of its
// surprise, and the running sums of all three.

import { ledger } from "../charts/ledger.js";
import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { glyphs } from "../core/glyphs.js";
import { words } from "../core/i18n.js";
import * as searches from "../core/search.js";

/** @typedef {import("../core/search.js").Search} Search */
/** @typedef {import("../core/search.js").Letter} Letter */

const MOST_LINES = 6; // of a text that has lines of its own
const FULL = 8; // bits of the deepest colour, as in the other texts
const NAMES = { human: "search_dull_human", samples: "search_dull_samples", beam: "search_dull_beam" };
const KINDS = /** @type {(keyof typeof NAMES)[]} */ (Object.keys(NAMES));

/** @param {{ onHuman: (text: string) => void, longest: number }} options `onHuman` hears of another human text */
export function dull({ onHuman, longest }) {
  /** @type {Search | null} */
  let search = null;
  /** @type {number | null} */
  let at = null;
  const box = keep(make("textarea", { id: "search-human", rows: 2, maxlength: longest, spellcheck: "false", autocapitalize: "off", autocomplete: "off", on: { input: () => onHuman(box.value) } }));
  const strips = KINDS.map((kind, i) => {
    const figure = make("b", {});
    const letters = keep(make("p", { class: "letters" }));
    letters.addEventListener("pointerover", ({ target }) => {
      if (target instanceof HTMLElement && target.dataset.at !== undefined && Number(target.dataset.at) >= 0) point(Number(target.dataset.at));
    });
    const name = make("h3", {}, make("i", { class: `key series-${i + 1}`, "aria-hidden": "true" }), make("span", { text: words[NAMES[kind]] }), figure);
    return { kind, figure, letters, node: make("div", { class: `writing ${kind}` }, name, letters) };
  });
  const told = make("p", { class: "muted told-dull" });
  const chartBox = make("div");
  const chart = ledger(chartBox, {
    title: words.search_dull_chart, unitX: words.search_dull_symbols, unitY: words.score_axis_bits, onPoint: point,
    csv: () => (search ? searches.alongCsv(search) : ""),
  });
  const node = make("section", { class: "dull" },
    make("h2", { text: words.search_dull }), make("p", { class: "muted", text: words.search_dull_about }),
    make("div", { class: "writings" }, ...strips.map((strip) => strip.node)), make("div", {}, chartBox, told),
    make("details", {}, make("summary", { text: words.search_human }), make("label", { for: "search-human", class: "muted", text: words.search_human_about }), box));

  /** @param {number} place */
  function point(place) {
    at = place;
    if (search) draw(search);
  }

  /** @type {Search | null} */
  let lettered = null; // whose letters stand there, and which of them
  let parts = "";

  /** @param {Search} given */
  function draw(given) {
    if (given !== search) at = null;
    search = given;
    const lines = searches.along(given);
    const here = `${Boolean(given.human)} ${given.samples.length} ${Boolean(given.dull)}`;
    if (lettered !== given || parts !== here) {
      [lettered, parts] = [given, here];
      const texts = { human: given.human ? searches.humanLetters(given.human) : [], samples: given.samples.length ? searches.lettersOf(given, given.samples[0]) : [], beam: given.dull ? searches.lettersOf(given, given.dull) : [] };
      for (const { kind, letters } of strips) {
        const flows = texts[kind].filter(({ text }) => text.includes("\n")).length > MOST_LINES;
        letters.replaceChildren(...texts[kind].map((letter) => spanOf(letter, flows)));
      }
    }
    strips.forEach(({ kind, figure, letters }) => {
      figure.textContent = lines[kind].length ? format.say("search_per", { n: searches.mean(lines[kind]).toFixed(2), unit: words[`unit_counted_${given.counted}`] }) : "";
      letters.querySelector(".at")?.classList.remove("at");
      if (at !== null) [...letters.children].findLast((span) => span instanceof HTMLElement && Number(span.dataset.at) <= /** @type {number} */ (at))?.classList.add("at");
    });
    const series = KINDS.map((kind) => {
      const points = lines[kind].length ? searches.sums(lines[kind]) : [];
      return { name: format.say(NAMES[kind]), points, mark: at === null ? null : points[at + 1] ?? null };
    });
    const [human, samples, beam] = series.map(({ points }) => (at === null ? null : points[at + 1]?.[1].toFixed(1) ?? "–"));
    told.textContent = at === null ? "" : format.say("search_dull_told", { n: at + 1, human, samples, beam });
    chart.draw({ series, length: lines.beam.length || Math.max(lines.human.length, lines.samples.length), at, told: told.textContent });
  }

  return { node, draw, box };
}

// Where the text `flows`, its line ends are shown and break no line.
/** @param {Letter} letter @param {boolean} flows */
function spanOf({ text, at, bits }, flows) {
  const read = Number.isNaN(bits);
  const title = read ? undefined : format.sentence("bits", { n: bits === Infinity ? "∞" : bits.toFixed(2) });
  const style = read ? undefined : `--level: ${Math.min(1, bits / FULL).toFixed(3)}`;
  return make("span", { class: read ? "only-read" : "letter", style, title, "data-at": at, text: flows ? glyphs(text).replace(/\n/g, "") : glyphs(text) });
}
