// The Temperatures tab: the place that Play is at, at every temperature; one prompt and one set of dice at several of them; and a
// thousand draws. The columns are the server's (temperatures.py); all else is computed here, from the logits that Play has.

import * as client from "../core/client.js";
import * as columns from "../core/columns.js";
import { eachFrame, keep, make, styleSheet } from "../core/dom.js";
import * as characters from "../core/characters.js";
import * as format from "../core/format.js";
import { told, words } from "../core/i18n.js";
import { placeOf } from "../core/place.js";
import * as runs from "../core/runs.js";
import * as server from "../core/server.js";
import { asked as askedSettings, setTemperature, state, subscribe, truncation, update } from "../core/store.js";
import { columnsPart, other } from "../parts/columns.js";
import { landscapePart } from "../parts/landscape.js";
import { fetchRows, lacks } from "../parts/rows.js";
import { newSeed } from "../parts/seed.js";
import { seedsPart } from "../parts/seeds.js";
import { thousandPart } from "../parts/thousand.js";
import { waysPart } from "../parts/ways.js";
import { whyPart } from "../parts/why.js";

const HERE = "temperatures";
const LONGEST = 600; // symbols of a column
const PAUSE = 300; // milliseconds after a change, before the columns are written anew
const way = client.beside("temperatures");

/** @typedef {import("../core/columns.js").Column} Column */

