// The Search tab: a beam search after Play's prompt, step by step, beside greedy and ten samples, and how dull the
// likeliest text is. The server streams the results (searching.py); drawing happens here.

import { ranking } from "../charts/ranking.js";
import { receiveAnswer } from "../core/answer.js";
import * as characters from "../core/characters.js";
import * as client from "../core/client.js";
import { eachFrame, keep, make, setHidden } from "../dom.js";
import * as format from "../core/format.js";
import { glyphs } from "../core/glyphs.js";
import { humanText } from "../core/human.js";
import { words } from "../core/i18n.js";
import { readLink } from "../core/link.js";
import * as searches from "../core/search.js";
import { state, subscribe, update } from "../core/store.js";
import { beamTree } from "../parts/beamtree.js";
import { dull } from "../parts/dull.js";
import { hint } from "../parts/hint.js";
import { showMessage } from "../parts/message.js";
import * as modelnames from "../parts/modelnames.js";
import { styleSheet } from "../parts/stylesheet.js";

const PAUSE = 250; // milliseconds after a key
const MAX_PROMPT = 30; // characters of a prompt
const STOP_DELAY = 600; // milliseconds before a Stop button appears
// URL names, each with its lowest and highest value (settings.py), slider step, and default.
const KNOBS = /** @type {const} */ ({ beam: [1, 10, 1, 3], "beam-length": [1, 100, 1, 12], penalty: [0, 2, 0.1, 0] });
/** @typedef {keyof typeof KNOBS} Knob */
const KINDS = { beam: "search_kind_beam", greedy: "search_kind_greedy", sample: "search_kind_sample" };
const NAMES = /** @type {Knob[]} */ (Object.keys(KNOBS));

