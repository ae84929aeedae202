// The likeliest text is dull (Holtzman et al. 2020): a human text, a sample and the beam, coloured by surprise, with
// the running sums of all three.

import { ledger } from "../charts/ledger.js";
import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { glyphs } from "../core/glyphs.js";
import { words } from "../core/i18n.js";
import * as searches from "../core/search.js";

/** @typedef {import("../core/search.js").Search} Search */
/** @typedef {import("../core/search.js").Letter} Letter */

const MAX_LINES = 6; // more lines than this are run together
const FULL_BITS = 8; // bits at the deepest colour, as for other texts
const NAMES = { human: "search_dull_human", samples: "search_dull_samples", beam: "search_dull_beam" };
const KINDS = /** @type {(keyof typeof NAMES)[]} */ (Object.keys(NAMES));

/** @param {{ onHuman: (text: string) => void }} options `onHuman` is called with another human text */
export function dull({ onHuman }) {
  /** @type {Search | null} */
  let search = null;
  /** @type {number | null} */
  let selected = null;
  const box = keep(make("textarea", { id: "search-human", rows: 2, spellcheck: "false", autocapitalize: "off", autocomplete: "off", on: { input: () => onHuman(box.value) } }));
  const strips = KINDS.map((kind, i) => {
    const figure = make("b", {});
    const letters = keep(make("p", { class: "letters" }));
    letters.addEventListener("pointerover", ({ target }) => {
      if (target instanceof HTMLElement && target.dataset.at !== undefined && Number(target.dataset.at) >= 0) point(Number(target.dataset.at));
    });
    const name = make("h3", {}, make("i", { class: `key series-${i + 1}`, "aria-hidden": "true" }), make("span", { text: words[NAMES[kind]] }), figure);
    return { kind, figure, letters, node: make("div", { class: `writing ${kind}` }, name, letters) };
  });
  const status = make("p", { class: "muted told-dull" });
  const chartBox = make("div");
  const chart = ledger(chartBox, {
    title: words.search_dull_chart, unitX: words.search_dull_symbols, unitY: words.score_axis_bits, onPoint: point,
    csv: () => (search ? searches.surpriseCsv(search) : ""),
  });
  const node = make("section", { class: "dull" },
    make("h2", { text: words.search_dull }), make("p", { class: "muted", text: words.search_dull_about }),
    make("div", { class: "writings" }, ...strips.map((strip) => strip.node)), make("div", {}, chartBox, status),
    make("details", {}, make("summary", { text: words.search_human }), make("label", { for: "search-human", class: "muted", text: words.search_human_about }), box));

  /** @param {number} place */
  function point(place) {
    selected = place;
    if (search) draw(search);
  }

  /** @type {Search | null} */
  let letteredSearch = null; // the search whose letters are shown
  let letteredParts = "";

  /** @param {Search} newSearch */
  function draw(newSearch) {
    if (newSearch !== search) selected = null;
    search = newSearch;
    const lines = searches.surpriseSeries(newSearch);
    const availableParts = `${Boolean(newSearch.human)} ${newSearch.samples.length} ${Boolean(newSearch.dull)}`;
    if (letteredSearch !== newSearch || letteredParts !== availableParts) {
      [letteredSearch, letteredParts] = [newSearch, availableParts];
      const texts = { human: newSearch.human ? searches.humanLetters(newSearch.human) : [], samples: newSearch.samples.length ? searches.lettersOf(newSearch, newSearch.samples[0]) : [], beam: newSearch.dull ? searches.lettersOf(newSearch, newSearch.dull) : [] };
      for (const { kind, letters } of strips) {
        const isFlowing = texts[kind].filter(({ text }) => text.includes("\n")).length > MAX_LINES;
        letters.replaceChildren(...texts[kind].map((letter) => spanOf(letter, isFlowing)));
      }
    }
    strips.forEach(({ kind, figure, letters }) => {
      figure.textContent = lines[kind].length ? format.say("search_per", { n: searches.mean(lines[kind]).toFixed(2), unit: words[`unit_counted_${newSearch.counted}`] }) : "";
      letters.querySelector(".at")?.classList.remove("at");
      if (selected !== null) [...letters.children].findLast((span) => span instanceof HTMLElement && Number(span.dataset.at) <= /** @type {number} */ (selected))?.classList.add("at");
    });
    const series = KINDS.map((kind) => {
      const points = lines[kind].length ? searches.sums(lines[kind]) : [];
      return { name: format.say(NAMES[kind]), points, mark: selected === null ? null : points[selected + 1] ?? null };
    });
    const [human, samples, beam] = series.map(({ points }) => (selected === null ? null : points[selected + 1]?.[1].toFixed(1) ?? "–"));
    status.textContent = selected === null
      ? "" : format.say("search_dull_told", { n: selected + 1, human, samples, beam });
    chart.draw({ series, length: lines.beam.length || Math.max(lines.human.length, lines.samples.length), at: selected, told: status.textContent });
  }

  return { node, draw, box };
}

// If `isFlowing`, line ends are visible but do not break lines.
/** @param {Letter} letter @param {boolean} isFlowing */
function spanOf({ text, at, bits }, isFlowing) {
  const isContext = Number.isNaN(bits);
  const title = isContext ? undefined : format.sentence("bits", { n: bits === Infinity ? "∞" : bits.toFixed(2) });
  const style = isContext ? undefined : `--level: ${Math.min(1, bits / FULL_BITS).toFixed(3)}`;
  return make("span", { class: isContext ? "only-read" : "letter", style, title, "data-at": at, text: isFlowing ? glyphs(text).replace(/\n/g, "") : glyphs(text) });
}
