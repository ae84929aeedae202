// The Models tab: one prompt, several models: what each expects next in one table, what each generates with the same
// dice, how far back each looks, and the counts behind an n-gram's bar. The server computes the numbers
// (comparing.py).

import * as characters from "../core/characters.js";
import * as compare from "../core/compare.js";
import { eachFrame, keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { models as bundled } from "../core/pagedata.js";
import { words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import { requestSettings, state, subscribe, truncation, update } from "../core/store.js";
import { comparedTable } from "../parts/compared.js";
import * as comparing from "../parts/comparing.js";
import { evidencePart } from "../parts/evidence.js";
import * as modelnames from "../parts/modelnames.js";
import { play } from "../parts/player.js";
import { reaches } from "../parts/reaches.js";
import { sameTexts } from "../parts/sametexts.js";
import { styleSheet } from "../parts/stylesheet.js";
import { TITLES, yardsticks } from "../parts/yardsticks.js";

/** @typedef {import("../parts/comparing.js").Known} Known */
/** @typedef {import("../core/compare.js").Expected} Expected */

const MAX_MODELS = 8;
const DEFAULT = ["ngram", "rnn", "gru", "lstm", "transformer"].map((kind) => `shakespeare-${kind}`);
const MAX_LENGTH = 200; // characters of a text, at most
const PAUSE = 250; // milliseconds after a key, or a move of a setting
const SHOWN_BEFORE = 18; // characters of a text shown before the selected place

/** @param {GradioParts} gradio */
export async function mount({ element }) {
  await styleSheet("models");
  const link = new URLSearchParams(location.search);
  const availableModels = () => bundled.map(([, name]) => name); // includes models opened since
  const defaults = DEFAULT.filter((name) => availableModels().includes(name));
  const usualModels = defaults.length ? defaults : availableModels().slice(0, 5);
  const linkedModels = (link.get("compare") ?? "").split(",").filter(Boolean);
  const models = linkedModels.length ? linkedModels.slice(0, MAX_MODELS) : [...usualModels];
  /** @type {Known[]} */
  let columns = [];
  /** @type {{ column: number, at: number } | null} */
  let place = null; // in a text; null for the end of the prompt
  /** @type {string | null} */
  let symbol = null; // the symbol pointed at
  let askedPrompt = ""; // the prompt of the last requests
  /** @type {Map<Run, (Run | null)[]>} */
  let readings = new Map(); // for each text, how the other models read it
  /** @type {Run | null} */
  let reading = null; // the text being read
  /** @type {WeakMap<Run, { step: number, expected: Expected }>} */
  const orders = new WeakMap();

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const box = keep(make("textarea", { id: "models-prompt", rows: 1, spellcheck: "false", autocapitalize: "off", autocomplete: "off" }));
  const addButton = make("button", { class: "quiet", text: words.models_add, on: { click: addModel } });
  const placeText = make("p", { class: "where", role: "status" });
  const backButton = make("button", { class: "link", text: words.models_back, hidden: "", on: { click: () => lookAt(null) } });
  const table = comparedTable({ onPoint: (name) => { symbol = name; draw(); }, onPick: pick, onWidth: () => draw() });
  const dice = make("p", { class: "muted" });
  const placeProbabilities = keep(make("p", { class: "told-of", role: "status" }));
  const texts = sameTexts({ onPoint: (column, at) => lookAt({ column, at }) });
  const reachPart = reaches({ titleOf: modelnames.called, key, given: link.get("metric"), onMetric: updateLink });
  const evidence = evidencePart({ titleOf: modelnames.called, given: link.get("evidence"), onUnusable: (value) => { reportIgnored("evidence", value); updateLink(); } });
  const ignored = make("div", { role: "alert" });
  element.replaceChildren(make("div", { class: "models" },
    make("p", { class: "point", text: words.models_point }),
    ...(linkedModels.length > MAX_MODELS ? [make("p", { class: "problem", role: "alert" }, make("span", { text: format.sentence("models_many", { n: linkedModels.length, most: MAX_MODELS }) }))] : []),
    ignored,
    make("div", { class: "prompt-of" }, make("label", { for: "models-prompt", text: words.prompt }), box, addButton),
    make("div", { class: "looked" }, placeText, backButton, make("span", { class: "axis muted", text: words.models_axis }), table.save),
    make("div", { class: "scroll" }, table.node), table.about,
    make("h2", { text: words.models_texts }), dice, placeProbabilities, texts.node,
    make("h2", { text: words.models_reach }), reachPart.node,
    make("h2", { text: words.models_evidence }), evidence.node));

  /** @param {number} i */
  function key(i) {
    return make("i", { class: `key line-${i + 1}`, "aria-hidden": "true" });
  }

  // ── The list of models ───────────────────────────────────────────────────────────────────────────
  function build() {
    const oldColumns = columns;
    oldColumns.forEach(comparing.halt);
    columns = models.map((model) => {
      const previous = oldColumns.find((column) => column.model === model);
      return previous ?? comparing.begin(model);
    });
    const titleNode = (/** @type {string} */ model) => keep(make("span", { class: "title", "data-model": model, text: modelnames.called(model) }));
    table.build(models.map(makeHeading), TITLES.map((name) => ({ top: make("div", { class: "top" }, make("span", { text: words[name] })), away: null })));
    texts.build(models.map((model, i) => make("div", { class: "top" }, key(i), titleNode(model))));
    addButton.hidden = models.length >= MAX_MODELS;
    readings = new Map();
    [place, reading] = [null, null];
    refresh();
  }

  /** @param {string} model @param {number} i */
  function makeHeading(model, i) {
    const names = new Set([...availableModels(), ...(state.run ? [state.run.model] : []), ...models]);
    const choice = make("select", { "aria-label": words.models_model, on: { change: () => change(() => { models[i] = choice.value; }, i) } },
      ...[...names].map((name) => make("option", { value: name, "data-model": name, text: modelnames.called(name) })));
    choice.value = model;
    if (models.length < 2) return { top: make("div", { class: "top" }, key(i), choice), away: null };
    const removeButton = make("button", {
      class: "quiet away", text: "×", title: words.models_remove, "aria-label": `${words.models_remove}: ${modelnames.called(model)}`,
      on: { click: () => change(() => models.splice(i, 1), 0) },
    });
    return { top: make("div", { class: "top" }, key(i), choice), away: removeButton };
  }

  // Changes the list and focuses the model at `i`.
  /** @param {() => void} act @param {number} i */
  function change(act, i) {
    act();
    build();
    /** @type {HTMLElement} */ (table.node.querySelectorAll("select")[i])?.focus();
  }

  function addModel() {
    const nextModel = availableModels().find((name) => !models.includes(name)) ?? availableModels()[0];
    change(() => models.push(nextModel), models.length);
  }

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  // Requests what is missing while the tab is open.
  function refresh() {
    updateLink();
    if (state.tab !== "models" || !state.opened) return;
    const { prompt, bias, length } = state.settings;
    if (document.activeElement !== box) box.value = prompt;
    if (prompt !== askedPrompt) {
      [place, reading] = [null, null];
      readings = new Map();
    }
    askedPrompt = prompt;
    const settings = { ...requestSettings(), length: Math.min(length, MAX_LENGTH), picks: "", stop: "none" };
    columns.forEach((column, i) => comparing.requestMissing(column, i, { model: column.model, prompt, bias, settings: { ...settings, model: column.model } }, draw));
    draw();
  }

  function updateLink() {
    const listedModels = models.join() === usualModels.join() ? null : models.join(",");
    const linked = { compare: listedModels, evidence: evidence.linked(), metric: reachPart.linked() };
    update({ linked: { ...state.linked, models: linked } });
  }

  // The run and step with which a model reads the text at the place; it has already read its own text.
  /** @param {number} i @returns {[Run, number] | null} */
  function runAtPlace(i) {
    if (!place) {
      const { run } = columns[i];
      return run && [run, run.steps.length];
    }
    const text = columns[place.column]?.text;
    const run = text && (i === place.column ? text : readings.get(text)?.[i]);
    const step = run ? compare.stepAt(run, place.at) : null;
    return run && step !== null ? [run, step] : null;
  }

  // Its expectation there at T = 1 without truncation, which orders the symbols so that no bar jumps when the slider
  // moves.
  /** @param {number} i @returns {Expected | null} */
  function expectationAtOne(i) {
    const at = runAtPlace(i);
    if (!at) return null;
    const [run, step] = at;
    const cached = orders.get(run);
    if (cached?.step === step) return cached.expected;
    const expected = compare.expectationAt(run, step, { temperature: 1, topK: 0, topP: 1, minP: 0, bias: [] });
    orders.set(run, { step, expected });
    return expected;
  }

  // Lets every other model read a text, one after another; one that failed is retried when the text is pointed at
  // again.
  /** @param {Run} text @param {number} ownColumn */
  async function read(text, ownColumn) {
    const results = readings.get(text) ?? columns.map(() => null);
    readings.set(text, results);
    if (reading === text) return;
    reading = text;
    for (const [i, { model }] of columns.entries()) {
      if (i === ownColumn || results[i]) continue;
      results[i] = await comparing.readText(model, runs.textOf(text), i);
      if (reading !== text) return;
      draw();
    }
    reading = null;
  }

  /** @param {{ column: number, at: number } | null} newPlace */
  function lookAt(newPlace) {
    place = newPlace;
    const text = newPlace && columns[newPlace.column].text;
    if (newPlace && text?.stopped) read(text, newPlace.column);
    draw();
  }

  /** @param {string} name */
  function pick(name) {
    evidence.pick(name);
    updateLink();
    draw();
  }

  // Reports an unusable link parameter.
  /** @param {string} name @param {string} value */
  function reportIgnored(name, value) {
    ignored.append(make("p", { class: "problem", text: format.sentence("link_ignored", { name, value: characters.limitMarks(value) }) }));
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  const draw = eachFrame(() => {
    const settings = { ...truncation(), bias: [] };
    const expectations = columns.map((_, i) => {
      const at = runAtPlace(i);
      return at && compare.expectationAt(...at, settings, state.settings.bias);
    });
    const figures = columns.map((column) => column.figures);
    const ordered = columns.flatMap((_, i) => expectationAtOne(i) ?? []);
    const counting = figures.find((figure) => figure?.counting)?.counting ?? null;
    table.draw(
      columns.map((column, i) => ({ title: modelnames.called(column.model), expected: expectations[i], figures: figures[i], nats: figures[i]?.nats ?? null, best: column.model === counting, tokens: column.run?.unit === "token" && !column.run.byCharacters })),
      yardsticks(columns),
      { symbols: compare.order(ordered, table.room()), specials: new Set(ordered.flatMap(({ special }) => [...special])), at: symbol, came: actualNext() });
    drawWhere(expectations);
    columns.forEach((column, i) => {
      texts.draw(i, column.text, place?.column === i ? place.at : -1);
      texts.tell(i, column.problem, column.problem ? refresh : undefined);
    });
    dice.textContent = format.say("models_dice", { seed: state.settings.seed, t: format.number(state.settings.temperature) });
    reachPart.draw(columns);
    const selectedText = place && columns[place.column]?.text;
    if (place && selectedText?.stopped && !readings.has(selectedText)) read(selectedText, place.column); // it was still being generated when pointed at
    if (state.tab === "models") reachPart.look();
    const symbols = columns.find((column) => column.model === counting || column.figures?.counting === counting)?.run?.symbols ?? [];
    evidence.draw({ model: counting, none: figures.some(Boolean), before: placeContext().before, symbols, came: actualNext() });
  });

  // The text before the place, and the character there.
  function placeContext() {
    const run = place && columns[place.column]?.text;
    if (!place || !run) return { before: state.settings.prompt, here: "" };
    const text = [...runs.textOf(run)];
    const cell = runs.cells(run).find(({ from }) => from === compare.stepAt(run, place?.at ?? 0));
    return { before: text.slice(0, place.at).join(""), here: cell?.text ?? "" };
  }

  const actualNext = () => placeContext().here || null;

  let drawnWhere = "";
  /** @param {(Expected | null)[]} expectations */
  function drawWhere(expectations) {
    const { before, here: nextCharacter } = placeContext();
    const tail = [...before].slice(-SHOWN_BEFORE);
    const shownText = `${tail.length < [...before].length ? "…" : ""}${tail.join("").replace(/\n/g, "↵")}`;
    const { temperature } = state.settings;
    const shares = expectations.map((expectation) => (expectation && nextCharacter ? format.percent(expectation.by.get(nextCharacter) ?? 0) : "…"));
    if (backButton.hidden === Boolean(place)) backButton.hidden = !place;
    const content = JSON.stringify([state.language, shownText, nextCharacter, temperature, shares]);
    if (content === drawnWhere) return; // screen readers may repeat what is only written again
    drawnWhere = content;
    placeText.replaceChildren(...format.rich(nextCharacter ? "models_where_text" : "models_where", {
      text: keep(make("code", { text: shownText })),
      symbol: keep(make("code", { text: format.seen(nextCharacter || " ") })),
    }));
    if (temperature !== 1) placeText.append(" ", make("span", { class: "hot", text: `T = ${format.number(temperature)}` })); // Play's temperature; the nats are at T = 1
    placeProbabilities.replaceChildren(...(nextCharacter ? [make("span", { text: `${format.called(nextCharacter)}:` }), ...shares.map((share, i) => make("span", {}, key(i), share))] : []));
  }

  // ── Starting ─────────────────────────────────────────────────────────────────────────────────────
  let timer = 0;
  const refreshSoon = () => { clearTimeout(timer); timer = setTimeout(refresh, PAUSE); };
  // Stops all requests when the tab is left.
  function leave() {
    clearTimeout(timer);
    columns.forEach(comparing.halt);
    reachPart.stop();
  }

  box.addEventListener("input", (event) => {
    if (/** @type {InputEvent} */ (event).isComposing) return;
    play.retype(box.value);
    play.show();
  });
  box.addEventListener("compositionend", () => { play.retype(box.value); play.show(); });
  subscribe((_, patch) => {
    if ("settings" in patch || "opened" in patch) refreshSoon();
    if ("tab" in patch && state.tab === "models") refresh();
    if ("tab" in patch && state.tab !== "models") leave();
    if (!("language" in patch)) return;
    for (const node of element.querySelectorAll("[data-model]")) node.textContent = modelnames.called(node.getAttribute("data-model") ?? "");
    draw();
  });
  if (reachPart.unusable) reportIgnored("metric", reachPart.unusable);
  build();
}
