// The Search tab: a beam search after Play's prompt, step by step, beside greedy and ten samples, and how dull the likeliest text
// is. The numbers come from the server (searching.py) as they are found; all that is drawn from them is drawn here.

import { ranking } from "../charts/ranking.js";
import * as characters from "../core/characters.js";
import * as client from "../core/client.js";
import { eachFrame, keep, make, styleSheet } from "../core/dom.js";
import * as format from "../core/format.js";
import { glyphs } from "../core/glyphs.js";
import { humanText } from "../core/human.js";
import { told, words } from "../core/i18n.js";
import * as searches from "../core/search.js";
import * as server from "../core/server.js";
import { state, subscribe, update } from "../core/store.js";
import { beamTree } from "../parts/beamtree.js";
import { dull } from "../parts/dull.js";
import { hint } from "../parts/hint.js";
import * as modelnames from "../parts/modelnames.js";

const PAUSE = 250; // milliseconds after a key
const HUMAN = 1_000; // characters, as requests/searches.py has it
const SEEN = 30; // characters of a prompt
const SLOW = 600; // milliseconds after which a search can be stopped
// The names in the address, each with its lowest and highest value (settings.py), the step of its slider, and what it is by itself.
const KNOBS = /** @type {const} */ ({ beam: [1, 10, 1, 3], "beam-length": [1, 100, 1, 12], penalty: [0, 2, 0.1, 0] });
/** @typedef {keyof typeof KNOBS} Knob */
const KINDS = { beam: "search_kind_beam", greedy: "search_kind_greedy", sample: "search_kind_sample" };
const NAMES = /** @type {Knob[]} */ (Object.keys(KNOBS));

