// Draw a thousand: how often each symbol comes, over its bar, batch by batch, with what can be expected. The same dice are counted anew
// at each temperature, so the slider moves them too.

import { bars } from "../charts/bars.js";
import { distributionOf } from "../core/distribution.js";
import { eachFrame, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { band, distance, tally, throws } from "../core/tally.js";

const BATCH = 20;
const BATCHES = 50;
const OFTEN = 5; // times that a symbol is expected, for ±2σ to hold 19 of 20: the usual rule for the normal approximation
const MOST = 20_000;

/** @param {{ counted: (n: number) => void }} options `counted` hears how many were drawn, once it rests */
export function thousandPart({ counted }) {
  const plot = make("div");
  const chart = bars(plot);
  const said = make("p", { class: "said", role: "status" });
  const draws = make("button", { class: "quiet main", text: words.temperatures_draw, on: { click: () => roll(until + BATCH * BATCHES) } });
  const again = make("button", { class: "quiet", text: words.temperatures_draw_again, on: { click: () => { until = n = 0; us = []; show(now, settings, seed); counted(0); } } });
  const node = make("div", { class: "thousand" }, make("div", { class: "tools" }, draws, again, said), plot, chart.legend);

  /** @type {Place | null} */
  let now = null;
  /** @type {Sampling} */
  let settings = { temperature: 1, topK: 0, topP: 1, minP: 0, bias: [] };
  let seed = 0;
  let n = 0;
  let until = 0;
  /** @type {number[]} */
  let us = [];

  const step = eachFrame(() => {
    if (n < until) {
      n = matchMedia("(prefers-reduced-motion: reduce)").matches ? until : Math.min(until, n + BATCH);
      if (n === until) counted(n);
    }
    draw();
    if (n < until) step();
  });

  /** @param {number} count */
  function roll(count) {
    until = Math.min(MOST, count);
    step();
  }

  function draw() {
    if (!now) return;
    const shown = distributionOf({ ...now, u: null, came: null }, settings);
    us = throws(seed, n, us);
    const counts = tally(shown.row, shown.drawn, us);
    chart.draw(shown, { tally: n ? { counts, n } : null });
    draws.disabled = n >= MOST;
    again.hidden = !n;
    if (!n) {
      said.textContent = words.temperatures_none_drawn;
      return;
    }
    const { probabilities } = shown.drawn;
    const possible = [...probabilities.keys()].filter((place) => n * probabilities[place] >= OFTEN);
    const within = possible.filter((place) => {
      const [low, high] = band(probabilities[place], n);
      return counts[place] >= low * n - 1e-9 && counts[place] <= high * n + 1e-9;
    });
    said.textContent = format.say("temperatures_drawn", {
      n: format.grouped(n), within: within.length, of: possible.length, off: format.percent(distance(counts, probabilities, n)),
    });
  }

  /** @param {Place | null} place @param {Sampling} under @param {number} ofSeed */
  function show(place, under, ofSeed) {
    if (seed !== ofSeed) us = [];
    [now, settings, seed] = [place, under, ofSeed];
    step();
  }

  // As many as a link says.
  /** @param {number} count */
  function begin(count) {
    n = until = Math.max(0, Math.min(MOST, Math.round(count) || 0));
  }

  return { node, show, begin };
}
