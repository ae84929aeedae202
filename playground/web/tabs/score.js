// The Score tab: a text, up to three models, and how well each predicts it, letter by letter. The numbers come from the
// server (score_route.py), a piece at a time; all that is drawn from them is drawn here.

import { ledger } from "../charts/ledger.js";
import { eachFrame, keep, make, styleSheet } from "../core/dom.js";
import * as format from "../core/format.js";
import { models as bundled, prompts, words } from "../core/given.js";
import { nameOf } from "../core/glyphs.js";
import { ask } from "../core/lines.js";
import * as runs from "../core/runs.js";
import * as scored from "../core/scored.js";
import { state, subscribe, update } from "../core/store.js";
import { bitsOf, panel } from "../parts/scored.js";

const MOST_MODELS = 3;
const LONGEST = 20_000; // characters, as score_route.py has it
const IN_LINK = 2_000; // a longer text is left out of the address
const PAUSE = 250; // milliseconds after a key
const POINTS = 1_200; // of a line
const FAMOUS = "To be, or not to be, that is the question:";

// What is there when the tab opens: a line, and the same line with two letters exchanged.
export const example = (model) => scored.misspelt(/^shakespeare/.test(model) || !prompts[model]?.length ? FAMOUS : prompts[model].find(Boolean) ?? FAMOUS);

