// Twenty seeds at each temperature: measures against T with their spread. The server (temperatures.py) generates the
// texts and sends the measures of each as soon as it is done, so the curves grow.

import { curves } from "../charts/curves.js";
import { receiveAnswer } from "../core/answer.js";
import * as client from "../core/client.js";
import * as dial from "../core/dial.js";
import { eachFrame, keep, make, setHidden } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as sampling from "../core/sampling.js";
import * as seeds from "../core/seeds.js";
import { figureOf, MEASURES } from "./columns.js";
import { ticksForWidth } from "./landscape.js";

const MAX_LOOPS = 0.05; // share of repeated runs below which a text does not loop
const MIN_KNOWN_WORDS = 0.95; // share of known words below which words break down
const channel = client.beside("temperatures-seeds");

/** @param {{ question: () => any, choose: (temperature: number) => void }} options `question` returns the data to send, or null */
export function seedsPart({ question, choose }) {
  /** @type {ReturnType<typeof seeds.begin>} */
  let places = [];
  let lastQuestion = ""; // the request they belong to
  let runCount = 0;
  let done = 0;
  let length = 0;
  let problemText = ""; // why it stopped early
  /** @type {object | null} */
  let current = null;

  const start = make("button", { class: "quiet", text: words.temperatures_seeds, on: { click: run } });
  const stop = make("button", { class: "quiet", text: words.stop, on: { click: () => { halt(); draw(); } } });
  const bar = make("progress", { max: 1, value: 0, "aria-label": words.temperatures_seeds });
  const status = make("p", { class: "said", role: "status" });
  const kinds = [MEASURES.slice(0, 3), MEASURES.slice(3)];
  const charts = kinds.map((kind, i) => {
    const host = make("div");
    const seriesKey = kind.length > 1
      ? keep(make("p", { class: "series-key" }, ...kind.map(([, name], n) => make("span", { class: `series-${n + 1}`, text: name })))) : null;
    const chart = curves(host, {
      title: words[i ? "temperatures_surprise" : "temperatures_shares"], unitX: words.temperature, unitY: words[i ? "temperatures_surprise" : "temperatures_shares"],
      go: (x) => choose(nearest(x).temperature), tell: (x) => tell(kind, x), rows: () => seeds.table(places, MEASURES.map(([name]) => name)),
    });
    return { kind, chart, node: make("div", { class: "seeds-chart" }, ...(seriesKey ? [seriesKey] : []), host) };
  });
  const chartsBox = make("div", { class: "seeds-charts", hidden: "" }, ...charts.map(({ node }) => node));
  const node = make("div", { class: "seeds" }, make("div", { class: "tools" }, start, bar, stop, status), chartsBox);
  new ResizeObserver(() => draw()).observe(chartsBox);

  /** @param {number} x */
  const nearest = (x) => places.reduce((a, b) => (distance(b, x) < distance(a, x) ? b : a), places[0] ?? { temperature: dial.temperatureAt(x), found: [] });
  const distance = (/** @type {{ temperature: number }} */ { temperature }, /** @type {number} */ x) => Math.abs(sampling.positionOf(temperature) - x);

  /** @param {typeof MEASURES} kind @param {number} x */
  function tell(kind, x) {
    if (!places.length) return "";
    const place = nearest(x);
    const parts = kind.flatMap(([name, label]) => {
      const stats = seeds.summary(place, name);
      return stats ? [`${label} ${figureOf(name, stats.mean)} ± ${figureOf(name, stats.deviation)}`] : [];
    });
    return [`T = ${format.number(place.temperature)}`, ...parts].join(" · ");
  }

  async function run() {
    const data = question();
    if (!data) return;
    halt();
    const request = {};
    const isCurrent = () => current === request;
    [current, places, lastQuestion, runCount, done, problemText] = [request, seeds.begin(), JSON.stringify(data), 0, 0, ""];
    draw();
    const settings = { ...data.settings, length: Math.min(seeds.LENGTH, data.settings.length) };
    const failure = await receiveAnswer(channel, "temperatures", { ...data, settings, temperatures: seeds.TEMPERATURES, seeds: seeds.SEEDS, had: null }, {
      isCurrent, receive, isComplete: () => done >= runCount,
    });
    if (!isCurrent()) return;
    current = null;
    problemText = failure?.sentence ?? "";
    draw();
  }

  /** @param {Frame} frame */
  function receive({ head }) {
    if (head.measures) {
      places[head.temperature].found.push(head.measures);
      done += 1;
    } else [runCount, length] = [head.runs, head.length];
    draw();
  }

  function halt() {
    if (current) channel.end();
    current = null;
  }

  const draw = eachFrame(() => {
    bar.hidden = !current;
    setHidden(stop, !current, start);
    bar.value = runCount ? done / runCount : 0;
    chartsBox.hidden = !done;
    const ticks = ticksForWidth(chartsBox.clientWidth / 2);
    const position = sampling.positionOf;
    const [shares, surprise] = kinds.map((kind, i) => kind.map(([name, label]) => (
      { name: String(label), ...seeds.curve(places, name, position, i ? Infinity : 1) })));
    const top = Math.max(4, ...surprise.flatMap(({ spread = [] }) => spread.map(([, , high]) => high)));
    charts[0].chart.draw({ series: shares, ticks, top: 1, levels: [0, 0.25, 0.5, 0.75, 1].map((y) => [y, `${100 * y} %`]) });
    charts[1].chart.draw({ series: surprise, ticks, top, levels: [0, 2, 4, 6, 8, 10, 12, 14].filter((y) => y <= top).map((y) => [y, String(y)]) });
    status.textContent = problemText || sentence(shares[1].points, shares[2].points);
  });

  // Says where loops end and words break down, once complete.
  /** @param {[number, number][]} loops @param {[number, number][]} known */
  function sentence(loops, known) {
    if (!done) return words.temperatures_seeds_about;
    const values = { n: done, of: runCount, length };
    if (current || done < runCount) return format.say(current ? "temperatures_seeds_running" : "temperatures_seeds_stopped", values);
    const crossings = [seeds.crossing(loops, MAX_LOOPS, true), seeds.crossing(known, MIN_KNOWN_WORDS, true)];
    const [ends, breaks] = crossings.map((x) => (x === null ? null : format.number(sampling.temperatureAt(x))));
    return [
      ends === null ? words.temperatures_no_loops : format.say("temperatures_loops_end", { t: ends }),
      ...(known.length ? [breaks === null ? words.temperatures_words_hold : format.say("temperatures_words_break", { t: breaks })] : [words.temperatures_no_list]),
      format.say("temperatures_seeds_done", values),
    ].join(" ");
  }

  // Follows the page's settings; curves for other settings are removed.
  /** @param {number} temperature @param {boolean} isShown */
  function follow(temperature, isShown) {
    if (!isShown && current) {
      halt();
      draw();
    }
    const position = sampling.positionOf(temperature);
    for (const { chart } of charts) chart.follow(position);
    const currentQuestion = isShown && lastQuestion ? JSON.stringify(question()) : lastQuestion;
    if (currentQuestion === lastQuestion || currentQuestion === "null") return;
    halt();
    [places, lastQuestion, done, runCount, problemText] = [[], "", 0, 0, ""];
    draw();
  }

  draw();
  return { node, follow, redraw: draw };
}
