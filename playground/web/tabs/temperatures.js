// The Temperatures tab: Play's current place at every temperature; one prompt and set of dice at several
// temperatures; and a thousand draws. The columns come from the server (temperatures.py); all else is computed here
// from Play's logits.

import { receiveAnswer } from "../core/answer.js";
import * as client from "../core/client.js";
import * as columns from "../core/columns.js";
import { eachFrame, keep, make } from "../dom.js";
import * as characters from "../core/characters.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { belongsTo, placeOf } from "../core/place.js";
import * as runs from "../core/runs.js";
import { requestSettings as askedSettings, setTemperature, state, subscribe, truncation, update } from "../core/store.js";
import { afterHeading } from "../parts/afterheading.js";
import { columnsPart, comparedColumn } from "../parts/columns.js";
import { landscapePart } from "../parts/landscape.js";
import { showMessage } from "../parts/message.js";
import { fetchRows, lacksRow } from "../parts/rows.js";
import { newSeed } from "../parts/seed.js";
import { seedsPart } from "../parts/seeds.js";
import { styleSheet } from "../parts/stylesheet.js";
import { MAX_DRAWS, thousandPart } from "../parts/thousand.js";
import { waysPart } from "../parts/ways.js";
import { whyPart } from "../parts/why.js";

const TAB = "temperatures";
const MAX_LENGTH = 600; // symbols of a column
const PAUSE = 300; // milliseconds after a change before the columns are regenerated
const channel = client.beside("temperatures");

/** @typedef {import("../core/columns.js").Column} Column */

