// Why a masked model cannot write: a stretch of gaps, filled one by one in three orders with the same dice, beside what a language
// model writes after the same prompt. The slider goes through the steps; they play by themselves when they come.

import { eachFrame, keep, make } from "../../core/dom.js";
import * as format from "../../core/format.js";
import * as gaps from "../../core/gaps.js";
import { words } from "../../core/i18n.js";
import { asked, subscribe } from "../../core/store.js";
import { asking } from "../asking.js";
import { newSeed } from "../seed.js";

const USUAL = "My lord, I will not ";
const MOST = 48; // characters of the prompt, as requests/gaps.py has it
const LENGTH = 48; // gaps
const PAUSE = 400; // milliseconds after a key or a move of the temperature: each question is 200 steps of a model
const BEAT = 50; // milliseconds of a step
const OPEN = "·";

/** @typedef {"left" | "surest" | "random"} Order */
/** @type {Order[]} */
const ORDERS = ["left", "surest", "random"];
/** @type {Record<string, string>} */
const NAMES = { left: words.shape_gap_order_left, surest: words.shape_gap_order_surest, random: words.shape_gap_order_random, model: words.shape_gap_order_model };
/** @typedef {{ text: string, known_words: number | null, surprise: number | null }} Measured */

/** @param {{ link: URLSearchParams, say: (linked: Record<string, string | null>) => void, model: () => string }} host */
export function gapWriting({ link, say, model: masked }) {
  let prompt = (link.get("gap-prompt") ?? USUAL).slice(0, MOST);
  /** @type {Record<Order, { place: number, symbol: string }[]>} */
  let steps = { left: [], surest: [], random: [] };
  /** @type {Record<string, Measured> | null} */
  let texts = null;
  let model = "";
  let shown = 0;
  let looked = false;
  let waiting = 0;
  let playing = 0;

  const box = keep(make("input", { type: "text", id: "gap-prompt", class: "typed", maxlength: MOST, autocomplete: "off", spellcheck: "false", value: prompt, on: { input: () => { prompt = box.value; soon(); } } }));
  const rail = make("input", { type: "range", id: "gap-step", min: 0, max: LENGTH, step: 1, value: 0, on: { input: () => { stop(); shown = Number(rail.value); draw(); } } });
  const count = keep(make("output", { for: "gap-step" }));
  const again = make("button", { class: "quiet", text: words.shape_gap_again, on: { click: play } });
  const dice = make("button", { class: "quiet", text: words.shape_gap_dice, on: { click: newSeed } });
  const rows = Object.fromEntries([...ORDERS, "model"].map((name) => [name, row(name)]));
  const table = make("div", { class: "written" }, ...Object.values(rows).map((one) => one.node));
  const answers = asking("shape-gap-writing", { receive, whole: () => texts !== null });
  const node = make("section", { class: "gap-writing", "aria-label": words.shape_gap_writing },
    make("h3", {}, make("span", { text: words.shape_gap_writing })), make("p", { text: words.shape_gap_writing_point }),
    make("label", { class: "muted", for: "gap-prompt", text: words.shape_gap_prompt }), box,
    make("div", { class: "playing" }, again, dice, make("label", { class: "muted", for: "gap-step", text: words.shape_gap_step }), rail, count),
    answers.problem, table, make("p", { class: "muted", text: words.shape_gap_measures }));

  /** @param {string} name */
  function row(name) {
    const who = make("b", { text: NAMES[name] });
    const text = keep(make("p", { class: "text" }));
    const measures = make("span", { class: "measures muted" });
    return { node: make("div", { class: "row", "data-order": name }, make("div", { class: "who" }, who, measures), text), text, measures };
  }

  const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, PAUSE); };

  function ask() {
    if (!looked) return;
    say({ "gap-prompt": prompt === USUAL ? null : prompt });
    const { temperature, top_k, top_p, min_p, seed } = asked();
    answers.ask("stretch", { model: masked(), settings: { temperature, top_k, top_p, min_p, seed }, prompt, length: LENGTH });
  }

  /** @param {Frame} frame */
  function receive({ head }) {
    if (head.length) return begin();
    if (head.texts) {
      texts = head.texts;
      model = head.title;
      return draw();
    }
    steps[/** @type {Order} */ (head.order)].push(head);
    if (!playing && shown < LENGTH && steps[ORDERS[0]].length === 1) play();
  }

  // Another answer begins.
  function begin() {
    steps = { left: [], surest: [], random: [] };
    texts = null;
    stop();
    shown = 0;
  }

  function play() {
    stop();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      shown = LENGTH;
      return draw();
    }
    shown = 0;
    playing = setInterval(() => {
      if (shown < Math.min(...ORDERS.map((order) => steps[order].length))) shown += 1;
      if (shown >= LENGTH) stop();
      draw();
    }, BEAT);
  }

  function stop() {
    clearInterval(playing);
    playing = 0;
  }

  const draw = eachFrame(() => {
    rail.value = String(shown);
    count.textContent = `${shown} / ${LENGTH}`;
    rail.setAttribute("aria-valuetext", count.textContent);
    for (const order of ORDERS) paint(rows[order].text, gaps.stretch(steps[order], shown, LENGTH));
    const model_text = [...(texts?.model.text ?? "")];
    paint(rows.model.text, { symbols: Array.from({ length: LENGTH }, (_, i) => (i < shown ? model_text[i] ?? null : null)), last: shown - 1 });
    for (const [name, { measures }] of Object.entries(rows)) measures.textContent = texts ? figures(texts[name], name === "model" ? model : "") : "";
  });

  /** @param {Measured} of @param {string} title */
  function figures({ known_words: known, surprise }, title) {
    const said = format.say("shape_gap_figures", { known: known === null ? "–" : format.percent(known), bits: surprise === null ? "–" : surprise.toFixed(2) });
    return title ? `${title} · ${said}` : said;
  }

  /** @param {HTMLElement} host @param {{ symbols: (string | null)[], last: number }} of */
  function paint(host, { symbols, last }) {
    const parts = symbols.map((symbol, i) => make("span", { class: symbol === null ? "unfilled" : i === last ? "last" : "", text: symbol === null ? OPEN : symbol === "\n" ? "↵" : symbol }));
    host.replaceChildren(make("span", { class: "muted", text: prompt }), ...parts);
  }

  subscribe((_, patch) => {
    if (!looked) return;
    if ("settings" in patch) soon();
    if ("language" in patch) draw();
  });

  return {
    node,
    show() { looked = true; draw(); ask(); },
    hide() { looked = false; stop(); answers.halt(); },
  };
}
