// The chart of how hard the run was to predict, step by step. Computed only while it is open.

import { line } from "../charts/line.js";
import { eachFrame, make } from "../dom.js";
import { words } from "../core/i18n.js";
import * as store from "../core/store.js";
import { judgementOf } from "./judgements.js";
import { play } from "./player.js";

/** @param {GradioParts} parts */
export function mount({ element }) {
  const host = make("div");
  const box = make("details", { class: "chart-box" }, make("summary", { text: words.chart }), host);
  const chart = line(host, { go: (step) => play.go((store.state.run?.prompted ?? 0) + step) });
  element.replaceChildren(box);

  const redraw = eachFrame(() => {
    const { run, shown } = store.state;
    if (!box.open || !run) return;
    const steps = run.steps.slice(run.prompted, shown);
    chart.draw({ steps: steps.map((step) => ({ symbol: run.symbols[step.id], ...judgementOf(step) })), counted: run.counted });
  });
  const follow = eachFrame(() => {
    const { run, peek, cursor } = store.state;
    if (box.open && run) chart.follow((peek ?? cursor) - run.prompted);
  });
  box.addEventListener("toggle", () => { redraw(); follow(); });
  store.subscribe((state, patch) => {
    if (["run", "cursor", "peek"].some((name) => name in patch)) follow();
    // During playback it would redraw for every character; it waits until then.
    if (["run", "shown", "playing", "busy", "language"].some((name) => name in patch) && !state.playing && !state.busy) redraw();
  });
}