/** @param {GradioParts} gradio */
export async function mount({ element }) {
  await Promise.all(["heatmap", "curves", "temperatures"].map(styleSheet));
  const link = new URLSearchParams(location.search);
  const linkedList = link.get("temperatures") ?? "";
  const parsedList = columns.parse(linkedList);
  let temperatures = parsedList ?? columns.DEFAULT_TEMPERATURES;
  const linkedDraws = link.get("draws");
  const areDrawsValid = linkedDraws === null || (/^\d+$/.test(linkedDraws) && Number(linkedDraws) <= MAX_DRAWS);
  let draws = areDrawsValid ? Number(linkedDraws) : 0;
  /** @type {Column[]} */
  let list = [];
  let answeredQuestion = ""; // the request that the columns answer
  /** @type {object | null} */
  let current = null;
  /** @type {{ column: number, step: number } | null} */
  let explainedPlace = null; // the place being explained
  /** @type {{ column: number, step: number } | null} */
  let chosenPlace = null; // the place the user chose; else where the second column departs from the first

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const { node: heading, context } = afterHeading();
  keep(context);
  const value = keep(make("strong", { class: "value" }));
  const landscape = landscapePart({ choose: setTemperature });
  const ways = waysPart();
  const box = keep(make("input", { id: "temperatures-list", type: "text", autocomplete: "off", spellcheck: "false", inputmode: "text" }));
  const problem = make("p", { class: "problem", role: "alert" });
  const status = make("p", { class: "status", role: "status" });
  const about = make("span", { class: "muted about" });
  const stop = make("button", { class: "quiet", text: words.stop, on: { click: () => { halt(); tell(words.temperatures_stopped, write); } } });
  const noListNote = make("p", { class: "note", text: words.temperatures_no_list, hidden: "" });
  const texts = columnsPart({ point: (column, step) => explainPlace({ column, step }, true) });
  const whyView = whyPart();
  const thousand = thousandPart({ counted: (n) => { draws = n; updateLink(); } });
  thousand.begin(draws);
  const seedsView = seedsPart({ question: requestData, choose: setTemperature });
  element.replaceChildren(make("div", { class: "temperatures" },
    make("section", { class: "top" },
      make("p", { class: "point", text: words.temperatures_point }),
      make("div", { class: "head" }, heading, value),
      make("div", { class: "pair" }, landscape.node, make("div", { class: "beside" }, make("h3", { text: words.temperatures_ways }), ways.node))),
    make("section", {},
      make("h2", { text: words.temperatures_columns }),
      make("div", { class: "tools" },
        make("label", { for: "temperatures-list", text: words.temperatures_list }), box,
        make("button", { class: "quiet", text: words.temperatures_reseed, on: { click: newSeed } }), stop, about),
      problem, status, texts.node,
      make("p", { class: "signs muted" }, make("span", { class: "parts", text: words.temperatures_key_parts }), make("span", { class: "loop", text: words.temperatures_key_loop }), make("span", { class: "unknown", text: words.temperatures_key_unknown })),
      noListNote, whyView.node, make("h3", { text: words.temperatures_against }), seedsView.node),
    make("section", {}, make("h2", { text: words.temperatures_thousand }), thousand.node)));

  // ── The place ────────────────────────────────────────────────────────────────────────────────────
  // Where generation would start: a chosen place, else the end of the prompt.
  function startingPlace() {
    const { run, here, cursor, settings } = state;
    if (!run || !belongsTo(run, settings)) return null;
    const at = Math.min(here ? cursor : run.prompted, run.steps.length);
    const logits = runs.logitsAt(run, at);
    if ("length" in logits && !logits.length) return null; // a stored version without logits
    const before = run.unit === "token" ? runs.pending(run, at) : "";
    return { run, at, logits, symbols: run.symbols, special: run.special, unit: run.unit, before };
  }

  const isOpen = () => state.tab === TAB;
  const draw = eachFrame(() => {
    seedsView.follow(state.settings.temperature, isOpen());
    if (!isOpen()) return;
    const now = startingPlace();
    const settings = truncation();
    value.textContent = `T = ${format.number(settings.temperature)}`;
    value.style.color = format.heat(settings.temperature);
    if (!now) return;
    const text = now.at >= now.run.prompted ? runs.writingOf(now.run, now.at) : runs.promptUntil(now.run, now.at);
    const tail = characters.lastOf(text, 24).join("");
    context.textContent = characters.isVisible(text) ? `“${tail.length < text.length ? "…" : ""}${characters.limitMarks(tail).replace(/\n/g, "↵")}▮”` : words.start_of_text;
    landscape.show(now, settings);
    ways.show(now, settings);
    thousand.show(now, settings, state.settings.seed);
    drawColumns();
  });

  // ── The columns ──────────────────────────────────────────────────────────────────────────────────
  // The place to ask about, regardless of the page's temperature.
  function requestData() {
    const now = startingPlace();
    if (!now) return null;
    const { prompt, written: before } = placeOf(now.run, now.at);
    const length = Math.min(MAX_LENGTH, state.settings.length);
    return { settings: { ...askedSettings(), prompt, length, temperature: 1, picks: "" }, written: before, knows: runs.knows(now.run.model) };
  }

  function question() {
    const data = requestData();
    return data && { ...data, temperatures: temperatures.map(columns.plain) };
  }

  let timer = 0;
  function requestSoon() {
    clearTimeout(timer);
    if (!isOpen()) return;
    const key = JSON.stringify(question());
    if (key !== answeredQuestion && key !== "null") timer = setTimeout(write, answeredQuestion ? PAUSE : 0);
  }

  async function write() {
    const requested = question();
    if (!requested || !isOpen()) return;
    halt();
    const request = {};
    const isCurrent = () => current === request;
    const { run } = state;
    current = request;
    answeredQuestion = JSON.stringify(requested);
    list = columns.begin(temperatures);
    chosenPlace = explainedPlace = null;
    whyView.hide();
    texts.open(list);
    tell("");
    const { model, prompt } = /** @type {any} */ (requested.settings);
    const failure = await receiveAnswer(channel, "temperatures", { ...requested, had: client.promptEdit(run, model, prompt) }, {
      isCurrent, isComplete: () => list.every(({ measures }) => measures),
      receive(frame) {
        columns.receive(list, frame, run, prompt);
        draw();
      },
    });
    if (!isCurrent()) return;
    current = null;
    if (failure) tell(failure.sentence, write);
    draw();
  }

  function halt() {
    if (current) channel.end();
    current = null;
  }

  /** @param {string} sentence @param {() => void} [act] */
  function tell(sentence, act) {
    showMessage(status, sentence, act);
    draw();
  }

  function drawColumns() {
    stop.hidden = !current;
    const { measures } = list[0] ?? {};
    noListNote.hidden = !measures || measures.distinct_words === null || measures.known_words !== null;
    about.textContent = format.say("temperatures_about", { n: format.grouped(Math.min(MAX_LENGTH, state.settings.length)), seed: state.settings.seed });
    texts.draw(list);
    if (chosenPlace || list.length < 2) return;
    const divergence = columns.divergesAt(list[0], list[1]);
    if (divergence !== null) explainPlace({ column: 1, step: divergence }, false);
  }

  /** @param {{ column: number, step: number }} place @param {boolean} byHand @param {boolean} [force] even if it is selected already */
  function explainPlace(place, byHand, force = byHand) {
    const { column, step } = place;
    if (explainedPlace?.column === column && explainedPlace.step === step && !force) return;
    explainedPlace = place;
    if (byHand) chosenPlace = place;
    texts.look(list, column, step, byHand);
    if (list.length < 2) return;
    const pair = [list[Math.min(column, comparedColumn(list.length, column))], list[Math.max(column, comparedColumn(list.length, column))]];
    const divergence = columns.divergesAt(pair[0], pair[1]);
    const explain = () => whyView.show(pair, step, divergence, truncation());
    explain();
    const data = JSON.parse(answeredQuestion || "null");
    if (data && pair.some((one) => lacksRow(one, step))) fetchRows(pair, step, divergence === null || step <= divergence, data, () => { if (explainedPlace === place) explain(); });
  }

  // ── The list ─────────────────────────────────────────────────────────────────────────────────────
  function read() {
    const newTemperatures = columns.parse(box.value);
    box.setAttribute("aria-invalid", String(!newTemperatures));
    problem.textContent = newTemperatures ? "" : format.say("temperatures_bad_list", { most: columns.MAX_COLUMNS });
    if (!newTemperatures || columns.write(newTemperatures) === columns.write(temperatures)) return;
    temperatures = newTemperatures;
    updateLink();
    requestSoon();
  }
  box.addEventListener("change", read);
  box.addEventListener("keydown", (event) => { if (event.key === "Enter") read(); });

  function updateLink() {
    const isDefault = columns.write(temperatures) === columns.write(columns.DEFAULT_TEMPERATURES);
    const params = { temperatures: isDefault ? null : temperatures.map(columns.plain).join(","), draws: draws ? String(draws) : null };
    update({ linked: { ...state.linked, [TAB]: params } });
  }

  // ── Starting ─────────────────────────────────────────────────────────────────────────────────────
  subscribe((_, patch) => {
    if ("tab" in patch && !isOpen()) halt();
    if ("tab" in patch && isOpen() && list.some(({ measures }) => !measures)) answeredQuestion = ""; // it was interrupted when the tab was left
    if ("language" in patch && problem.textContent) read();
    if (["tab", "settings", "run", "cursor", "here", "language", "opened"].some((name) => name in patch)) {
      draw();
      requestSoon();
    }
    if ("language" in patch && explainedPlace) explainPlace(explainedPlace, false, true);
    if ("language" in patch) for (const part of [landscape, seedsView]) part.redraw();
  });
  box.value = columns.write(temperatures);
  problem.replaceChildren(...[
    linkedList && !parsedList && format.sentence("temperatures_bad_link", { value: characters.limitMarks(linkedList), most: columns.MAX_COLUMNS }),
    !areDrawsValid
      && format.sentence("link_ignored", { name: "draws", value: characters.limitMarks(String(linkedDraws)) }),
  ].flatMap((problemText) => (problemText ? [make("span", { text: problemText }), " "] : [])));
  updateLink();
  draw();
  requestSoon();
}
