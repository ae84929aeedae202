// How hard the run was to foretell, step by step. The figure comes from Python without numbers (props.figure);
// Plotly is loaded when the chart is first opened, and never by a visitor who does not open it.

import { eachFrame, keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import * as store from "../core/store.js";
import { play } from "../parts/player.js";

export function mount({ element, props }) {
  const plot = keep(make("div", { class: "plotly-chart" })); // Plotly writes its own nodes again and again
  const box = make("details", { class: "chart-box" }, make("summary", { text: words.chart }), plot);
  element.replaceChildren(box);

  let loading = null;
  function load() {
    loading ??= new Promise((resolve, reject) => {
      const root = window.gradio_config?.root ?? "";
      document.head.append(make("script", { src: `${root}/gradio_api/file=${props.plotly}`, on: { load: resolve, error: reject } }));
    });
    return loading;
  }

  // Plotly's labels understand a little HTML.
  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const bits = new WeakMap();

  function measure(step) {
    if (!bits.has(step)) bits.set(step, runs.judge(step));
    return bits.get(step);
  }

  async function draw() {
    const { run, shown } = store.state;
    if (!box.open || !run) return;
    await load();
    const steps = run.steps.slice(run.prompted, shown);
    const style = getComputedStyle(document.body);
    const colour = (name) => style.getPropertyValue(name).trim();
    const [bars, line] = props.figure.data;
    const { layout } = props.figure;
    const x = steps.map((_, i) => i + 1);
    const axis = { gridcolor: colour("--rule"), linecolor: colour("--edge"), color: colour("--muted") };
    await window.Plotly.react(plot, [
      { ...bars, x, y: steps.map((s) => Math.min(measure(s).surprise, 64)), customdata: steps.map((s) => escape(format.seen(run.symbols[s.id]))), marker: { color: colour("--surprise") } },
      { ...line, x, y: steps.map((s) => measure(s).entropy), line: { ...line.line, color: colour("--violet") } },
    ], {
      ...layout, font: { family: getComputedStyle(plot).fontFamily, size: 12, color: colour("--muted") },
      xaxis: { ...layout.xaxis, ...axis }, yaxis: { ...layout.yaxis, ...axis },
      hoverlabel: { bgcolor: colour("--card"), bordercolor: colour("--edge"), font: { color: colour("--ink") } },
    }, { displayModeBar: false, responsive: true });
    if (plot.dataset.ready) return;
    plot.dataset.ready = "yes";
    plot.on("plotly_click", ({ points }) => play.go(store.state.run.prompted + points[0].x - 1));
  }

  const redraw = eachFrame(() => draw().catch(() => { plot.textContent = words.chart_failed; }));
  box.addEventListener("toggle", redraw);
  new MutationObserver(redraw).observe(document.body, { attributeFilter: ["class"] });
  store.subscribe((state, patch) => {
    // While the text is played the chart would redraw for every character; it follows when the play rests.
    if (["run", "shown", "playing", "busy"].some((name) => name in patch) && !state.playing && !state.busy) redraw();
  });
}
