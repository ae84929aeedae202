// Why two temperatures diverge: the bars of both at one place, and what the same u gives in each.

import { bars } from "../charts/bars.js";
import { cumulative } from "../charts/cumulative.js";
import { distributionOf } from "../core/distribution.js";
import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import * as runs from "../core/runs.js";
import { headed } from "./headed.js";

/** @typedef {import("../core/columns.js").Column} Column */

export function whyPart() {
  const explanation = make("p", { class: "said" });
  const sides = [0, 1].map(() => {
    const title = keep(make("h3"));
    const line = make("div");
    const plot = make("div");
    const [drawnLine, chart] = [cumulative(line), bars(plot)];
    return { title, node: make("div", { class: "side" }, headed(title, drawnLine.save, chart.save), line, plot), line: drawnLine, chart };
  });
  const node = make("div", { class: "why", hidden: "" }, explanation, make("div", { class: "sides" }, ...sides.map((side) => side.node)));

  // Shows the place, a step of both. `parted` is where they first differ.
  /** @param {Column[]} pair @param {number} at @param {number | null} divergence @param {Sampling} settings */
  function show(pair, at, divergence, settings) {
    const runsWithRow = pair.map(({ run }) => run && at < run.steps.length && runs.hasRow(run.steps[at]) ? run : null);
    const steps = pair.map(({ run }) => run?.steps[at]);
    const [firstStep, secondStep] = steps;
    node.hidden = !firstStep || !secondStep;
    if (!firstStep || !secondStep) return;
    const symbol = (/** @type {number} */ i) => format.quoted(format.seen(/** @type {Run} */ (pair[i].run).symbols[/** @type {Step} */ (steps[i]).id]));
    const values = {
      u: (firstStep.u ?? 0).toFixed(4), t1: format.number(pair[0].temperature), t2: format.number(pair[1].temperature), s1: symbol(0), s2: symbol(1),
    };
    explanation.textContent = format.say(divergence === null || at < divergence ? "temperatures_why_same" : at === divergence ? "temperatures_why" : "temperatures_why_after", values);
    pair.forEach(({ temperature }, i) => {
      const [side, run] = [sides[i], runsWithRow[i]];
      side.node.hidden = !run;
      if (!run) return;
      const { id, u, logits } = run.steps[at];
      const before = run.unit === "token" ? runs.pending(run, at) : "";
      const shown = distributionOf({ logits, symbols: run.symbols, special: run.special, unit: run.unit, before, u, came: { id, hand: false } }, { ...settings, temperature });
      side.title.textContent = `T = ${format.number(temperature)}`;
      side.title.style.color = format.heat(temperature);
      side.chart.draw(shown);
      side.line.draw(shown);
    });
  }

  return { node, show, hide: () => { node.hidden = true; } };
}
