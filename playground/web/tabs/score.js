// The Score tab: how well up to three models predict a text, letter by letter. The server streams the numbers
// (scoring.py); drawing happens here.

import { ledger } from "../charts/ledger.js";
import { receiveAnswer } from "../core/answer.js";
import * as client from "../core/client.js";
import { eachFrame, keep, make, setDisabled, setHidden } from "../dom.js";
import * as format from "../core/format.js";
import { models as bundled, prompts } from "../core/pagedata.js";
import * as frames from "../core/frames.js";
import { words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import * as scored from "../core/scored.js";
import { state, subscribe, update } from "../core/store.js";
import { account } from "../parts/account.js";
import * as modelnames from "../parts/modelnames.js";
import { panel } from "../parts/scored.js";
import { styleSheet } from "../parts/stylesheet.js";

/**
 * A model's column. `fresh`: whether more has arrived than is drawn; `job` is set while a request is under
 * way; `way` is its channel.
 * @typedef {{ model: string, panel: ReturnType<typeof panel>, reading: Reading | null, text: string, way: ReturnType<typeof client.beside>, job: object | null, fresh: boolean }} Column
 * @typedef {import("../core/scored.js").Reading} Reading
 */

const MOST_MODELS = 3;
const MAX_LENGTH = 20_000; // characters, as in settings.py
const MAX_LINK_LENGTH = 2_000; // characters; a longer text is left out of the URL
const PAUSE = 250; // milliseconds after a key
const POINTS = 1_200; // of a line in the chart
const FALLBACK = "To be, or not to be, that is the question:";

// The initial text: the longest of the model's suggested prompts, and the same with two letters swapped.
/** @param {string} model */
function example(model) {
  const own = /^shakespeare/.test(model) ? [] : prompts[model] ?? [];
  return scored.misspelt(own.reduce((a, b) => (b.length > a.length ? b : a), "").trim() || FALLBACK);
}

const formatCount = (/** @type {number} */ n) => n.toLocaleString("en");

const channels = Array.from({ length: MOST_MODELS }, (_, i) => client.beside(`score-${i}`));

/** @param {GradioParts} gradio */
export async function mount({ element }) {
  await Promise.all(["score", "ledger"].map(styleSheet));
  const link = new URLSearchParams(location.search);
  const linkedModels = (link.get("models") ?? "").split(",").filter(Boolean);
  const models = linkedModels.slice(0, MOST_MODELS);
  if (!models.length) models.push(state.run?.model ?? state.settings.model);
  /** @type {number | null} */
  let selected = null; // the selected place, a code point of the text
  let isChosen = false; // whether the user chose it; else it is the first model's most surprising place
  /** @type {Column[]} */
  let columns = [];

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const box = keep(make("textarea", { id: "score-text", rows: 2, spellcheck: "false", autocapitalize: "off", autocomplete: "off" }));
  const lengthText = make("span", { class: "muted count", tabindex: -1 });
  const problem = make("p", { class: "problem", role: "alert" });
  const progressBar = make("progress", { max: 1, value: 0, "aria-label": words.score_progress });
  const progress = make("span", { class: "running" }, progressBar, make("button", { class: "quiet", text: words.stop, on: { click: stop } }));
  const writtenButton = make("button", { class: "quiet", text: words.score_written, on: { click: takeWritten } });
  const exampleButton = make("button", { class: "quiet", text: words.score_example, on: { click: () => setText(example(models[0])) } });
  const addButton = make("button", { class: "quiet", text: words.score_add, on: { click: addModel } });
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
      make("div", { class: "tools" }, exampleButton, writtenButton, addButton, progress, lengthText), problem),
    ...(linkedModels.length > MOST_MODELS ? [make("p", { class: "problem", role: "alert" }, make("span", { text: format.sentence("models_many", { n: linkedModels.length, most: MOST_MODELS }) }))] : []),
    make("div", { class: "about" }, make("span", { class: "muted", text: words.score_colours }), legend),
    panels, table.node,
    make("h2", { text: words.score_ledger }), chartBox,
    make("h2", { text: words.score_surprises }), surprises));

  // ── Models ───────────────────────────────────────────────────────────────────────────────────────
  const titleOf = modelnames.called;
  const key = (/** @type {number} */ i) => make("i", { class: `key series-${i + 1}`, "aria-hidden": "true" });

  /** @param {string} model @param {number} i @returns {Column} */
  function makeColumn(model, i) {
    const names = new Set([...bundled.map(([, name]) => name), ...(state.run ? [state.run.model] : []), model]);
    const choice = make("select", { "aria-label": words.score_model, on: { change: () => change(() => { models[i] = choice.value; }, i) } },
      ...[...names].map((name) => make("option", { value: name, "data-model": name, text: titleOf(name) })));
    choice.value = model;
    const removeButton = make("button", {
      class: "quiet away", text: "×", title: words.score_remove, "aria-label": `${words.score_remove}: ${titleOf(model)}`,
      on: { click: () => change(() => models.splice(i, 1), 0) },
    });
    const top = make("div", { class: "top" }, key(i), choice, ...(models.length > 1 ? [removeButton] : []));
    return { model, panel: panel({ id: `score-${i}`, top, onPoint: point }), reading: null, text: "", way: channels[i], job: null, fresh: false };
  }

  // Rebuilds the columns, keeping finished scores of the same text.
  function build() {
    const oldColumns = columns;
    oldColumns.forEach(halt);
    columns = models.map(makeColumn);
    for (const grid of [panels, surprises]) grid.style.setProperty("--columns", String(models.length));
    panels.replaceChildren(...columns.map(({ panel: { node } }) => node));
    surprises.replaceChildren(...columns.map(({ panel: { surprises: list } }, i) => make("div", {},
      ...(models.length > 1 ? [make("p", { class: "surprises-of" }, key(i), keep(make("span", { "data-model": models[i], text: titleOf(models[i]) })))] : []), list)));
    for (const column of columns) {
      const previous = oldColumns.find(({ model, reading, text }) => model === column.model && reading?.figures && text === box.value);
      if (!previous?.reading) continue;
      Object.assign(column, { reading: previous.reading, text: previous.text, fresh: true });
      column.panel.open(previous.reading);
    }
    addButton.hidden = models.length >= MOST_MODELS;
    scoreText();
  }

  // Changes the list of models and focuses the one at `i`.
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
    isChosen = false;
    build();
  }

  function takeWritten() {
    if (!state.run) return;
    models[0] = state.run.model;
    setText(runs.textOf(state.run, state.shown));
  }

  // Shows the length of the text and a message about it.
  function drawCount() {
    const n = [...box.value].length;
    lengthText.textContent = format.say("score_count", { n: formatCount(n), most: formatCount(MAX_LENGTH) });
    problem.textContent = n > MAX_LENGTH ? format.say("score_too_long", { n: formatCount(n), most: formatCount(MAX_LENGTH) }) : n > MAX_LINK_LENGTH ? words.score_not_in_link : "";
    return n;
  }

  function scoreText() {
    const text = box.value;
    const n = drawCount();
    const linked = { models: models.join(","), text: n > MAX_LINK_LENGTH || text === example(models[0]) ? null : text };
    const unlinked = { ...state.unlinked, score: n > MAX_LINK_LENGTH && n <= MAX_LENGTH ? text : "" };
    update({ linked: { ...state.linked, score: linked }, unlinked });
    if (!isChosen) selected = null;
    for (const column of columns) {
      if (column.reading?.figures && column.text === text) continue;
      halt(column);
      column.reading = null;
      column.panel.empty();
      if (text && n <= MAX_LENGTH) requestScore(column, text);
    }
    draw();
  }

  /** @param {Column} column @param {string} text */
  async function requestScore(column, text) {
    const job = {};
    const isCurrent = () => column.job === job;
    Object.assign(column, { job, text });
    column.panel.tell("");
    const failure = await receiveAnswer(column.way, "score", { model: column.model, text }, {
      isCurrent, receive: (frame) => receive(column, frame), isComplete: () => Boolean(column.reading?.figures),
    });
    if (!isCurrent()) return;
    column.job = null;
    if (failure) column.panel.tell(failure.sentence, () => requestScore(column, column.text));
    draw();
  }

  /** @param {Column} column @param {Frame} frame */
  function receive(column, { head, body }) {
    if (head.cells) {
      column.reading = scored.begin(head);
      column.panel.open(column.reading);
    } else if (column.reading && head.n) scored.extend(column.reading, frames.reader(body).singles(head.n));
    else if (column.reading) column.reading.figures = head;
    column.fresh = true;
    draw();
  }

  /** @param {Column} column */
  function halt(column) {
    if (column.job) column.way.end();
    column.job = null;
  }

  function stop() {
    for (const column of columns) {
      if (!column.job) continue;
      halt(column);
      const { reading } = column;
      if (reading) Object.assign(reading, { stopped: true });
      column.fresh = true;
      column.panel.tell(reading ? format.sentence("score_stopped", { n: formatCount(reading.done), all: formatCount(reading.cells.length) }) : words.score_stopped_early,
        () => requestScore(column, column.text));
    }
    draw();
  }

  // ── Pointing and drawing ─────────────────────────────────────────────────────────────────────────
  /** @param {number} place @param {boolean} [follow] */
  function point(place, follow = true) {
    selected = place;
    isChosen = true;
    for (const column of columns) column.panel.look(selected, follow);
    draw();
  }

  const draw = eachFrame(() => {
    for (const column of columns) {
      if (column.fresh) column.panel.grow();
      column.fresh = false;
    }
    const readings = columns.map(({ reading }) => reading);
    const [first] = readings;
    if (!isChosen && first?.figures) selected = first.cells[scored.mostSurprising(first, 1)[0]]?.at ?? null;
    for (const column of columns) column.panel.look(selected, false);
    const shares = columns.map(({ job, reading }) => (!job ? 1 : reading ? reading.done / Math.max(1, reading.cells.length) : 0));
    progressBar.value = shares.reduce((a, b) => a + b, 0) / shares.length;
    setHidden(progress, columns.every(({ job }) => !job), lengthText);
    chart.draw({
      length: Math.max(0, ...readings.map((reading) => reading?.length ?? 0)), at: selected, told: table.draw(readings, columns.map(({ model }) => titleOf(model)), selected),
      series: readings.map((reading, i) => ({
        name: titleOf(models[i]), points: reading ? scored.points(reading, POINTS) : [], mark: reading && markOf(reading),
      })),
    });
  });

  /** @param {Reading} reading @returns {[number, number] | null} */
  function markOf(reading) {
    if (selected === null || !reading.cells.length) return null;
    const index = scored.cellAt(reading, selected);
    return index < reading.done ? [reading.cells[index].end, reading.sums[index + 1]] : null;
  }

  // ── Starting ─────────────────────────────────────────────────────────────────────────────────────
  let timer = 0;
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { isChosen = false; scoreText(); }, PAUSE);
  });
  const updateWrittenButton = () => setDisabled(writtenButton, !state.run || !runs.textOf(state.run, state.shown));
  subscribe((_, patch) => {
    if ("run" in patch || "shown" in patch) updateWrittenButton();
    if (!("language" in patch)) return;
    for (const node of element.querySelectorAll("[data-model]")) node.textContent = titleOf(node.getAttribute("data-model") ?? "");
    drawCount();
    for (const column of columns) column.fresh = Boolean(column.reading);
    draw();
  });
  updateWrittenButton();
  box.value = link.get("text") ?? (state.unlinked.score || example(models[0]));
  build();
}
