// How far back the models look, in two charts: at the end of the prompt, and on average over many places of a passage
// of each model's kind of text. The server computes the average once for everyone.

import { reach } from "../charts/reach.js";
import { givenName } from "../charts/reachsvg.js";
import { receiveAnswer } from "../core/answer.js";
import * as client from "../core/client.js";
import * as compare from "../core/compare.js";
import { keep, make, setDisabled, setHidden } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";

/**
 * @typedef {import("../core/compare.js").Loss} Loss
 * @typedef {{ model: string, losses: Loss[], averages: Loss[] | null, passage: string }} Reached
 */

// Metrics of the average, by their names in the URL. Logarithmic by default: far back, where model kinds differ, they
// differ by powers of ten.
const METRICS = /** @type {const} */ ([["log", "models_metric_log"], ["divergence", "models_metric_divergence"], ["surprise", "models_metric_surprise"]]);
const [[DEFAULT_METRIC]] = METRICS;

const CLOSE_ENOUGH = 0.05; // nats: small beside the 1.2 to 1.5 per character
const ROUNDING = 1e-4; // nats: stored values are rounded

/** @param {any} head @returns {Loss} */
export const lossOf = (head) => ({ given: head.given, divergence: compare.number(head.divergence) ?? 0, surprise: compare.number(head.surprise) });

/**
 * @param {{ titleOf: (model: string) => string, key: (i: number) => HTMLElement, given: string | null, onMetric: () => void }} options
 *   given: the metric of the link
 */