/** @param {GradioParts} gradio */
export async function mount({ element }) {
  await Promise.all(["search", "tree", "ledger"].map(styleSheet));
  const link = new URLSearchParams(location.search);
  const way = client.beside("search");
  /** @type {Record<Knob, number>} */
  const values = { beam: KNOBS.beam[3], "beam-length": KNOBS["beam-length"][3], penalty: KNOBS.penalty[3] };
  /** @type {string | null} */
  let human = link.get("human"); // null: the passage for the model
  /** @type {number | null} */
  let step = /^\d+$/.test(link.get("step") ?? "") ? Number(link.get("step")) : null; // null: the last one there is
  /** @type {import("../core/search.js").Search | null} */
  let search = null;
  let asked = ""; // the question that was asked last
  /** @type {object | null} */
  let job = null; // while it is answered
  let [waiting, slow] = [0, 0];

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const point = make("p", { class: "point", role: "status" });
  const problem = make("p", { class: "problem", role: "alert" });
  const ignored = make("p", { class: "problem", role: "alert" });
  const prompt = keep(make("b", { class: "prompt" }));
  const title = make("span", { class: "of-model" });
  const change = make("button", { class: "quiet", text: words.search_change, on: { click: () => document.getElementById("tab-play-button")?.click() } });
  const stopping = make("button", { class: "quiet", text: words.stop, hidden: "", on: { click: stop } });
  const note = make("p", { class: "muted note" });
  const knobs = NAMES.map(knob);
  const steps = beamTree({ onStep: (at) => { step = at >= (search?.steps.length ?? 0) ? null : at; say(); draw(); } });
  const rankBox = make("div");
  const ranks = ranking(rankBox, {
    title: words.search_ranking, heads: [words.search_how, words.search_text],
    csv: () => (search ? searches.rankingCsv(search, (kind) => format.say(KINDS[kind])) : ""),
  });
  const along = dull({ onHuman: (text) => { human = text === humanText(state.settings.model) ? null : text; soon(); }, longest: HUMAN });
  element.replaceChildren(make("div", { class: "search" },
    point,
    make("div", { class: "tools" }, make("span", { class: "after" }, make("span", { class: "muted", text: words.search_after }), prompt, title), change, ...knobs.map(({ node }) => node), stopping),
    problem, ignored, note,
    make("div", { class: "both" }, steps.node,
      make("section", {}, make("h2", { text: words.search_ranking }), make("p", { class: "muted ranking-about", text: words.search_ranking_about }), rankBox)),
    along.node));

  /** @param {Knob} name */
  function knob(name) {
    const [low, high, by, own] = KNOBS[name];
    const given = link.get(name);
    const value = Number(given);
    const fits = value >= low && value <= high && (by !== 1 || Number.isInteger(value));
    if (given !== null && fits) values[name] = value;
    else if (given !== null) write(ignored, format.sentence("search_ignored", { name: words[`name_${name}`], low, high, value: given, own }));
    const shown = keep(make("output", { for: `search-${name}`, text: String(values[name]) }));
    const rail = make("input", {
      type: "range", id: `search-${name}`, min: low, max: high, step: by, value: values[name],
      on: { input: () => { values[name] = Number(rail.value); shown.textContent = rail.value; write(ignored, ""); soon(); } },
    });
    const label = make("label", { for: `search-${name}`, text: words[`name_${name}`] });
    return { node: make("div", { class: `knob ${name}` }, make("span", {}, label, ...(name === "beam" ? [] : [hint(`search_${name}`, words[`name_${name}`])])), shown, rail) };
  }

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, PAUSE); };

  function question() {
    const { model, prompt: text, seed, stop: at } = state.settings;
    const settings = { model, prompt: text, seed, stop: state.stops.includes(at) ? at : "none" };
    return { settings, width: values.beam, length: values["beam-length"], penalty: values.penalty, human: human ?? humanText(model) };
  }

  // Asks anew, where the tab is looked at and what it shows is the answer to another question.
  function ask() {
    clearTimeout(waiting);
    if (state.tab !== "search" || !state.opened) return;
    const data = question();
    if (document.activeElement !== along.box && along.box.value !== data.human) along.box.value = data.human;
    say();
    if (asked === JSON.stringify(data)) return;
    asked = JSON.stringify(data);
    read(data);
  }

  /** @param {ReturnType<typeof question>} data */
  async function read(data) {
    const mine = {};
    const waits = () => job === mine;
    let heard = -Infinity;
    halt();
    job = mine;
    write(problem, "");
    slow = setTimeout(() => { stopping.hidden = !waits(); }, SLOW);
    server.watch(waits, () => fail(words.lost), () => heard);
    try {
      for await (const { head } of way.ask("search", data)) {
        if (!waits()) return;
        heard = performance.now();
        receive(head);
      }
      if (waits() && !search?.done) fail(words.lost);
    } catch (error) {
      if (!waits()) return; // whoever took it back says why
      fail(client.sentenceOf(error, words.refused_writing));
    }
    if (waits()) halt();
  }

  /** @param {any} head */
  function receive(head) {
    if (head.problem || head.code) return fail(head.problem ? told(head.problem) : words[head.code]);
    if (head.model) search = searches.begin(head);
    else if (search) searches.extend(search, head);
    draw();
  }

  // It ends, and can be asked for again.
  /** @param {string} sentence */
  function fail(sentence) {
    halt();
    write(problem, sentence, again);
  }

  function again() {
    asked = "";
    ask();
  }

  function halt() {
    clearTimeout(slow);
    stopping.hidden = true;
    if (job) way.end();
    job = null;
  }

  function stop() {
    halt();
    write(problem, words.search_stopped, again);
  }

  /** @param {HTMLElement} node @param {string} sentence @param {() => void} [act] */
  function write(node, sentence, act) {
    const button = act && make("button", { class: "quiet", text: words.try_again, on: { click: act } });
    node.replaceChildren(...(String(sentence) ? [make("span", { text: sentence }), " "] : []), ...(button ? [button] : []));
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  // What is asked, in the page and in its address.
  function say() {
    const { model, prompt: text } = state.settings;
    const end = characters.lastOf(text, SEEN).join("");
    prompt.textContent = text ? (end.length < text.length ? "…" : "") + glyphs(end).replace(/\n/g, "") : format.say("no_prompt");
    title.textContent = modelnames.called(model);
    const idle = values.penalty && question().settings.stop === "none" && "search_no_penalty";
    note.textContent = [idle, state.settings.bias && "search_no_bias"].map((key) => (key ? format.say(key) : "")).join(" ").trim();
    const linked = Object.fromEntries(NAMES.map((name) => [name, values[name] === KNOBS[name][3] ? null : String(values[name])]));
    update({ linked: { ...state.linked, search: { ...linked, step: step === null ? null : String(step), human } } });
  }

  const draw = eachFrame(() => {
    if (!search) return;
    steps.draw(search, Math.min(step ?? Infinity, search.steps.length));
    const rows = searches.ranking(search).map(({ kind, place, text, score }) => ({
      kind, name: kind === "beam" ? format.say("search_beam_place", { n: place }) : format.say(KINDS[kind]), text: glyphs(text).replace(/\n/g, ""), value: score,
    }));
    const least = Math.min(-1, ...rows.map(({ value }) => value));
    ranks.draw({ rows, low: -5 * Math.ceil(-least / 5), unit: format.say(search.penalty ? "search_score" : "search_log_probability") });
    along.draw(search);
    sayPoint(search);
  });

  // The point of it all, as far as it is known.
  /** @param {import("../core/search.js").Search} of */
  function sayPoint(of) {
    if (!of.samples.length) return;
    const { beam, human: own, samples } = searches.along(of);
    const gain = searches.gain(of);
    const times = (/** @type {number} */ n) => (n >= 1e6 ? format.power(n) : n >= 1000 ? format.grouped(Math.round(n)) : n >= 10 ? n.toFixed(0) : n.toFixed(1));
    const first = gain === null ? words.search_point_lengths
      : gain > 1.05 ? format.say("search_point_gain", { n: times(gain) }) : gain < 0.95 ? format.say("search_point_loss", { n: times(1 / gain) }) : words.search_point_same;
    const second = beam.length ? format.say("search_point_dull", {
      beam: searches.mean(beam).toFixed(1), other: (own.length ? searches.mean(own) : searches.mean(samples)).toFixed(1),
      who: words[own.length ? "search_point_human" : "search_point_samples"], unit: words[`unit_counted_${of.counted}`],
    }) : "";
    point.textContent = `${first} ${second}`;
  }

  // ── Starting ─────────────────────────────────────────────────────────────────────────────────────
  subscribe((_, patch) => {
    if ("tab" in patch && state.tab !== "search" && job) { // nobody looks: it is asked for again when somebody does
      halt();
      asked = "";
    }
    if ("tab" in patch || "opened" in patch) ask();
    else if ("settings" in patch || "stops" in patch) soon();
    if (!("language" in patch)) return;
    say();
    draw();
  });
  ask();
}