export async function mount({ element }) {
  await styleSheet(new URL("../css/score.css", import.meta.url));
  const link = new URLSearchParams(location.search);
  let models = (link.get("models") ?? "").split(",").filter(Boolean).slice(0, MOST_MODELS);
  if (!models.length) models = [state.run?.model ?? state.settings.model];
  let at = null; // the place that is looked at: a code point of the text
  let chosen = false; // whether it was chosen, or is where the first model was surprised most
  let columns = []; // { model, panel, reading, job }

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const box = keep(make("textarea", { id: "score-text", rows: 3, spellcheck: "false", autocapitalize: "off", autocomplete: "off" }));
  const count = make("span", { class: "muted count" });
  const problem = make("p", { class: "problem", role: "alert" });
  const bar = make("progress", { max: 1, value: 0, "aria-label": words.score_progress });
  const stopButton = make("button", { class: "quiet", text: words.stop, on: { click: stop } });
  const progress = make("span", { class: "running" }, bar, stopButton);
  const written = make("button", { class: "quiet", text: words.score_written, on: { click: takeWritten } });
  const sample = make("button", { class: "quiet", text: words.score_example, on: { click: () => setText(example(models[0])) } });
  const add = make("button", { class: "quiet", text: words.score_add, on: { click: addModel } });
  const panels = make("div", { class: "panels" });
  const surprises = make("div", { class: "panels" });
  const rows = make("tbody");
  const head = ["score_model", "score_letter", "score_p", "score_bits", "score_sum"].map((key) => make("th", { scope: "col", text: words[key] }));
  const account = make("table", { class: "account" }, make("thead", {}, make("tr", {}, ...head)), rows);
  const chartBox = make("div");
  const legend = keep(make("span", { class: "scale", "aria-hidden": "true" }, make("span", { text: "0 bits" }), make("i"), make("span", { text: "8+" })));
  const chart = ledger(chartBox, {
    label: words.score_ledger, unitX: words.score_axis_characters, unitY: words.score_axis_bits, onPoint: (place) => point(place),
  });
  element.replaceChildren(
    make("div", { class: "score" },
      make("div", { class: "ask" },
        make("label", { for: "score-text", text: words.score_text }), box,
        make("div", { class: "tools" }, sample, written, add, progress, count), problem),
      make("div", { class: "about" }, make("span", { class: "muted", text: words.score_colours }), legend),
      panels, account, make("h3", { text: words.score_ledger }), chartBox, make("h3", { text: words.score_surprises }), surprises));

  // ── Models ───────────────────────────────────────────────────────────────────────────────────────
  const titleOf = (model) => bundled.find(([, name]) => name === model)?.[0] ?? model;

  function column(model, i) {
    const known = [...bundled, ...[state.run?.model, model].filter((name) => name && !bundled.some(([, other]) => other === name)).map((name) => [name, name])];
    const unique = [...new Map(known.map(([title, name]) => [name, title]))];
    const choice = make("select", { "aria-label": words.model, on: { change: () => choose(i, choice.value) } },
      ...unique.map(([name, title]) => make("option", { value: name, text: title, ...(name === model && { selected: "" }) })));
    const away = make("button", { class: "quiet away", text: "×", title: words.score_remove, "aria-label": words.score_remove, on: { click: () => remove(i) } });
    const top = make("div", { class: "top" }, make("i", { class: `key series-${i + 1}`, "aria-hidden": "true" }), choice, ...(models.length > 1 ? [away] : []));
    return { model, reading: null, job: null, panel: panel({ id: `score-${i}`, top, onPoint: point }) };
  }

  // Builds the columns anew; what was scored of this text is taken over.
  function build() {
    const before = columns;
    for (const { job } of before) job?.abort();
    columns = models.map(column);
    for (const grid of [panels, surprises]) grid.style.setProperty("--columns", models.length);
    panels.replaceChildren(...columns.map(({ panel: { node } }) => node));
    const titled = (list, i) => make("div", {}, ...(models.length > 1 ? [make("p", { class: "surprises-of" }, make("i", { class: `key series-${i + 1}`, "aria-hidden": "true" }),
      keep(make("span", { text: titleOf(models[i]) })))] : []), list);
    surprises.replaceChildren(...columns.map(({ panel: { surprises: list } }, i) => titled(list, i)));
    for (const one of columns) {
      const same = before.find(({ model, reading }) => model === one.model && reading?.figures && reading.text === box.value);
      if (same) { one.reading = same.reading; one.panel.open(one.reading); one.panel.grow(); }
    }
    add.hidden = models.length >= MOST_MODELS;
    score();
  }

  const choose = (i, model) => { models[i] = model; build(); panels.querySelectorAll("select")[i].focus(); };
  const remove = (i) => { models.splice(i, 1); build(); add.focus(); };
  function addModel() {
    const next = bundled.map(([, name]) => name).find((name) => !models.includes(name));
    models.push(next ?? models[0]);
    build();
    panels.querySelectorAll("select")[models.length - 1].focus();
  }

  // ── Scoring ──────────────────────────────────────────────────────────────────────────────────────
  function setText(text) {
    box.value = text;
    chosen = false;
    build();
  }

  function takeWritten() {
    models[0] = state.run.model;
    setText(runs.textOf(state.run, state.shown));
  }

  function score() {
    const text = box.value;
    const length = [...text].length;
    count.textContent = format.say("score_count", { n: length.toLocaleString("en"), most: LONGEST.toLocaleString("en") });
    const sentences = [length > LONGEST && format.say("score_too_long", { n: length.toLocaleString("en"), most: LONGEST.toLocaleString("en") }),
      length > IN_LINK && length <= LONGEST && words.score_not_in_link];
    problem.textContent = sentences.filter(Boolean).join(" ");
    update({ linked: { ...state.linked, score: {
      models: models.join(","), text: length > IN_LINK || text === example(models[0]) ? null : text,
    } } });
    if (!chosen) at = null;
    for (const one of columns) {
      if (one.reading?.figures && one.reading.text === text) continue;
      one.job?.abort();
      one.job = one.reading = null;
      one.panel.empty();
      if (text && length <= LONGEST) read(one, text);
    }
    draw();
  }

  async function read(one, text) {
    const job = new AbortController();
    one.job = job;
    try {
      for await (const message of ask("score", { model: one.model, text }, job.signal)) {
        if ("problem" in message) throw new Refused(message.problem ?? words.broken);
        if (message.cells) {
          one.reading = { ...scored.begin(message), text };
          one.panel.open(one.reading);
        } else if (message.log_probabilities) scored.extend(one.reading, message.log_probabilities);
        else one.reading.figures = message;
        one.fresh = true;
        draw();
      }
      if (!one.reading?.figures) throw new Error("The answer ended early.");
    } catch (error) {
      if (job.signal.aborted) return; // who aborted it says why
      one.panel.tell(error instanceof Refused ? error.message : words.lost, () => read(one, text));
    }
    if (one.job === job) one.job = null;
    draw();
  }

  function stop() {
    for (const one of columns.filter(({ job }) => job)) {
      one.job.abort();
      one.job = null;
      if (one.reading) one.reading.stopped = one.fresh = true;
      const [done, all] = [one.reading?.done ?? 0, one.reading?.cells.length ?? 0].map((n) => n.toLocaleString("en"));
      one.panel.tell(one.reading ? format.say("score_stopped", { n: done, all }) : words.score_stopped_early, () => { one.panel.tell(""); read(one, box.value); });
    }
    draw();
  }

  // ── Pointing ─────────────────────────────────────────────────────────────────────────────────────
  function point(place, follow = true) {
    at = place;
    chosen = true;
    for (const one of columns) if (one.reading) one.panel.look(at, follow);
    draw();
  }

  const draw = eachFrame(() => {
    const first = columns[0]?.reading;
    for (const one of columns) {
      if (!one.fresh) continue;
      one.fresh = false;
      one.panel.grow();
    }
    if (!chosen && first?.figures) at = first.cells[scored.mostSurprising(first, 1)[0]]?.at ?? null;
    for (const one of columns) if (one.reading) one.panel.look(at, false);
    const running = columns.filter(({ job }) => job);
    progress.hidden = !running.length;
    const parts = columns.map(({ job, reading }) => (!job ? 1 : reading ? reading.done / Math.max(1, reading.cells.length) : 0));
    bar.value = parts.reduce((a, b) => a + b, 0) / Math.max(1, parts.length);
    drawAccount();
    const known = columns.map(({ reading }) => reading);
    chart.draw({
      length: Math.max(0, ...known.map((reading) => reading?.length ?? 0)), at, told: told(),
      series: known.map((reading) => (reading ? { points: scored.points(reading, POINTS), mark: markOf(reading) } : { points: [], mark: null })),
    });
  });

  function markOf(reading) {
    if (at === null || !reading.cells.length) return null;
    const index = scored.cellAt(reading, at);
    return index < reading.done ? [reading.cells[index].end, reading.sums[index + 1]] : null;
  }

  // What the table and the chart say of the place, a row for each model: [title, letter, p, bits, sum].
  const accounts = () => columns.filter(({ reading }) => reading).map(({ reading }) => {
    const index = at === null || !reading.cells.length ? -1 : scored.cellAt(reading, at);
    if (index === -1 || index >= reading.done) return [reading.title, "", "", "", ""];
    const cell = reading.cells[index];
    const name = nameOf(cell) + (cell.unknown === undefined ? "" : ` (${format.say(cell.unknown ? "score_read_as" : "score_skipped", { symbol: format.spoken(cell.unknown) })})`);
    const bits = reading.bits[index];
    return [reading.title, name, format.percent(2 ** -bits), bitsOf(bits), reading.sums[index + 1].toFixed(1)];
  });

  const told = () => accounts().map(([title, letter, p, bits, sum]) => (letter ? format.say("score_told", { title, letter, p, bits, sum }) : title)).join(" ");

  function drawAccount() {
    rows.replaceChildren(...accounts().map((cells, i) => make("tr", {}, ...cells.map((text, j) => (j
      ? keep(make("td", { text })) : make("th", { scope: "row" }, make("i", { class: `key series-${i + 1}`, "aria-hidden": "true" }), make("span", { class: "title", text })))))));
  }

  // ── Starting ─────────────────────────────────────────────────────────────────────────────────────
  let waiting = 0;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { chosen = false; score(); }, PAUSE);
  });
  const offerWritten = () => { written.disabled = !state.run || state.shown <= 0; };
  subscribe((_, patch) => { if ("run" in patch || "shown" in patch) offerWritten(); });
  offerWritten();
  box.value = link.get("text") ?? example(models[0]);
  build();
}

class Refused extends Error {}