/** @param {GradioParts} gradio */
export async function mount({ element }) {
  await Promise.all(["heatmap", "curves", "temperatures"].map(styleSheet));
  const link = new URLSearchParams(location.search);
  const linked = (link.get("temperatures") ?? "").replace(/inf/g, "∞");
  const fitting = columns.parse(linked);
  let temperatures = fitting ?? columns.USUAL;
  let draws = Number(link.get("draws")) || 0;
  /** @type {Column[]} */
  let list = [];
  let written = ""; // what the columns are of, or are being asked for
  /** @type {object | null} */
  let job = null;
  /** @type {{ column: number, step: number } | null} */
  let lookedAt = null; // the place that is explained
  /** @type {{ column: number, step: number } | null} */
  let chosen = null; // the place that was pointed at; else it is where the second column parts from the first

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const heading = make("h2", {}, make("span", { text: words.after }), " ");
  const context = keep(make("code"));
  heading.append(context);
  const value = keep(make("strong", { class: "value" }));
  const landscape = landscapePart({ choose: setTemperature });
  const ways = waysPart();
  const box = keep(make("input", { id: "temperatures-list", type: "text", autocomplete: "off", spellcheck: "false", inputmode: "text" }));
  const problem = make("p", { class: "problem", role: "alert" });
  const status = make("p", { class: "status", role: "status" });
  const about = make("span", { class: "muted about" });
  const stop = make("button", { class: "quiet", text: words.stop, on: { click: () => { halt(); tell(words.temperatures_stopped, write); } } });
  const unlisted = make("p", { class: "note", text: words.temperatures_no_list, hidden: "" });
  const texts = columnsPart({ point: (column, step) => look({ column, step }, true) });
  const why = whyPart();
  const thousand = thousandPart({ counted: (n) => { draws = n; linkUp(); } });
  thousand.begin(draws);
  const many = seedsPart({ question: place, choose: setTemperature });
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
      unlisted, why.node, make("h3", { text: words.temperatures_against }), many.node),
    make("section", {}, make("h2", { text: words.temperatures_thousand }), thousand.node)));

  // ── The place ────────────────────────────────────────────────────────────────────────────────────
  // Where writing would begin: chosen by hand, else the end of the prompt.
  function pivot() {
    const { run, here, cursor, settings } = state;
    if (!run || run.model !== settings.model || run.text !== settings.prompt) return null;
    const at = Math.min(here ? cursor : run.prompted, run.steps.length);
    const logits = runs.logitsAt(run, at);
    if ("length" in logits && !logits.length) return null; // a version that was kept without its rows
    const before = run.unit === "token" ? runs.pending(run, at) : "";
    return { run, at, logits, symbols: run.symbols, special: run.special, unit: run.unit, before };
  }

  const looked = () => state.tab === HERE;
  const draw = eachFrame(() => {
    many.follow(state.settings.temperature, looked());
    if (!looked()) return;
    const now = pivot();
    const settings = truncation();
    value.textContent = `T = ${format.number(settings.temperature)}`;
    value.style.color = format.heat(settings.temperature);
    if (!now) return;
    const text = now.at >= now.run.prompted ? runs.writingOf(now.run, now.at) : runs.promptUntil(now.run, now.at);
    const tail = characters.lastOf(text, 24).join("");
    context.textContent = characters.isVisible(text) ? `“${tail.length < text.length ? "…" : ""}${characters.bounded(tail).replace(/\n/g, "↵")}▮”` : words.start_of_text;
    landscape.show(now, settings);
    ways.show(now, settings);
    thousand.show(now, settings, state.settings.seed);
    drawColumns();
  });

  // ── The columns ──────────────────────────────────────────────────────────────────────────────────
  // What is to be asked about: the place, whatever temperature the page is at.
  function place() {
    const now = pivot();
    if (!now) return null;
    const { prompt, written: before } = placeOf(now.run, now.at);
    const length = Math.min(LONGEST, state.settings.length);
    return { settings: { ...askedSettings(), prompt, length, temperature: 1, picks: "" }, written: before, knows: runs.knows(now.run.model) };
  }

  function question() {
    const about = place();
    return about && { ...about, temperatures: temperatures.map(columns.plain) };
  }

  let waiting = 0;
  function follow() {
    clearTimeout(waiting);
    if (!looked()) return;
    const key = JSON.stringify(question());
    if (key !== written && key !== "null") waiting = setTimeout(write, written ? PAUSE : 0);
  }

  async function write() {
    const asked = question();
    if (!asked || !looked()) return;
    halt();
    const mine = {};
    const waits = () => job === mine;
    let heard = -Infinity;
    const { run } = state;
    job = mine;
    written = JSON.stringify(asked);
    list = columns.begin(temperatures);
    chosen = lookedAt = null;
    why.hide();
    texts.open(list);
    tell("");
    server.watch(waits, () => fail(words.lost), () => heard);
    try {
      const { model, prompt } = /** @type {any} */ (asked.settings);
      for await (const frame of way.ask("temperatures", { ...asked, had: client.had(run, model, prompt) })) {
        if (!waits()) return;
        heard = performance.now();
        const { problem: said, code } = frame.head;
        if (said || code) return fail(said ? told(said) : words[code]);
        columns.receive(list, frame, run, prompt);
        draw();
      }
      if (waits() && !list.every(({ measures }) => measures)) fail(words.lost);
    } catch (error) {
      if (!waits()) return;
      fail(client.sentenceOf(error, words.refused_writing));
    }
    if (waits()) job = null;
    draw();
  }

  /** @param {string} said */
  function fail(said) {
    halt();
    tell(said, write);
  }

  function halt() {
    if (job) way.end();
    job = null;
  }

  /** @param {string} sentence @param {() => void} [act] */
  function tell(sentence, act) {
    const again = act && make("button", { class: "quiet", text: words.try_again, on: { click: act } });
    status.replaceChildren(...(sentence ? [make("span", { text: sentence }), " "] : []), ...(again ? [again] : []));
    draw();
  }

  function drawColumns() {
    stop.hidden = !job;
    const { measures } = list[0] ?? {};
    unlisted.hidden = !measures || measures.distinct_words === null || measures.known_words !== null;
    about.textContent = format.say("temperatures_about", { n: format.grouped(Math.min(LONGEST, state.settings.length)), seed: state.settings.seed });
    texts.draw(list);
    if (chosen || list.length < 2) return;
    const parted = columns.leaves(list[0], list[1]);
    if (parted !== null) look({ column: 1, step: parted }, false);
  }

  /** @param {{ column: number, step: number }} place @param {boolean} byHand @param {boolean} [anew] also where it is looked at already */
  function look(place, byHand, anew = byHand) {
    const { column, step } = place;
    if (lookedAt?.column === column && lookedAt.step === step && !anew) return;
    lookedAt = place;
    if (byHand) chosen = place;
    texts.look(list, column, step, byHand);
    if (list.length < 2) return;
    const pair = [list[Math.min(column, other(list.length, column))], list[Math.max(column, other(list.length, column))]];
    const parted = columns.leaves(pair[0], pair[1]);
    const explain = () => why.show(pair, step, parted, truncation());
    explain();
    const about = JSON.parse(written || "null");
    if (about && pair.some((one) => lacks(one, step))) fetchRows(pair, step, parted === null || step <= parted, about, () => { if (lookedAt === place) explain(); });
  }

  // ── The list ─────────────────────────────────────────────────────────────────────────────────────
  function read() {
    const found = columns.parse(box.value);
    box.setAttribute("aria-invalid", String(!found));
    problem.textContent = found ? "" : format.say("temperatures_bad_list", { most: columns.MOST });
    if (!found || columns.write(found) === columns.write(temperatures)) return;
    temperatures = found;
    linkUp();
    follow();
  }
  box.addEventListener("change", read);
  box.addEventListener("keydown", (event) => { if (event.key === "Enter") read(); });

  function linkUp() {
    const usual = columns.write(temperatures) === columns.write(columns.USUAL);
    const own = { temperatures: usual ? null : temperatures.map(columns.plain).join(","), draws: draws ? String(draws) : null };
    update({ linked: { ...state.linked, [HERE]: own } });
  }

  // ── Starting ─────────────────────────────────────────────────────────────────────────────────────
  subscribe((_, patch) => {
    if ("tab" in patch && !looked()) halt();
    if ("tab" in patch && looked() && list.some(({ measures }) => !measures)) written = ""; // it broke off when the tab was left
    if ("language" in patch && problem.textContent) read();
    if (["tab", "settings", "run", "cursor", "here", "language", "opened"].some((name) => name in patch)) {
      draw();
      follow();
    }
    if ("language" in patch && lookedAt) look(lookedAt, false, true);
    if ("language" in patch) for (const part of [landscape, many]) part.redraw();
  });
  box.value = columns.write(temperatures);
  if (linked && !fitting) problem.replaceChildren(make("span", { text: format.sentence("temperatures_bad_link", { value: characters.bounded(linked), most: columns.MOST }) }));
  linkUp();
  draw();
  follow();
}