export function reaches({ titleOf, key, given: linkedMetric, onMetric }) {
  const validMetric = METRICS.find(([name]) => name === linkedMetric)?.[0];
  let currentMetric = validMetric ?? DEFAULT_METRIC;
  const channel = client.beside("models-average");
  const [promptHost, averageHost] = [make("div"), make("div")];
  const legend = make("ul", { class: "reached" });
  const progressBar = make("progress", { max: 1, value: 0, "aria-label": words.models_average_progress });
  const startButton = make("button", {
    class: "quiet", text: words.models_average_begin, on: { click: () => requestAverages() },
  });
  const running = make("span", { class: "running", hidden: "" }, progressBar, make("button", { class: "quiet", text: words.stop, on: { click: stop } }));
  const status = make("span", { class: "muted", role: "status" });
  const passage = make("p", { class: "muted passage", hidden: "" });
  const metric = make("div", { class: "choice", role: "group", "aria-label": words.models_metric }, ...METRICS.map(([name, text]) => make("button", {
    text: words[text], "aria-pressed": String(name === currentMetric),
    on: { click: ({ currentTarget }) => {
      currentMetric = name;
      onMetric();
      for (const button of metric.children) button.setAttribute("aria-pressed", String(button === currentTarget));
      draw(reached);
    } },
  })));
  const node = make("div", { class: "reaches" }, legend, make("p", { class: "muted", text: words.models_reach_limit }), make("div", { class: "sides" },
    make("section", {}, make("h3", { text: words.models_reach_prompt }), make("p", { class: "muted", text: words.models_reach_say }), promptHost),
    make("section", {}, make("h3", { text: words.models_reach_average }),
      make("p", { class: "muted", text: words.models_average_say }), passage, make("div", { class: "tools" }, startButton, running, metric, status), averageHost)));
  const chosenMetric = () => /** @type {HTMLElement} */ (metric.querySelector("[aria-pressed=true]"));
  /** @type {Reached[]} */
  let reached = [];
  const csv = (/** @type {"losses" | "averages"} */ field) => () =>
    compare.lossTable(reached.map((entry) => ({ name: titleOf(entry.model), losses: entry[field] ?? [] })));
  const unitOf = (/** @type {boolean} */ isSurprise) => String(isSurprise ? words.models_axis_surprise : words.models_axis_divergence);
  const charts = [
    reach(promptHost, { name: "reach", title: () => String(words.models_reach_prompt), unitX: words.models_axis_given, unitY: () => unitOf(false), csv: csv("losses") }),
    reach(averageHost, { name: "reach-average", title: () => String(words.models_reach_average), unitX: words.models_axis_given, unitY: () => unitOf(currentMetric === "surprise"), csv: csv("averages") }),
  ];

  /** @type {object | null} */
  let current = null;

  // Averages computed for other visitors are available at once; each model is asked once.
  const keptChannel = client.beside("models-kept");
  /** @type {Set<string>} */
  const lookedUp = new Set();
  let isLooking = false;
  async function fetchStored() {
    if (isLooking || current) return;
    isLooking = true;
    const wanted = () => reached.find(({ model, averages, losses }) => (
      !averages && losses.length && !lookedUp.has(model)));
    for (let entry; (entry = wanted());) {
      lookedUp.add(entry.model);
      await requestAverage(entry, keptChannel, () => true, () => {}, true);
      draw(reached);
    }
    isLooking = false;
  }

  // Requests the missing averages, one model after another.
  async function requestAverages() {
    const request = current = {};
    running.hidden = false;
    setDisabled(startButton, true);
    status.textContent = "";
    const wanted = reached.filter(({ averages }) => !averages);
    for (const [i, entry] of wanted.entries()) {
      const problem = await requestAverage(entry, channel, () => current === request, (done) => { progressBar.value = (i + done) / wanted.length; });
      if (current !== request) return;
      if (problem) status.replaceChildren(make("span", { text: problem }));
      draw(reached);
    }
    finish();
  }

  /**
   * @param {Reached} entry @param {ReturnType<typeof client.beside>} requestChannel @param {() => boolean} isCurrent
   * @param {(done: number) => void} onProgress @param {boolean} [onlyStored] without computing it
   * @returns {Promise<string>} the problem, or ""
   */
  async function requestAverage(entry, requestChannel, isCurrent, onProgress, onlyStored = false) {
    /** @type {Loss[]} */
    const losses = [];
    let isComplete = false;
    onProgress(0);
    const failure = await receiveAnswer(requestChannel, onlyStored ? "kept_average" : "average", { model: entry.model, prompt: "", bias: "" }, {
      isCurrent, isComplete: () => isComplete,
      receive({ head }) {
        if (head.given) losses.push(lossOf(head));
        if (head.done !== undefined) onProgress(head.done);
        if (!head.places) return;
        isComplete = true;
        entry.passage = head.passage;
      },
    });
    if (isComplete && !failure) entry.averages = losses;
    return failure?.sentence ?? "";
  }

  function finish() {
    current = null;
    setDisabled(startButton, false);
    setHidden(running, true, startButton.hidden ? chosenMetric() : startButton);
  }

  function stop() {
    channel.end();
    finish();
  }

  /** @param {Reached[]} newReached */
  function draw(newReached) {
    reached = newReached;
    const columns = compare.columns(reached.map(({ losses }) => losses));
    const lines = (/** @type {string[]} */ over, /** @type {"losses" | "averages"} */ field, /** @type {"divergence" | "surprise"} */ measure) => reached.map((entry, i) => ({
      name: titleOf(entry.model), series: i + 1, values: over.map((amount) => entry[field]?.find((loss) => loss.given === amount)?.[measure] ?? null),
    }));
    const series = lines(columns, "losses", "divergence");
    const top = (/** @type {{ values: (number | null)[] }[]} */ of) => Math.max(1, ...of.flatMap(({ values }) => values).map((value) => (value === null || value === Infinity ? 0 : value)));
    charts[0].draw({ columns, series, rules: [], alone: [compare.COUNT], top: top(series), log: false });
    const surprise = currentMetric === "surprise";
    const amounts = compare.columns(reached.map(({ averages }) => averages ?? []));
    const counted = surprise ? amounts.filter((name) => !compare.YARDSTICKS.includes(name)) : amounts;
    const averages = lines(counted, "averages", surprise ? "surprise" : "divergence");
    const passages = [...new Set(reached.flatMap((entry) => (entry.averages ? [entry.passage] : [])))];
    const rules = surprise && passages.length === 1 ? compare.YARDSTICKS.flatMap(ruleOf) : [];
    charts[1].draw({ columns: counted, series: averages, rules, alone: [compare.COUNT], top: Math.max(top(averages), ...rules.map(({ value }) => value * 1.06)), log: currentMetric === "log" });
    drawPassages(passages);
    averageHost.hidden = !amounts.length;
    metric.hidden = !amounts.length;
    setHidden(startButton, reached.length > 0 && reached.every((entry) => entry.averages), chosenMetric());
    legend.replaceChildren(...reached.map((entry, i) => make("li", {}, key(i), keep(make("span", { text: titleOf(entry.model) })), make("span", { class: "muted", text: reachSentence(entry) }))));
  }

  // A horizontal line for a yardstick if it is the same for all models; with another alphabet it differs.
  /** @param {string} name */
  function ruleOf(name) {
    const values = reached.flatMap(({ averages }) => averages?.find(({ given }) => given === name)?.surprise ?? []);
    return values.length && Math.max(...values) - Math.min(...values) < ROUNDING ? [{ name: givenName(name), value: values[0] }] : [];
  }

  // Says which passage the averages are from; if several, which for each model.
  /** @param {string[]} passages */
  function drawPassages(passages) {
    passage.hidden = !passages.length;
    const called = (/** @type {string} */ name) => format.say(`models_passage_${name}`, {});
    const [onlyPassage] = passages;
    if (passages.length === 1) return passage.replaceChildren(make("span", { text: format.sentence("models_average_of", { passage: called(onlyPassage) }) }));
    passage.replaceChildren(...passages.flatMap((name) => {
      const titles = reached.filter((entry) => entry.averages && entry.passage === name).map(({ model }) => titleOf(model)).join(", ");
      return [make("span", { class: "of-passage" }, keep(make("span", { text: `${titles}: ` })), make("span", { text: `${called(name)}.` }))];
    }), make("span", { text: words.models_passages_differ }));
  }

  // How much context makes a model's answers nearly as good as all of it: on average if known.
  /** @param {Reached} entry */
  function reachSentence(entry) {
    const losses = entry.averages ?? entry.losses;
    if (!losses.length) return "";
    const symbols = compare.reachOf(losses, CLOSE_ENOUGH);
    return symbols === null ? format.sentence("models_reach_beyond", {}) : format.sentence(entry.averages ? "models_reach_of_average" : "models_reach_of", { n: Math.round(symbols) });
  }

  // The metric for the URL; `unusable` is an invalid one from the link.
  const linked = () => (currentMetric === DEFAULT_METRIC ? null : currentMetric);
  const unusable = validMetric ? "" : linkedMetric;

  return { node, draw, look: fetchStored, stop, linked, unusable };
}
