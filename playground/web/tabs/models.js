// The Models tab: one prompt, any models. What each expects next in one table, what each writes with the same dice, how far back
// each looks, and the counts behind an n-gram's bar. The numbers come from the server (comparing.py).

import * as compare from "../core/compare.js";
import { eachFrame, keep, make, styleSheet } from "../core/dom.js";
import * as format from "../core/format.js";
import { models as bundled } from "../core/given.js";
import { words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import { asked, state, subscribe, truncation, update } from "../core/store.js";
import { comparedTable } from "../parts/compared.js";
import * as comparing from "../parts/comparing.js";
import { evidencePart } from "../parts/evidence.js";
import * as modelnames from "../parts/modelnames.js";
import { play } from "../parts/player.js";
import { reaches } from "../parts/reaches.js";
import { sameTexts } from "../parts/sametexts.js";

/** @typedef {import("../parts/comparing.js").Known} Known */
/** @typedef {import("../core/compare.js").Expected} Expected */

const MOST = 8;
const DEFAULT = ["ngram", "rnn", "gru", "lstm", "transformer"].map((kind) => `shakespeare-${kind}`);
const WRITTEN = 200; // characters of a text, at most
const PAUSE = 250; // milliseconds after a key, or a move of a setting
const YARDSTICKS = ["models_yardstick_count", "models_yardstick_letters", "models_yardstick_uniform"];
const SHOWN = 18; // characters of a text before the place that is looked at

/** @param {GradioParts} gradio */
export async function mount({ element }) {
  await styleSheet("models");
  const link = new URLSearchParams(location.search);
  const there = () => bundled.map(([, name]) => name); // more, once others were opened
  const some = DEFAULT.filter((name) => there().includes(name));
  const usual = some.length ? some : there().slice(0, 5);
  const given = (link.get("compare") ?? "").split(",").filter(Boolean);
  const models = given.length ? given.slice(0, MOST) : [...usual];
  /** @type {Known[]} */
  let known = [];
  /** @type {{ column: number, at: number } | null} */
  let place = null; // in a text; else it is the end of the prompt
  /** @type {string | null} */
  let symbol = null; // that is pointed at
  let of = ""; // the prompt that was asked about
  let picked = link.get("evidence"); // the symbol whose evidence is shown; else it is the likeliest
  /** @type {Map<Run, (Run | null)[]>} */
  let over = new Map(); // of a text, how each other model reads it
  /** @type {Run | null} */
  let reading = null; // the text that they are reading
  /** @type {WeakMap<Run, { step: number, expected: Expected }>} */
  const orders = new WeakMap();

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const box = keep(make("textarea", { id: "models-prompt", rows: 1, spellcheck: "false", autocapitalize: "off", autocomplete: "off" }));
  const add = make("button", { class: "quiet", text: words.models_add, on: { click: addModel } });
  const where = make("p", { class: "where", role: "status" });
  const back = make("button", { class: "link", text: words.models_back, hidden: "", on: { click: () => lookAt(null) } });
  const table = comparedTable({ onPoint: (name) => { symbol = name; draw(); }, onPick: pick, onWidth: () => draw() });
  const dice = make("p", { class: "muted" });
  const here = keep(make("p", { class: "told-of", role: "status" }));
  const texts = sameTexts({ onPoint: (column, at) => lookAt({ column, at }) });
  const far = reaches({ titleOf: modelnames.called, key });
  const behind = evidencePart({ titleOf: modelnames.called });
  element.replaceChildren(make("div", { class: "models" },
    make("p", { class: "point", text: words.models_point }),
    ...(given.length > MOST ? [make("p", { class: "problem", role: "alert" }, make("span", { text: format.sentence("models_many", { n: given.length, most: MOST }) }))] : []),
    make("div", { class: "prompt-of" }, make("label", { for: "models-prompt", text: words.prompt }), box, add),
    make("div", { class: "looked" }, where, back, make("span", { class: "axis muted", text: words.models_axis }), table.save),
    make("div", { class: "scroll" }, table.node),
    make("h2", { text: words.models_texts }), dice, here, texts.node,
    make("h2", { text: words.models_reach }), far.node,
    make("h2", { text: words.models_evidence }), behind.node));

  /** @param {number} i */
  function key(i) {
    return make("i", { class: `key line-${i + 1}`, "aria-hidden": "true" });
  }

  // ── The list of models ───────────────────────────────────────────────────────────────────────────
  function build() {
    const before = known;
    before.forEach(comparing.halt);
    known = models.map((model) => {
      const same = before.find((one) => one.model === model);
      return same ?? comparing.begin(model);
    });
    const named = (/** @type {string} */ model) => keep(make("span", { class: "title", "data-model": model, text: modelnames.called(model) }));
    table.build(models.map(top), YARDSTICKS.map((name) => ({ top: make("div", { class: "top" }, make("span", { text: words[name] })), away: null })));
    texts.build(models.map((model, i) => make("div", { class: "top" }, key(i), named(model))));
    add.hidden = models.length >= MOST;
    over = new Map();
    [place, reading] = [null, null];
    refresh();
  }

  /** @param {string} model @param {number} i */
  function top(model, i) {
    const names = new Set([...there(), ...(state.run ? [state.run.model] : []), ...models]);
    const choice = make("select", { "aria-label": words.models_model, on: { change: () => change(() => { models[i] = choice.value; }, i) } },
      ...[...names].map((name) => make("option", { value: name, "data-model": name, text: modelnames.called(name) })));
    choice.value = model;
    if (models.length < 2) return { top: make("div", { class: "top" }, key(i), choice), away: null };
    const away = make("button", {
      class: "quiet away", text: "×", title: words.models_remove, "aria-label": `${words.models_remove}: ${modelnames.called(model)}`,
      on: { click: () => change(() => models.splice(i, 1), 0) },
    });
    return { top: make("div", { class: "top" }, key(i), choice), away };
  }

  // Changes the list; the focus goes to the model at `i`.
  /** @param {() => void} act @param {number} i */
  function change(act, i) {
    act();
    build();
    /** @type {HTMLElement} */ (table.node.querySelectorAll("select")[i])?.focus();
  }

  function addModel() {
    const next = there().find((name) => !models.includes(name)) ?? there()[0];
    change(() => models.push(next), models.length);
  }

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  // What is missing is asked for, where the tab is looked at.
  function refresh() {
    describe();
    if (state.tab !== "models" || !state.opened) return;
    const { prompt, bias, length } = state.settings;
    if (document.activeElement !== box) box.value = prompt;
    if (prompt !== of) {
      [place, reading] = [null, null];
      over = new Map();
    }
    of = prompt;
    const settings = { ...asked(), length: Math.min(length, WRITTEN), picks: "", stop: "none" };
    known.forEach((one, i) => comparing.bring(one, i, { model: one.model, prompt, bias, settings: { ...settings, model: one.model } }, draw));
    draw();
  }

  function describe() {
    const own = models.join() === usual.join() ? null : models.join(",");
    const linked = { compare: own, evidence: picked };
    update({ linked: { ...state.linked, models: linked } });
  }

  // The way in which a model reads the text where the place is; its own text it has read already.
  /** @param {number} i @returns {[Run, number] | null} */
  function placed(i) {
    if (!place) {
      const { run } = known[i];
      return run && [run, run.steps.length];
    }
    const text = known[place.column]?.text;
    const run = text && (i === place.column ? text : over.get(text)?.[i]);
    const step = run ? compare.stepAt(run, place.at) : null;
    return run && step !== null ? [run, step] : null;
  }

  // What it expects there at T = 1, whole: by that the symbols are ordered, so that no bar jumps under the slider.
  /** @param {number} i @returns {Expected | null} */
  function atOne(i) {
    const at = placed(i);
    if (!at) return null;
    const [run, step] = at;
    const before = orders.get(run);
    if (before?.step === step) return before.expected;
    const expected = compare.expected(run, step, { temperature: 1, topK: 0, topP: 1, minP: 0, bias: [] });
    orders.set(run, { step, expected });
    return expected;
  }

  // Every other model reads a text, one after the other; one that could not is asked again when somebody points there again.
  /** @param {Run} text @param {number} own */
  async function read(text, own) {
    const found = over.get(text) ?? known.map(() => null);
    over.set(text, found);
    if (reading === text) return;
    reading = text;
    for (const [i, { model }] of known.entries()) {
      if (i === own || found[i]) continue;
      found[i] = await comparing.readOver(model, runs.textOf(text), i);
      if (reading !== text) return;
      draw();
    }
    reading = null;
  }

  /** @param {{ column: number, at: number } | null} next */
  function lookAt(next) {
    place = next;
    const text = next && known[next.column].text;
    if (next && text?.stopped) read(text, next.column);
    draw();
  }

  /** @param {string} name */
  function pick(name) {
    picked = name;
    describe();
    draw();
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  const draw = eachFrame(() => {
    const settings = { ...truncation(), bias: [] };
    const all = known.map((_, i) => {
      const at = placed(i);
      return at && compare.expected(...at, settings, state.settings.bias);
    });
    const figures = known.map((one) => one.figures);
    const first = figures.findIndex((one) => one?.frequencies);
    const measured = figures[first] ?? figures.find(Boolean) ?? null;
    const symbolsOf = known[first]?.run?.symbols ?? known.find(({ run }) => run)?.run?.symbols ?? [];
    const letters = measured?.frequencies ? compare.listed(symbolsOf, measured.frequencies) : null;
    const uniform = symbolsOf.length ? compare.listed(symbolsOf, symbolsOf.map(() => 1 / symbolsOf.length)) : null;
    const ordered = known.flatMap((_, i) => atOne(i) ?? []);
    const counting = figures.find((one) => one?.counting)?.counting ?? null;
    const counted = models.includes(counting ?? "") ? null : measured?.count ?? null; // a row of its own, where the n-gram has none
    table.draw(
      known.map((one, i) => ({ title: modelnames.called(one.model), expected: all[i], figures: figures[i], nats: figures[i]?.nats ?? null, best: one.model === counting })),
      [{ title: String(words.models_yardstick_count), expected: null, figures: measured, nats: counted, best: false, absent: counted === null },
        { title: String(words.models_yardstick_letters), expected: letters, figures: measured, nats: measured?.letters ?? null, best: false },
        { title: String(words.models_yardstick_uniform), expected: uniform, figures: measured, nats: measured?.uniform ?? null, best: false, note: symbolsOf.length ? `V = ${format.grouped(symbolsOf.length)}` : "" }],
      { symbols: compare.order(ordered, table.room()), specials: new Set(ordered.flatMap(({ special }) => [...special])), at: symbol, came: came() });
    drawWhere(all);
    known.forEach((one, i) => {
      texts.draw(i, one.text, place?.column === i ? place.at : -1);
      texts.tell(i, one.problem, one.problem ? refresh : undefined);
    });
    dice.textContent = format.say("models_dice", { seed: state.settings.seed, t: format.number(state.settings.temperature) });
    far.draw(known, counting);
    const looked = place && known[place.column]?.text;
    if (place && looked?.stopped && !over.has(looked)) read(looked, place.column); // it was still written when somebody pointed there
    if (state.tab === "models") far.look();
    const symbols = known.find((one) => one.model === counting || one.figures?.counting === counting)?.run?.symbols ?? [];
    behind.draw({ model: counting, none: figures.some(Boolean), before: around().before, symbols, picked: picked ?? came() });
  });

  // The text before the place, and the character that stands there.
  function around() {
    const run = place && known[place.column]?.text;
    if (!place || !run) return { before: state.settings.prompt, here: "" };
    const text = [...runs.textOf(run)];
    const cell = runs.cells(run).find(({ from }) => from === compare.stepAt(run, place?.at ?? 0));
    return { before: text.slice(0, place.at).join(""), here: cell?.text ?? "" };
  }

  function came() {
    const { here } = around();
    return here || null;
  }

  /** @param {(Expected | null)[]} all */
  function drawWhere(all) {
    const { before, here: stands } = around();
    const tail = [...before].slice(-SHOWN);
    const shown = `${tail.length < [...before].length ? "…" : ""}${tail.join("").replace(/\n/g, "↵")}`;
    where.replaceChildren(...format.rich(stands ? "models_where_text" : "models_where", {
      text: keep(make("code", { text: shown })), symbol: keep(make("code", { text: format.seen(stands || " ") })),
    }));
    if (back.hidden === Boolean(place)) back.hidden = !place;
    here.replaceChildren(...(stands ? [make("span", { text: `${format.called(stands)}:` }), ...all.map((one, i) => make("span", {}, key(i), one ? format.percent(one.by.get(stands) ?? 0) : "…"))] : []));
  }

  // ── Starting ─────────────────────────────────────────────────────────────────────────────────────
  let waiting = 0;
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, PAUSE);
  };
  // Nothing is asked for where nobody looks.
  function leave() {
    clearTimeout(waiting);
    known.forEach(comparing.halt);
    far.stop();
  }

  box.addEventListener("input", (event) => {
    if (/** @type {InputEvent} */ (event).isComposing) return;
    play.retype(box.value);
    play.show();
  });
  box.addEventListener("compositionend", () => { play.retype(box.value); play.show(); });
  subscribe((_, patch) => {
    if ("settings" in patch || "opened" in patch) later();
    if ("tab" in patch && state.tab === "models") refresh();
    if ("tab" in patch && state.tab !== "models") leave();
    if (!("language" in patch)) return;
    for (const node of element.querySelectorAll("[data-model]")) node.textContent = modelnames.called(node.getAttribute("data-model") ?? "");
    draw();
  });
  build();
}
