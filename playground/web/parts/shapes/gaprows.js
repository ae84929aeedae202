// All gaps of a text at once: a row for each with its number, the letters around it, and small bars from both sides
// and from the left alone, stacked so that they can be compared letter by letter. Clicking a row selects its gap for
// the large charts.

import { smallBars } from "../../charts/smallbars.js";
import { keep, make, retext, write } from "../../dom.js";
import * as format from "../../core/format.js";
import * as gaps from "../../core/gaps.js";
import { words } from "../../core/i18n.js";
import { settingsFor } from "./common.js";

const REACH = 9; // letters shown on each side of a gap
const BAR_WIDTH = 16; // minimum pixels of a bar with its gap
const [MIN_BARS, MAX_BARS] = [6, 24]; // bars

const NAMES = ["shape_gap_both_short", "shape_gap_left_short"];
const NO_SPECIALS = new Set(/** @type {string[]} */ ([]));

/**
 * @typedef {import("../../core/gaps.js").Side} Side
 * @typedef {{ text: string, gaps: number[], both: Side, left: Side }} Answer
 * @typedef {ReturnType<typeof row>} Row
 */

/** @param {{ choose: (place: number) => void }} host */
export function gapRows({ choose }) {
  /** @type {Row[]} */
  const rows = [];
  const list = make("div", { class: "gaps", role: "group", "aria-label": words.shape_gap_gaps, on: { click: ({ target }) => {
    const gap = /** @type {HTMLElement} */ (target).dataset.gap;
    if (gap !== undefined) choose(Number(gap));
  } } });
  const about = make("p", { class: "muted", text: words.shape_gap_rows });
  const node = make("div", { class: "gap-rows" }, about, list);
  let barCount = MIN_BARS; // bars
  let chosen = -1;
  /** @type {Answer | null} */
  let labelledAnswer = null; // the answer whose letters are under the bars
  let redraw = () => {};

  // A drag of the slider redraws only rows in or near view: each bar is restyled when the temperature's colour
  // changes. Rows out of view show only their heads.
  const visibility = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) target.classList.toggle("away", !isIntersecting);
    redraw();
  }, { root: list, rootMargin: "50% 0px" });

  // Observed rather than measured per frame, which would force layout.
  const resizes = new ResizeObserver(([{ contentRect }]) => {
    const newCount = Math.max(MIN_BARS, Math.min(MAX_BARS, Math.floor(contentRect.width / BAR_WIDTH)));
    if (!contentRect.width || newCount === barCount) return; // out of view it has no width
    barCount = newCount;
    labelledAnswer = null;
    redraw();
  });

  /** @param {number} count */
  function fit(count) {
    while (rows.length < count) {
      const newRow = row();
      if (!rows.length) resizes.observe(newRow.bars.labels);
      rows.push(newRow);
      list.append(newRow.node);
      visibility.observe(newRow.node);
    }
    for (const oldRow of rows.splice(count)) {
      visibility.unobserve(oldRow.node);
      oldRow.node.remove();
    }
    list.classList.toggle("alone", count < 2);
    about.hidden = count < 2;
  }

  /** @param {Answer} answer @param {number} at the selected gap */
  function draw(answer, at) {
    redraw = () => draw(answer, at);
    const letters = [...answer.text];
    const sides = [answer.both, answer.left];
    const isNew = labelledAnswer !== answer;
    labelledAnswer = answer;
    fit(answer.gaps.length);
    answer.gaps.forEach((place, n) => {
      const gapRow = rows[n];
      const isAway = gapRow.node.classList.contains("away");
      gapRow.mark(place === at);
      if (isAway && !isNew) return;
      const predictions = sides.map((side) => gaps.predictionFor(side, n, letters[place], settingsFor(side.symbols)));
      if (isNew) {
        const symbols = gaps.barsOf(predictions.map(({ shown }) => shown), letters[place], barCount);
        gapRow.name(answer, letters[place], place, n, symbols);
      }
      if (!isAway) gapRow.draw(predictions, letters[place]);
    });
    if (at !== chosen || isNew) bringIntoView(answer.gaps.indexOf(at));
    chosen = at;
  }

  // Scrolls the box and not the page, so that the rest stays in place.
  /** @param {number} n */
  function bringIntoView(n) {
    if (n < 0) return;
    const { offsetTop: top, offsetHeight: height } = rows[n].node;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + height > list.scrollTop + list.clientHeight) list.scrollTop = top + height - list.clientHeight;
  }

  return { node, draw };
}

// Builds the row of a gap.
function row() {
  const bars = smallBars();
  /** @type {string[]} */
  let symbols = [];
  const number = make("span", { class: "number" });
  const pick = keep(make("button", { class: "pick", "aria-pressed": "false" }));
  const truth = keep(make("b", { class: "truth" }));
  const summaries = NAMES.map((name) => {
    const [best, first, rest] = [keep(make("b")), keep(make("span")), keep(make("span", { class: "muted" }))];
    return { node: make("div", { class: "tells" }, make("span", { class: "muted", text: words[name] }), make("span", { class: "said" }, best, " ", first, rest)), best, first, rest };
  });
  const node = make("div", { class: "gap-line" },
    make("div", { class: "head" }, number, pick, make("span", { class: "muted", text: words.shape_gap_stood }), truth), bars.labels,
    ...summaries.flatMap((summary, i) => [summary.node, bars.row(i)]));

  return {
    node, bars,

    // Updates what does not depend on the temperature.
    /**
     * @param {Answer} of @param {string} letter @param {number} place @param {number} n
     * @param {string[]} newSymbols
     */
    name({ text, gaps: open }, letter, place, n, newSymbols) {
      symbols = newSymbols;
      const { from, letters } = gaps.lettersAround(text, open, place, REACH);
      retext(number, String(n + 1));
      pick.dataset.gap = String(place);
      pick.replaceChildren(...letters.map((neighbour, i) => (
        from + i === place ? make("b", { text: "_" }) : neighbour ?? "_")));
      write(pick, "aria-label", format.sentence("shape_gap_row", { n: n + 1, text: letters.map((neighbour) => neighbour ?? "_").join("") }));
      retext(truth, format.alone(letter));
    },

    /** @param {boolean} isChosen */
    mark(isChosen) {
      if (node.classList.contains("chosen") === isChosen) return;
      node.classList.toggle("chosen", isChosen);
      pick.setAttribute("aria-pressed", String(isChosen));
    },

    /** @param {ReturnType<typeof gaps.predictionFor>[]} predictions @param {string} letter */
    draw(predictions, letter) {
      predictions.forEach(({ best, first, truth: share }, i) => {
        const summary = summaries[i];
        const isHit = best === letter;
        summary.best.classList.toggle("hit", isHit);
        retext(summary.best, format.alone(best));
        retext(summary.first, format.percent(first));
        retext(summary.rest, isHit ? "" : ` · ${format.alone(letter)} ${format.percent(share)}`);
      });
      bars.draw({ symbols, specials: NO_SPECIALS, at: null, came: letter, rows: predictions.map(({ shown }, i) => (
        { name: String(words[NAMES[i]]), series: 1 - i, values: gaps.sharesOf(shown, symbols) })) });
    },
  };
}
