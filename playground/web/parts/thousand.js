// Draws a thousand times, in batches: how often each symbol was drawn, over its bar, with the expected range. The same
// dice are recounted at each temperature, so the slider moves the counts too.

import { bars } from "../charts/bars.js";
import { distributionOf } from "../core/distribution.js";
import { eachFrame, make, setDisabled } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { expectedRange, totalVariation, countDraws, drawNumbers } from "../core/tally.js";

const BATCH = 20;
const BATCHES = 50;
const MIN_EXPECTED = 5; // expected count needed for ±2σ to hold 19 of 20: the usual rule for the normal approximation
export const MAX_DRAWS = 20_000;

/** @param {{ counted: (n: number) => void }} options `counted` is called with the number of draws once they are done */
export function thousandPart({ counted: onCount }) {
  const plot = make("div");
  const chart = bars(plot);
  const status = make("p", { class: "said", role: "status" });
  const drawButton = make("button", { class: "quiet main", text: words.temperatures_draw, on: { click: () => roll(target + BATCH * BATCHES) } });
  const resetButton = make("button", { class: "quiet", text: words.temperatures_draw_again, on: { click: () => { target = n = 0; us = []; show(now, settings, seed); onCount(0); } } });
  const node = make("div", { class: "thousand" }, make("div", { class: "tools" }, drawButton, resetButton, status), plot, chart.legend);

  /** @type {Place | null} */
  let now = null;
  /** @type {Sampling} */
  let settings = { temperature: 1, topK: 0, topP: 1, minP: 0, bias: [] };
  let seed = 0;
  let n = 0;
  let target = 0;
  /** @type {number[]} */
  let us = [];

  const step = eachFrame(() => {
    if (n < target) {
      n = matchMedia("(prefers-reduced-motion: reduce)").matches ? target : Math.min(target, n + BATCH);
      if (n === target) onCount(n);
    }
    draw();
    if (n < target) step();
  });

  /** @param {number} count */
  function roll(count) {
    target = Math.min(MAX_DRAWS, count);
    step();
  }

  function draw() {
    if (!now) return;
    const shown = distributionOf({ ...now, u: null, came: null }, settings);
    us = drawNumbers(seed, n, us);
    const counts = countDraws(shown.row, shown.drawn, us);
    chart.draw(shown, { tally: n ? { counts, n } : null });
    setDisabled(drawButton, n >= MAX_DRAWS);
    resetButton.hidden = !n;
    if (!n) {
      status.textContent = words.temperatures_none_drawn;
      return;
    }
    const { probabilities } = shown.drawn;
    const possible = [...probabilities.keys()].filter((place) => n * probabilities[place] >= MIN_EXPECTED);
    const inside = possible.filter((place) => {
      const [low, high] = expectedRange(probabilities[place], n);
      return counts[place] >= low * n - 1e-9 && counts[place] <= high * n + 1e-9;
    });
    status.textContent = format.say("temperatures_drawn", {
      n: format.grouped(n), within: inside.length, of: possible.length, off: format.percent(totalVariation(counts, probabilities, n)),
    });
  }

  /** @param {Place | null} place @param {Sampling} newSettings @param {number} newSeed */
  function show(place, newSettings, newSeed) {
    if (seed !== newSeed) us = [];
    [now, settings, seed] = [place, newSettings, newSeed];
    step();
  }

  // Starts with the count from a link.
  /** @param {number} count */
  function begin(count) {
    n = target = Math.max(0, Math.min(MAX_DRAWS, Math.round(count) || 0));
  }

  return { node, show, begin };
}