/** @param {GradioParts} gradio */
export async function mount({ element }) {
  await Promise.all(["search", "tree", "ledger"].map(styleSheet));
  const link = readLink(location.search);
  const channel = client.beside("search");
  /** @type {Record<Knob, number>} */
  const values = { beam: KNOBS.beam[3], "beam-length": KNOBS["beam-length"][3], penalty: KNOBS.penalty[3] };
  /** @type {string | null} */
  let human = link.get("human"); // null: the default passage for the model
  /** @type {number | null} */
  let step = null; // null: the last one
  /** @type {import("../core/search.js").Search | null} */
  let search = null;
  let lastQuestion = ""; // the last request
  /** @type {object | null} */
  let current = null; // while a request is under way
  let [askTimer, stopTimer] = [0, 0];

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const point = make("p", { class: "point", role: "status" });
  const problem = make("p", { class: "problem", role: "alert" });
  const ignored = make("p", { class: "problem", role: "alert" });
  const prompt = keep(make("b", { class: "prompt" }));
  const title = make("span", { class: "of-model" });
  const requestText = make("span", { class: "after" });
  const changeButton = make("button", { class: "quiet", text: words.search_change, on: { click: () => document.getElementById("tab-play-button")?.click() } });
  const stopButton = make("button", { class: "quiet", text: words.stop, hidden: "", on: { click: stop } });
  const note = make("p", { class: "muted note" });
  const about = keep(make("p", { class: "muted ranking-about" }));
  const knobs = NAMES.map(knob);
  const treePart = beamTree({ onStep: (index) => {
    step = index >= (search?.steps.length ?? 0) ? null : index;
    updateTexts();
    draw();
  } });
  const rankBox = make("div");
  const ranks = ranking(rankBox, {
    title: words.search_ranking, heads: [words.search_how, words.search_text],
    csv: () => (search ? searches.rankingCsv(search, (kind) => format.say(KINDS[kind])) : ""),
  });
  const dullPart = dull({ onHuman: (text) => { human = text === humanText(state.settings.model) ? null : text; askSoon(); } });
  element.replaceChildren(make("div", { class: "search" },
    point,
    make("div", { class: "tools" }, requestText, changeButton, ...knobs.map(({ node }) => node), stopButton),
    problem, ignored, note,
    make("div", { class: "both" }, treePart.node,
      make("section", {}, make("h2", { text: words.search_ranking }), about, rankBox)),
    dullPart.node));

  /** @param {Knob} name */
  function knob(name) {
    const [low, high, step, defaultValue] = KNOBS[name];
    const given = link.get(name);
    const value = Number(given);
    const isValid = value >= low && value <= high && (step !== 1 || Number.isInteger(value));
    if (given !== null && isValid) values[name] = value;
    else if (given !== null) showMessage(ignored, format.sentence("search_ignored", { name: words[`name_${name}`], low, high, value: given, own: defaultValue }));
    const output = keep(make("output", { for: `search-${name}`, text: String(values[name]) }));
    const rail = make("input", {
      type: "range", id: `search-${name}`, min: low, max: high, step, value: values[name],
      on: { input: () => { values[name] = Number(rail.value); output.textContent = rail.value; showMessage(ignored, ""); askSoon(); } },
    });
    const label = make("label", { for: `search-${name}`, text: words[`name_${name}`] });
    return { node: make("div", { class: `knob ${name}` }, make("span", {}, label, ...(name === "beam" ? [] : [hint(`search_${name}`, words[`name_${name}`])])), output, rail) };
  }

  const stepGiven = link.get("step");
  if (stepGiven !== null && /^\d+$/.test(stepGiven) && Number(stepGiven) <= values["beam-length"]) step = Number(stepGiven);
  else if (stepGiven !== null) showMessage(ignored, format.sentence("link_ignored", { name: "step", value: characters.limitMarks(stepGiven) }));

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  const askSoon = () => { clearTimeout(askTimer); askTimer = setTimeout(ask, PAUSE); };

  function question() {
    const { model, prompt: text, seed, stop: stopAt } = state.settings;
    const settings = { model, prompt: text, seed, stop: state.stops.includes(stopAt) ? stopAt : "none" };
    return { settings, width: values.beam, length: values["beam-length"], penalty: values.penalty, human: human ?? humanText(model) };
  }

  // Sends a request if the tab is open and shows the answer to another one.
  function ask() {
    clearTimeout(askTimer);
    if (state.tab !== "search" || !state.opened) return;
    const data = question();
    if (document.activeElement !== dullPart.box && dullPart.box.value !== data.human) dullPart.box.value = data.human;
    updateTexts();
    if (lastQuestion === JSON.stringify(data)) return;
    lastQuestion = JSON.stringify(data);
    requestSearch(data);
  }

  /** @param {ReturnType<typeof question>} data */
  async function requestSearch(data) {
    const request = {};
    const isCurrent = () => current === request;
    halt();
    current = request;
    showMessage(problem, "");
    stopTimer = setTimeout(() => { stopButton.hidden = !isCurrent(); }, STOP_DELAY);
    const failure = await receiveAnswer(channel, "search", data, { isCurrent, receive, isComplete: () => Boolean(search?.done) });
    if (!isCurrent()) return;
    halt();
    if (failure) showMessage(problem, failure.sentence, retry);
  }

  /** @param {Frame} frame */
  function receive({ head }) {
    if (head.model) search = searches.begin(head);
    else if (search) searches.extend(search, head);
    draw();
  }

  function retry() {
    lastQuestion = "";
    ask();
  }

  function halt() {
    clearTimeout(stopTimer);
    setHidden(stopButton, true, changeButton);
    if (current) channel.end();
    current = null;
  }

  function stop() {
    halt();
    showMessage(problem, words.search_stopped, retry);
  }

  // A name and its value, built from a sentence.
  /** @param {string} key @param {Record<string, HTMLElement>} values */
  const labelled = (key, values) => make("span", {}, ...format.rich(key, values).filter(Boolean).map((part) => (
    typeof part === "string" ? make("span", { class: "muted", text: part }) : part)));

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  // Updates what the page and its URL say about the request.
  function updateTexts() {
    const { model, prompt: text } = state.settings;
    const end = characters.lastOf(text, MAX_PROMPT).join("");
    prompt.textContent = text ? (end.length < text.length ? "…" : "") + glyphs(end).replace(/\n/g, "") : format.say("no_prompt");
    title.textContent = modelnames.called(model);
    requestText.replaceChildren(labelled("search_after", { prompt }), labelled("search_model", { title }));
    const penaltyNote = values.penalty && question().settings.stop === "none" && "search_no_penalty";
    about.textContent = format.say(values.penalty ? "search_ranking_scored" : "search_ranking_about");
    note.textContent = [penaltyNote, state.settings.bias && "search_no_bias"].map((key) => (key ? format.say(key) : "")).join(" ").trim();
    const linked = Object.fromEntries(NAMES.map((name) => [name, values[name] === KNOBS[name][3] ? null : String(values[name])]));
    update({ linked: { ...state.linked, search: { ...linked, step: step === null ? null : String(step), human } } });
  }

  const draw = eachFrame(() => {
    if (!search) return;
    treePart.draw(search, Math.min(step ?? Infinity, search.steps.length));
    const rows = searches.ranking(search).map(({ kind, place, text, score }) => ({
      kind, name: kind === "beam" ? format.say("search_beam_place", { n: place }) : format.say(KINDS[kind]), text: glyphs(text).replace(/\n/g, ""), value: score,
    }));
    const lowest = Math.min(-1, ...rows.map(({ value }) => value));
    ranks.draw({ rows, low: -5 * Math.ceil(-lowest / 5), unit: format.say(search.penalty ? "search_score" : "search_log_probability") });
    dullPart.draw(search);
    drawPoint(search);
  });

  // The tab's message, as far as it is known.
  /** @param {import("../core/search.js").Search} of */
  function drawPoint(of) {
    if (!of.samples.length) return;
    const { beam, human: humanLogs, samples } = searches.surpriseSeries(of);
    const gain = searches.gain(of);
    const formatTimes = (/** @type {number} */ n) => (n >= 1e6 ? format.power(n) : n >= 1000 ? format.grouped(Math.round(n)) : n >= 10 ? n.toFixed(0) : n.toFixed(1));
    const first = gain === null ? words.search_point_lengths
      : gain > 1.05 ? format.say("search_point_gain", { n: formatTimes(gain) }) : gain < 0.95 ? format.say("search_point_loss", { n: formatTimes(1 / gain) }) : words.search_point_same;
    const [beamBits, otherBits] = [searches.mean(beam), searches.mean(humanLogs.length ? humanLogs : samples)];
    const second = beam.length && beamBits < otherBits ? format.say("search_point_dull", {
      beam: beamBits.toFixed(1), other: otherBits.toFixed(1),
      who: words[humanLogs.length ? "search_point_human" : "search_point_samples"],
      unit: words[`unit_counted_${of.counted}`],
    }) : "";
    point.textContent = `${first} ${second}`;
  }

  // ── Starting ─────────────────────────────────────────────────────────────────────────────────────
  subscribe((_, patch) => {
    if ("tab" in patch && state.tab !== "search" && current) { // the tab was left: ask again on return
      halt();
      lastQuestion = "";
    }
    if ("tab" in patch || "opened" in patch) ask();
    else if ("settings" in patch || "stops" in patch) askSoon();
    if (!("language" in patch)) return;
    updateTexts();
    draw();
  });
  ask();
}
