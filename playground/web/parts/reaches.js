// How far back the models look, in two charts: from the end of the prompt, and on average over many places of a passage, which the
// server works out once for all who ask.

import { reach } from "../charts/reach.js";
import * as client from "../core/client.js";
import * as compare from "../core/compare.js";
import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { told, words } from "../core/i18n.js";
import * as server from "../core/server.js";

/**
 * @typedef {import("../core/compare.js").Loss} Loss
 * @typedef {{ model: string, losses: Loss[], averages: Loss[] | null, figures: { counting: string | null } | null }} Reached
 */

const LITTLE = 0.05; // nats: what is less is small beside the 1.2 to 1.5 that a character has

/** @param {any} head @returns {Loss} */
export const lossOf = (head) => ({ given: head.given, divergence: compare.number(head.divergence) ?? 0, surprise: compare.number(head.surprise) });

/** @param {{ titleOf: (model: string) => string, key: (i: number) => HTMLElement }} options */
export function reaches({ titleOf, key }) {
  const way = client.beside("models-average");
  const [first, second] = [make("div"), make("div")];
  const legend = make("ul", { class: "reached" });
  const bar = make("progress", { max: 1, value: 0, "aria-label": words.models_average_progress });
  const begin = make("button", { class: "quiet", text: words.models_average_begin, on: { click: () => average() } });
  const running = make("span", { class: "running", hidden: "" }, bar, make("button", { class: "quiet", text: words.stop, on: { click: stop } }));
  const status = make("span", { class: "muted", role: "status" });
  /** @type {"divergence" | "log" | "surprise"} */
  let shown = "log"; // where the kinds differ, which is far back, they differ by powers of ten
  const METRICS = /** @type {const} */ ([["log", words.models_metric_log], ["divergence", words.models_metric_divergence], ["surprise", words.models_metric_surprise]]);
  const metric = make("div", { class: "choice", role: "group", "aria-label": words.models_metric }, ...METRICS.map(([name, text]) => make("button", {
    text, "aria-pressed": String(name === shown),
    on: { click: ({ currentTarget }) => {
      shown = name;
      for (const button of metric.children) button.setAttribute("aria-pressed", String(button === currentTarget));
      draw(all);
    } },
  })));
  const node = make("div", { class: "reaches" }, legend, make("p", { class: "muted", text: words.models_reach_limit }), make("div", { class: "sides" },
    make("section", {}, make("h3", { text: words.models_reach_prompt }), make("p", { class: "muted", text: words.models_reach_say }), first),
    make("section", {}, make("h3", { text: words.models_reach_average }),
      make("p", { class: "muted", text: words.models_average_say }), make("div", { class: "tools" }, begin, running, metric, status), second)));
  /** @type {Reached[]} */
  let all = [];
  /** @type {Reached | null} */
  let count = null; // the n-gram that counted what they learned, where it is none of them: a yardstick
  const csv = (/** @type {"losses" | "averages"} */ which) => () =>
    compare.lossTable(all.map((one) => ({ name: titleOf(one.model), losses: one[which] ?? [] })));
  const unitOf = (/** @type {boolean} */ metrics) => String(metrics ? words.models_axis_surprise : words.models_axis_divergence);
  const charts = [
    reach(first, { name: "reach", title: () => String(words.models_reach_prompt), unitX: words.models_axis_given, unitY: () => unitOf(false), csv: csv("losses") }),
    reach(second, { name: "reach-average", title: () => String(words.models_reach_average), unitX: words.models_axis_given, unitY: () => unitOf(shown === "surprise"), csv: csv("averages") }),
  ];

  /** @type {object | null} */
  let job = null;

  // What was worked out for another visitor is here at once. Of each model that is asked once.
  const kept = client.beside("models-kept");
  /** @type {Set<string>} */
  const looked = new Set();
  let looking = false;
  async function look() {
    if (looking || job) return;
    looking = true;
    const wanted = () => all.find(({ model, averages, losses }) => !averages && losses.length && !looked.has(model)) ?? (count && !looked.has(count.model) ? count : undefined);
    for (let one; (one = wanted());) {
      looked.add(one.model);
      await averageOf(one, kept, () => true, () => {}, true);
      draw(all);
    }
    looking = false;
  }

  // Asks for the averages that are not known yet, one model after the other.
  async function average() {
    const mine = job = {};
    running.hidden = false;
    begin.disabled = true;
    status.textContent = "";
    const wanted = all.filter(({ averages }) => !averages);
    for (const [i, one] of wanted.entries()) {
      const problem = await averageOf(one, way, () => job === mine, (done) => { bar.value = (i + done) / wanted.length; });
      if (job !== mine) return;
      if (problem) status.replaceChildren(make("span", { text: problem }));
      draw(all);
    }
    rest();
  }

  /**
   * @param {Reached} one @param {ReturnType<typeof client.beside>} asker @param {() => boolean} waits
   * @param {(done: number) => void} progress @param {boolean} [only] what is there already
   * @returns {Promise<string>} what went wrong
   */
  async function averageOf(one, asker, waits, progress, only = false) {
    /** @type {Loss[]} */
    const found = [];
    let [whole, heard] = [false, -Infinity];
    progress(0);
    let over = false;
    server.watch(() => waits() && !over, () => asker.end(), () => heard);
    try {
      for await (const { head } of asker.ask(only ? "kept_average" : "average", { model: one.model, prompt: "", bias: "" })) {
        if (!waits()) return "";
        heard = performance.now();
        if (head.problem || head.code) return head.problem ? told(head.problem) : words[head.code];
        if (head.given) found.push(lossOf(head));
        if (head.done !== undefined) progress(head.done);
        if (head.places) whole = true;
      }
    } catch (error) {
      return waits() ? client.sentenceOf(error, words.refused_writing) : "";
    } finally {
      over = true;
    }
    if (!whole) return words.lost;
    one.averages = found;
    return "";
  }

  function rest() {
    job = null;
    running.hidden = true;
    begin.disabled = false;
  }

  function stop() {
    way.end();
    rest();
  }

  /** @param {Reached[]} next @param {string | null} [counting] */
  function draw(next, counting = count?.model ?? null) {
    all = next;
    if (!counting || all.some(({ model }) => model === counting)) count = null;
    else if (count?.model !== counting) count = { model: counting, losses: [], averages: null, figures: null };
    const columns = compare.columns(all.map(({ losses }) => losses));
    const lines = (/** @type {string[]} */ over, /** @type {"losses" | "averages"} */ which, /** @type {"divergence" | "surprise"} */ what) => all.map((one, i) => ({
      name: titleOf(one.model), series: i + 1, values: over.map((given) => one[which]?.find((loss) => loss.given === given)?.[what] ?? null),
    }));
    const series = lines(columns, "losses", "divergence");
    const top = (/** @type {{ values: (number | null)[] }[]} */ of) => Math.max(1, ...of.flatMap(({ values }) => values).map((value) => (value === null || value === Infinity ? 0 : value)));
    charts[0].draw({ columns, series, rules: [], top: top(series), log: false });
    const surprise = shown === "surprise";
    const given = compare.columns(all.map(({ averages }) => averages ?? []));
    const counted = surprise ? given.filter((name) => name !== "uniform" && name !== "letters") : given;
    const averages = lines(counted, "averages", surprise ? "surprise" : "divergence");
    const known = all.find((one) => one.averages);
    const yardsticks = known && surprise ? (known.averages ?? []).filter(({ given: name }) => name === "uniform" || name === "letters") : [];
    const rules = yardsticks.flatMap(({ given: name, surprise: value }) => (value === null ? [] : [{ name: String(name === "uniform" ? words.models_given_uniform : words.models_given_letters), value }]));
    const best = (count ?? all.find((one) => one.figures?.counting === one.model))?.averages?.find(({ given: name }) => name === "all")?.surprise;
    if (surprise && best) rules.push({ name: String(words.models_best_count), value: best });
    charts[1].draw({ columns: counted, series: averages, rules, top: Math.max(top(averages), ...rules.map(({ value }) => value * 1.06)), log: shown === "log" });
    second.hidden = !given.length;
    metric.hidden = !given.length;
    begin.hidden = all.length > 0 && all.every((one) => one.averages);
    legend.replaceChildren(...all.map((one, i) => make("li", {}, key(i), keep(make("span", { text: titleOf(one.model) })), make("span", { class: "muted", text: saidOf(one) }))));
  }

  // With how much context a model's answers are nearly as good as with all of it: on average, where that is known.
  /** @param {Reached} one */
  function saidOf(one) {
    const losses = one.averages ?? one.losses;
    if (!losses.length) return "";
    const reached = compare.reachOf(losses, LITTLE);
    return reached === null ? format.sentence("models_reach_beyond", {}) : format.sentence(one.averages ? "models_reach_of_average" : "models_reach_of", { n: Math.round(reached) });
  }

  return { node, draw, look, stop };
}
