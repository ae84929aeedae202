// The Score tab: a text, up to three models, and how well each predicts it, letter by letter. The numbers come from the
// server (scoring.py), a piece at a time; all that is drawn from them is drawn here.

import { ledger } from "../charts/ledger.js";
import * as client from "../core/client.js";
import { eachFrame, keep, make, styleSheet } from "../core/dom.js";
import * as format from "../core/format.js";
import { models as bundled, prompts } from "../core/given.js";
import * as frames from "../core/frames.js";
import { told, words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import * as scored from "../core/scored.js";
import * as server from "../core/server.js";
import { state, subscribe, update } from "../core/store.js";
import { account } from "../parts/account.js";
import * as modelnames from "../parts/modelnames.js";
import { panel } from "../parts/scored.js";

/**
 * A model's column: `fresh` where more has come than is drawn, `job` while it reads, by its way to the server.
 * @typedef {{ model: string, panel: ReturnType<typeof panel>, reading: Reading | null, text: string, way: ReturnType<typeof client.beside>, job: object | null, fresh: boolean }} Column
 * @typedef {import("../core/scored.js").Reading} Reading
 */

const MOST_MODELS = 3;
const LONGEST = 20_000; // characters, as settings.py has it
const IN_LINK = 2_000; // a longer text is left out of the address
const PAUSE = 250; // milliseconds after a key
const POINTS = 1_200; // of a line
const FAMOUS = "To be, or not to be, that is the question:";

// What is there when the tab opens: a line that the model is at home in, which is the longest of its prompts, and the same with
// two letters exchanged.
/** @param {string} model */
function example(model) {
  const own = /^shakespeare/.test(model) ? [] : prompts[model] ?? [];
  return scored.misspelt(own.reduce((a, b) => (b.length > a.length ? b : a), "").trim() || FAMOUS);
}

const count = (/** @type {number} */ n) => n.toLocaleString("en");

const ways = Array.from({ length: MOST_MODELS }, (_, i) => client.beside(`score-${i}`));

/** @param {GradioParts} gradio */
export async function mount({ element }) {
  await Promise.all(["score", "ledger"].map(styleSheet));
  const link = new URLSearchParams(location.search);
  const models = (link.get("models") ?? "").split(",").filter(Boolean).slice(0, MOST_MODELS);
  if (!models.length) models.push(state.run?.model ?? state.settings.model);
  /** @type {number | null} */
  let at = null; // the place that is looked at, a code point of the text
  let chosen = false; // whether it was pointed at; else it is where the first model was surprised most
  /** @type {Column[]} */
  let columns = [];

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const box = keep(make("textarea", { id: "score-text", rows: 2, spellcheck: "false", autocapitalize: "off", autocomplete: "off" }));
  const length = make("span", { class: "muted count" });
  const problem = make("p", { class: "problem", role: "alert" });
  const bar = make("progress", { max: 1, value: 0, "aria-label": words.score_progress });
  const progress = make("span", { class: "running" }, bar, make("button", { class: "quiet", text: words.stop, on: { click: stop } }));
  const written = make("button", { class: "quiet", text: words.score_written, on: { click: takeWritten } });
  const sample = make("button", { class: "quiet", text: words.score_example, on: { click: () => setText(example(models[0])) } });
  const add = make("button", { class: "quiet", text: words.score_add, on: { click: addModel } });
  const legend = keep(make("span", { class: "scale", "aria-hidden": "true" }, make("span", { text: format.sentence("bits", { n: 0 }) }), make("i"), make("span", { text: "8+" })));
  const [panels, surprises] = [make("div", { class: "panels" }), make("div", { class: "panels" })];
  const table = account();
  const chartBox = make("div");
  const chart = ledger(chartBox, {
    title: words.score_ledger, unitX: words.score_axis_characters, unitY: words.score_axis_bits, onPoint: point,
    csv: () => scored.table(columns.flatMap(({ reading }) => reading ?? [])),
  });
  element.replaceChildren(make("div", { class: "score" },
    make("p", { class: "point", text: words.score_point }),
    make("div", { class: "text" },
      make("label", { for: "score-text", text: words.score_text }), box,
      make("div", { class: "tools" }, sample, written, add, progress, length), problem),
    make("div", { class: "about" }, make("span", { class: "muted", text: words.score_colours }), legend),
    panels, table.node,
    make("h2", { text: words.score_ledger }), chartBox,
    make("h2", { text: words.score_surprises }), surprises));

  // ── Models ───────────────────────────────────────────────────────────────────────────────────────
  const titleOf = modelnames.called;
  const key = (/** @type {number} */ i) => make("i", { class: `key series-${i + 1}`, "aria-hidden": "true" });

  /** @param {string} model @param {number} i @returns {Column} */
  function column(model, i) {
    const names = new Set([...bundled.map(([, name]) => name), ...(state.run ? [state.run.model] : []), model]);
    const choice = make("select", { "aria-label": words.score_model, on: { change: () => change(() => { models[i] = choice.value; }, i) } },
      ...[...names].map((name) => make("option", { value: name, "data-model": name, text: titleOf(name) })));
    choice.value = model;
    const away = make("button", {
      class: "quiet away", text: "×", title: words.score_remove, "aria-label": `${words.score_remove}: ${titleOf(model)}`,
      on: { click: () => change(() => models.splice(i, 1), 0) },
    });
    const top = make("div", { class: "top" }, key(i), choice, ...(models.length > 1 ? [away] : []));
    return { model, panel: panel({ id: `score-${i}`, top, onPoint: point }), reading: null, text: "", way: ways[i], job: null, fresh: false };
  }

  // Builds the columns anew; what was scored of this text is taken over.
  function build() {
    const before = columns;
    before.forEach(halt);
    columns = models.map(column);
    for (const grid of [panels, surprises]) grid.style.setProperty("--columns", String(models.length));
    panels.replaceChildren(...columns.map(({ panel: { node } }) => node));
    surprises.replaceChildren(...columns.map(({ panel: { surprises: list } }, i) => make("div", {},
      ...(models.length > 1 ? [make("p", { class: "surprises-of" }, key(i), keep(make("span", { "data-model": models[i], text: titleOf(models[i]) })))] : []), list)));
    for (const one of columns) {
      const same = before.find(({ model, reading, text }) => model === one.model && reading?.figures && text === box.value);
      if (!same?.reading) continue;
      Object.assign(one, { reading: same.reading, text: same.text, fresh: true });
      one.panel.open(same.reading);
    }
    add.hidden = models.length >= MOST_MODELS;
    score();
  }

  // Changes the list of models; the focus goes to the one at `i`.
  /** @param {() => void} act @param {number} i */
  function change(act, i) {
    act();
    build();
    panels.querySelectorAll("select")[i].focus();
  }

  function addModel() {
    const next = bundled.map(([, name]) => name).find((name) => !models.includes(name)) ?? models[0];
    change(() => models.push(next), models.length);
  }

  // ── Scoring ──────────────────────────────────────────────────────────────────────────────────────
  /** @param {string} text */
  function setText(text) {
    box.value = text;
    chosen = false;
    build();
  }

  function takeWritten() {
    if (!state.run) return;
    models[0] = state.run.model;
    setText(runs.textOf(state.run, state.shown));
  }

  // How long the text is, and what is to be said of that.
  function drawCount() {
    const n = [...box.value].length;
    length.textContent = format.say("score_count", { n: count(n), most: count(LONGEST) });
    problem.textContent = n > LONGEST ? format.say("score_too_long", { n: count(n), most: count(LONGEST) }) : n > IN_LINK ? words.score_not_in_link : "";
    return n;
  }

  function score() {
    const text = box.value;
    const n = drawCount();
    const linked = { models: models.join(","), text: n > IN_LINK || text === example(models[0]) ? null : text };
    const unlinked = { ...state.unlinked, score: n > IN_LINK && n <= LONGEST ? text : "" };
    update({ linked: { ...state.linked, score: linked }, unlinked });
    if (!chosen) at = null;
    for (const one of columns) {
      if (one.reading?.figures && one.text === text) continue;
      halt(one);
      one.reading = null;
      one.panel.empty();
      if (text && n <= LONGEST) read(one, text);
    }
    draw();
  }

  /** @param {Column} one @param {string} text */
  async function read(one, text) {
    const job = {};
    const waits = () => one.job === job;
    let heard = -Infinity;
    Object.assign(one, { job, text });
    one.panel.tell("");
    server.watch(waits, () => fail(one, words.lost), () => heard);
    try {
      for await (const frame of one.way.ask("score", { model: one.model, text })) {
        if (!waits()) return;
        heard = performance.now();
        receive(one, frame);
      }
      if (waits() && !one.reading?.figures) fail(one, words.lost);
    } catch (error) {
      if (!waits()) return; // whoever took it back says why
      fail(one, client.sentenceOf(error, words.refused_writing));
    }
    if (waits()) one.job = null;
    draw();
  }

  /** @param {Column} one @param {Frame} frame */
  function receive(one, { head, body }) {
    const { problem, code } = head;
    if (problem || code) return fail(one, problem ? told(problem) : words[code]);
    if (head.cells) {
      one.reading = scored.begin(head);
      one.panel.open(one.reading);
    } else if (one.reading && head.n) scored.extend(one.reading, frames.reader(body).singles(head.n));
    else if (one.reading) one.reading.figures = head;
    one.fresh = true;
    draw();
  }

  // It ends without its figures, and can be asked for again.
  /** @param {Column} one @param {string} said */
  function fail(one, said) {
    halt(one);
    one.panel.tell(said, () => read(one, one.text));
    draw();
  }

  /** @param {Column} one */
  function halt(one) {
    if (one.job) one.way.end();
    one.job = null;
  }

  function stop() {
    for (const one of columns) {
      if (!one.job) continue;
      halt(one);
      const { reading } = one;
      if (reading) Object.assign(reading, { stopped: true });
      one.fresh = true;
      one.panel.tell(reading ? format.sentence("score_stopped", { n: count(reading.done), all: count(reading.cells.length) }) : words.score_stopped_early,
        () => read(one, one.text));
    }
    draw();
  }

  // ── Pointing and drawing ─────────────────────────────────────────────────────────────────────────
  /** @param {number} place @param {boolean} [follow] */
  function point(place, follow = true) {
    at = place;
    chosen = true;
    for (const one of columns) one.panel.look(at, follow);
    draw();
  }

  const draw = eachFrame(() => {
    for (const one of columns) {
      if (one.fresh) one.panel.grow();
      one.fresh = false;
    }
    const [first, ...others] = columns.map(({ reading }) => reading);
    if (!chosen && first?.figures) at = first.cells[scored.mostSurprising(first, 1)[0]]?.at ?? null;
    for (const one of columns) one.panel.look(at, false);
    const done = columns.map(({ job, reading }) => (!job ? 1 : reading ? reading.done / Math.max(1, reading.cells.length) : 0));
    bar.value = done.reduce((a, b) => a + b, 0) / done.length;
    progress.hidden = columns.every(({ job }) => !job);
    const readings = [first, ...others];
    chart.draw({
      length: Math.max(0, ...readings.map((reading) => reading?.length ?? 0)), at, told: table.draw(readings, columns.map(({ model }) => titleOf(model)), at),
      series: readings.map((reading, i) => ({
        name: titleOf(models[i]), points: reading ? scored.points(reading, POINTS) : [], mark: reading && markOf(reading),
      })),
    });
  });

  /** @param {Reading} reading @returns {[number, number] | null} */
  function markOf(reading) {
    if (at === null || !reading.cells.length) return null;
    const index = scored.cellAt(reading, at);
    return index < reading.done ? [reading.cells[index].end, reading.sums[index + 1]] : null;
  }

  // ── Starting ─────────────────────────────────────────────────────────────────────────────────────
  let waiting = 0;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { chosen = false; score(); }, PAUSE);
  });
  const offerWritten = () => { written.disabled = !state.run || !runs.textOf(state.run, state.shown); };
  subscribe((_, patch) => {
    if ("run" in patch || "shown" in patch) offerWritten();
    if (!("language" in patch)) return;
    for (const node of element.querySelectorAll("[data-model]")) node.textContent = titleOf(node.getAttribute("data-model") ?? "");
    drawCount();
    draw();
  });
  offerWritten();
  box.value = link.get("text") ?? (state.unlinked.score || example(models[0]));
  build();
}
