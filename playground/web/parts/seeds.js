// What twenty seeds at each temperature are like: the measures against T, with their spread. The texts are the server's (temperatures.py);
// it tells what each is like as soon as it is written, and the curves grow.

import { curves } from "../charts/curves.js";
import * as client from "../core/client.js";
import { eachFrame, keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { told, words } from "../core/i18n.js";
import * as sampling from "../core/sampling.js";
import * as seeds from "../core/seeds.js";
import * as server from "../core/server.js";
import { figureOf, MEASURES } from "./columns.js";
import { ticksFor } from "./landscape.js";

const LOOPS = 0.05; // of the runs of characters: under it a text does not loop
const WORDS = 0.95; // of the words: under it they break
const way = client.beside("temperatures-seeds");

/** @param {{ question: () => any, choose: (temperature: number) => void }} options `question` says what is to be asked about, or null */
export function seedsPart({ question, choose }) {
  /** @type {ReturnType<typeof seeds.begin>} */
  let places = [];
  let asked = ""; // what they are of
  let runs = 0;
  let done = 0;
  let length = 0;
  let failed = ""; // why it ended too early
  /** @type {object | null} */
  let job = null;

  const start = make("button", { class: "quiet", text: words.temperatures_seeds, on: { click: run } });
  const stop = make("button", { class: "quiet", text: words.stop, on: { click: () => { halt(); draw(); } } });
  const bar = make("progress", { max: 1, value: 0, "aria-label": words.temperatures_seeds });
  const said = make("p", { class: "said", role: "status" });
  const kinds = [MEASURES.slice(0, 3), MEASURES.slice(3)];
  const charts = kinds.map((kind, i) => {
    const host = make("div");
    const named = kind.length > 1
      ? keep(make("p", { class: "series-key" }, ...kind.map(([, name], n) => make("span", { class: `series-${n + 1}`, text: name })))) : null;
    const chart = curves(host, {
      title: words[i ? "temperatures_surprise" : "temperatures_shares"], unitX: words.temperature, unitY: words[i ? "temperatures_surprise" : "temperatures_shares"],
      go: (x) => choose(nearest(x).temperature), tell: (x) => tell(kind, x), rows: () => seeds.table(places, MEASURES.map(([name]) => name)),
    });
    return { kind, chart, node: make("div", { class: "seeds-chart" }, ...(named ? [named] : []), host) };
  });
  const shown = make("div", { class: "seeds-charts", hidden: "" }, ...charts.map(({ node }) => node));
  const node = make("div", { class: "seeds" }, make("div", { class: "tools" }, start, bar, stop, said), shown);
  new ResizeObserver(() => draw()).observe(shown);

  /** @param {number} x */
  const nearest = (x) => places.reduce((a, b) => (away(b, x) < away(a, x) ? b : a), places[0] ?? { temperature: sampling.temperatureAt(x), found: [] });
  const away = (/** @type {{ temperature: number }} */ { temperature }, /** @type {number} */ x) => Math.abs(sampling.positionOf(temperature) - x);

  /** @param {typeof MEASURES} kind @param {number} x */
  function tell(kind, x) {
    if (!places.length) return "";
    const place = nearest(x);
    const parts = kind.flatMap(([name, called]) => {
      const found = seeds.summary(place, name);
      return found ? [`${called} ${figureOf(name, found.mean)} ± ${figureOf(name, found.deviation)}`] : [];
    });
    return [`T = ${format.number(place.temperature)}`, ...parts].join(" · ");
  }

  async function run() {
    const about = question();
    if (!about) return;
    halt();
    const mine = {};
    const waits = () => job === mine;
    let heard = -Infinity;
    [job, places, asked, runs, done] = [mine, seeds.begin(), JSON.stringify(about), 0, 0];
    const settings = { ...about.settings, length: Math.min(seeds.LENGTH, about.settings.length) };
    say("");
    server.watch(waits, () => fail(words.lost), () => heard);
    try {
      for await (const { head } of way.ask("temperatures", { ...about, settings, temperatures: seeds.TEMPERATURES, seeds: seeds.SEEDS, had: null })) {
        if (!waits()) return;
        heard = performance.now();
        if (head.problem || head.code) return fail(head.problem ? told(head.problem) : words[head.code]);
        if (head.measures) {
          places[head.temperature].found.push(head.measures);
          done += 1;
        } else [runs, length] = [head.runs, head.length];
        draw();
      }
      if (waits() && done < runs) fail(words.lost);
    } catch (error) {
      if (!waits()) return;
      fail(client.sentenceOf(error, words.refused_writing));
    }
    if (waits()) job = null;
    draw();
  }

  /** @param {string} problem */
  function fail(problem) {
    halt();
    draw();
    say(problem);
  }

  /** @param {string} problem */
  function say(problem) {
    failed = problem;
    draw();
  }

  function halt() {
    if (job) way.end();
    job = null;
  }

  const draw = eachFrame(() => {
    bar.hidden = stop.hidden = !job;
    bar.value = runs ? done / runs : 0;
    shown.hidden = !done;
    const ticks = ticksFor(shown.clientWidth / 2);
    const position = sampling.positionOf;
    const [shares, surprise] = kinds.map((kind, i) => kind.map(([name, called]) => (
      { name: String(called), ...seeds.curve(places, name, position, i ? Infinity : 1) })));
    const top = Math.max(4, ...surprise.flatMap(({ spread = [] }) => spread.map(([, , high]) => high)));
    charts[0].chart.draw({ series: shares, ticks, top: 1, levels: [0, 0.25, 0.5, 0.75, 1].map((y) => [y, `${100 * y} %`]) });
    charts[1].chart.draw({ series: surprise, ticks, top, levels: [0, 2, 4, 6, 8, 10, 12, 14].filter((y) => y <= top).map((y) => [y, String(y)]) });
    said.textContent = failed || sentence(shares[1].points, shares[2].points);
  });

  // Where loops end and where words break, once all of it is there.
  /** @param {[number, number][]} loops @param {[number, number][]} known */
  function sentence(loops, known) {
    if (!done) return words.temperatures_seeds_about;
    const values = { n: done, of: runs, length };
    if (job || done < runs) return format.say(job ? "temperatures_seeds_running" : "temperatures_seeds_stopped", values);
    const at = (/** @type {number | null} */ x) => (x === null ? null : format.number(sampling.temperatureAt(x)));
    const [ends, breaks] = [at(seeds.crossing(loops, LOOPS, true)), at(seeds.crossing(known, WORDS, true))];
    return [
      ends === null ? words.temperatures_no_loops : format.say("temperatures_loops_end", { t: ends }),
      ...(known.length ? [breaks === null ? words.temperatures_words_hold : format.say("temperatures_words_break", { t: breaks })] : [words.temperatures_no_list]),
      format.say("temperatures_seeds_done", values),
    ].join(" ");
  }

  // Whatever the page is set to now: curves of something else are taken away.
  /** @param {number} temperature @param {boolean} looked */
  function follow(temperature, looked) {
    if (!looked && job) {
      halt();
      draw();
    }
    const position = sampling.positionOf(temperature);
    for (const { chart } of charts) chart.follow(position);
    const now = looked && asked ? JSON.stringify(question()) : asked;
    if (now === asked || now === "null") return;
    halt();
    [places, asked, done, runs, failed] = [[], "", 0, 0, ""];
    draw();
  }

  draw();
  return { node, follow, redraw: draw };
}
