// Why a masked model cannot generate text: a stretch of gaps, filled one by one in three orders with the same dice,
// beside a language model's continuation of the same prompt. The slider moves through the steps, which play
// automatically when they arrive.

import { eachFrame, keep, make } from "../../dom.js";
import * as format from "../../core/format.js";
import * as gaps from "../../core/gaps.js";
import { words } from "../../core/i18n.js";
import { requestSettings, subscribe } from "../../core/store.js";
import { asking } from "../asking.js";
import * as modelnames from "../modelnames.js";
import { newSeed } from "../seed.js";
import { dimmer } from "./common.js";

const DEFAULT_PROMPT = "My lord, I will not ";
const LENGTH = 48; // gaps
const PAUSE = 400; // milliseconds after a key or a change of temperature: each request takes 200 model steps
const BEAT = 50; // milliseconds per step
const UNFILLED = "·";

/** @typedef {"left" | "surest" | "random"} Order */
/** @type {Order[]} */
const ORDERS = ["left", "surest", "random"];
/** @type {Record<string, string>} */
const NAMES = { left: words.shape_gap_order_left, surest: words.shape_gap_order_surest, random: words.shape_gap_order_random, model: words.shape_gap_order_model };
/** @typedef {{ text: string, known_words: number | null, surprise: number | null }} Measured */

/** @param {{ link: URLSearchParams, say: (linked: Record<string, string | null>) => void, model: () => string }} host */
export function gapWriting({ link, say, model: maskedModel }) {
  let prompt = link.get("gap-prompt") ?? DEFAULT_PROMPT;
  /** @type {Record<Order, { place: number, symbol: string }[]>} */
  let steps = { left: [], surest: [], random: [] };
  /** @type {Record<string, Measured> | null} */
  let texts = null;
  /** @type {[string, string]} */
  let model = ["", ""]; // its title and name
  let step = 0;
  let isShown = false;
  let timer = 0;
  let interval = 0;

  const box = keep(make("input", { type: "text", id: "gap-prompt", class: "typed", autocomplete: "off", spellcheck: "false", value: prompt, on: { input: () => { prompt = box.value; askSoon(); } } }));
  const rail = make("input", { type: "range", id: "gap-step", min: 0, max: LENGTH, step: 1, value: 0, on: { input: () => { stop(); step = Number(rail.value); draw(); } } });
  const count = keep(make("output", { for: "gap-step" }));
  const playButton = make("button", { class: "quiet", text: words.shape_gap_again, on: { click: play } });
  const dice = make("button", { class: "quiet", text: words.shape_gap_dice, on: { click: newSeed } });
  const rows = Object.fromEntries([...ORDERS, "model"].map((name) => [name, row(name)]));
  const table = make("div", { class: "written" }, ...Object.values(rows).map((rowParts) => rowParts.node));
  const answers = asking("shape-gap-writing", { receive, isComplete: () => texts !== null, outdated: dimmer(table) });
  const node = make("section", { class: "gap-writing", "aria-label": words.shape_gap_writing },
    make("h3", {}, make("span", { text: words.shape_gap_writing })), make("p", { text: words.shape_gap_writing_point }),
    make("label", { class: "muted", for: "gap-prompt", text: words.shape_gap_prompt }), box,
    make("div", { class: "playing" }, playButton, dice, make("label", { class: "muted", for: "gap-step", text: words.shape_gap_step }), rail, count),
    answers.problem, table, make("p", { class: "muted", text: words.shape_gap_measures }));

  /** @param {string} name */
  function row(name) {
    const label = make("b", { text: NAMES[name] });
    const text = keep(make("p", { class: "text" }));
    const measures = make("span", { class: "measures muted" });
    return { node: make("div", { class: "row", "data-order": name }, make("div", { class: "who" }, label, measures), text), text, measures };
  }

  const askSoon = () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); };

  function ask() {
    if (!isShown) return;
    say({ "gap-prompt": prompt === DEFAULT_PROMPT ? null : prompt });
    const { temperature, top_k, top_p, min_p, seed } = requestSettings();
    answers.ask("stretch", { model: maskedModel(), settings: { temperature, top_k, top_p, min_p, seed }, prompt, length: LENGTH });
  }

  /** @param {Frame} frame */
  function receive({ head }) {
    if (head.length) return begin();
    if (head.texts) {
      texts = head.texts;
      model = [head.left.title, head.left.model];
      return draw();
    }
    steps[/** @type {Order} */ (head.order)].push(head);
    if (!interval && step < LENGTH && steps[ORDERS[0]].length === 1) play();
  }

  // Resets for a new answer.
  function begin() {
    steps = { left: [], surest: [], random: [] };
    texts = null;
    stop();
    step = 0;
  }

  function play() {
    stop();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      step = LENGTH;
      return draw();
    }
    step = 0;
    interval = setInterval(() => {
      if (step < Math.min(...ORDERS.map((order) => steps[order].length))) step += 1;
      if (step >= LENGTH) stop();
      draw();
    }, BEAT);
  }

  function stop() {
    clearInterval(interval);
    interval = 0;
  }

  const draw = eachFrame(() => {
    rail.value = String(step);
    count.textContent = `${step} / ${LENGTH}`;
    rail.setAttribute("aria-valuetext", count.textContent);
    for (const order of ORDERS) paint(rows[order].text, gaps.stretchAfter(steps[order], step, LENGTH));
    const modelText = [...(texts?.model.text ?? "")];
    paint(rows.model.text, { symbols: Array.from({ length: LENGTH }, (_, i) => (i < step ? modelText[i] ?? null : null)), last: step - 1 });
    for (const [name, { measures }] of Object.entries(rows)) measures.textContent = texts ? figures(texts[name], name === "model" ? modelnames.titleOf(model) : "") : "";
  });

  /** @param {Measured} of @param {string} title */
  function figures({ known_words: known, surprise }, title) {
    const figureText = format.say("shape_gap_figures", { known: known === null ? "–" : format.percent(known), bits: surprise === null ? "–" : surprise.toFixed(2) });
    return title ? `${title} · ${figureText}` : figureText;
  }

  /** @param {HTMLElement} host @param {{ symbols: (string | null)[], last: number }} of */
  function paint(host, { symbols, last }) {
    const parts = symbols.map((symbol, i) => make("span", { class: symbol === null ? "unfilled" : i === last ? "last" : "", text: symbol === null ? UNFILLED : symbol === "\n" ? "↵" : symbol }));
    host.replaceChildren(make("span", { class: "muted", text: prompt }), ...parts);
  }

  subscribe((_, patch) => {
    if (!isShown) return;
    if ("settings" in patch) askSoon();
    if ("language" in patch) draw();
  });

  return {
    node,
    show() { isShown = true; draw(); ask(); },
    hide() { isShown = false; stop(); answers.halt(); },
  };
}
