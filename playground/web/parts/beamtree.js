// The beam search step by step: its tree, and what each step kept and dropped.

import { tree } from "../charts/tree.js";
import { make, picture } from "../dom.js";
import * as format from "../core/format.js";
import { glyphs } from "../core/glyphs.js";
import { words } from "../core/i18n.js";
import { number } from "../charts/ranking.js";
import * as searches from "../core/search.js";

/** @typedef {import("../core/search.js").Search} Search */

const ROWS = 24; // lines of the tree up to which dropped branches are drawn
const WIDE_DEPTH = 24; // a deeper tree is scrolled to its end
const MIN_PROBABILITY = 1e-5; // smaller probabilities are shown as logarithms
const MAX_LISTED = 12; // symbols of a path that are listed individually

/** @param {{ onStep: (step: number) => void }} options `onStep` is called with a chosen step */
export function beamTree({ onStep }) {
  /** @type {Search | null} */
  let search = null;
  let currentStep = 0;
  /** @type {import("../core/search.js").SearchNode[]} */
  let nodes = [];
  let isBestKnown = false; // whether the best text is known
  let hasStepped = false; // whether the user stepped: until then a tree little wider than the page shows its start

  /** @param {number} target */
  function go(target) {
    hasStepped = true;
    onStep(Math.max(0, Math.min(search?.steps.length ?? 0, target)));
  }

  /** @param {string} icon @param {string} name @param {() => number} target */
  const button = (icon, name, target) => make("button", { class: "quiet", title: name, "aria-label": name, on: { click: () => go(target()) } }, picture(icon));
  const rail = make("input", { type: "range", id: "search-step", min: 0, max: 0, step: 1, "aria-label": words.search_step_name, on: { input: () => go(Number(rail.value)) } });
  const count = make("span", { class: "count" });
  const stepText = make("p", { class: "step-told", role: "status" });
  const host = make("div");
  const node = make("section", {},
    make("h2", { text: words.search_tree }),
    make("div", { class: "stepper" },
      button("to_start", words.search_first, () => 0), button("back", words.search_back, () => currentStep - 1), rail,
      button("forward", words.search_forward, () => currentStep + 1), button("to_end", words.search_last, () => Infinity), count),
    stepText, make("p", { class: "muted", text: words.search_tree_about }), host);
  const chart = tree(host, { title: words.search_tree, tell, go: (i) => onStep(nodes[i].step) });

  /** @param {string} symbol @param {boolean} special */
  const nameOf = (symbol, special) => (special ? format.called(symbol, true) : format.seen(symbol));

  // A cell as in running text: jamo composed to syllables, spaces as in the table of texts except the last.
  /** @param {string} text @param {boolean} special */
  const textOf = (text, special) => (special ? format.called(text, true) : glyphs(text).replace(/\n/g, ""));

  /** @param {Search} given @param {number} step the selected one, from 0 */
  function draw(given, step) {
    const isComplete = given.beams.length > 0;
    const hasMoved = step !== currentStep || search !== given || isComplete !== isBestKnown;
    isBestKnown = isComplete;
    search = given;
    currentStep = Math.min(step, given.steps.length);
    const dropsPerStep = Math.floor((ROWS - given.width) / Math.max(1, given.steps.length));
    nodes = searches.nodes(given, currentStep, Math.max(1, Math.min(given.width, dropsPerStep)), nameOf);
    chart.draw({ nodes, depth: currentStep });
    rail.max = String(given.steps.length);
    rail.value = String(currentStep);
    drawTexts();
    if (hasMoved) bringIntoView();
  }

  // Scrolls to the end of the best path or of the latest branch if the tree does not fit.
  function bringIntoView() {
    const scroller = host.querySelector(".scroller");
    const ends = host.querySelectorAll(nodes.some(({ best }) => best) ? "text.best" : "text.kept");
    const end = ends[ends.length - 1];
    if (!scroller || !end || currentStep === 0) return;
    const isTall = scroller.scrollHeight > scroller.clientHeight;
    if (isTall) scroller.scrollTop = Number(end.getAttribute("y")) - scroller.clientHeight / 2;
    if (!hasStepped && !isTall && currentStep <= WIDE_DEPTH) return;
    scroller.scrollLeft = Number(end.getAttribute("x")) - scroller.clientWidth + 60;
  }

  function drawTexts() {
    if (!search) return;
    count.textContent = format.say("search_step", { n: currentStep, all: search.steps.length });
    stepText.textContent = currentStep ? `${format.say("search_step_told", {
      kept: search.steps[currentStep - 1].kept.length, all: format.grouped(search.steps[currentStep - 1].looked_at),
      dropped: format.percent(search.steps[currentStep - 1].dropped_mass), mass: format.percent(Math.exp(search.steps[currentStep - 1].log_mass)),
    })} ${describeDropped(search, currentStep)}`.trim() : format.say("search_step_none");
  }

  // The likeliest branches that a step dropped, which may exceed those in the tree: the end of each text and its
  // probability, as a logarithm if very small.
  /** @param {Search} of @param {number} n */
  function describeDropped(of, n) {
    const formatProbability = (/** @type {number} */ logp) => (Math.exp(logp) < MIN_PROBABILITY ? `ln P ${number(logp, 2)}` : format.percent(Math.exp(logp)));
    const list = searches.droppedAt(of, n).map(({ cells, whole, logp }) => `“${whole ? "" : "…"}${cells.map(({ text, special }) => textOf(text, special)).join("").replace(/ $/, "␣")}” ${formatProbability(logp)}`);
    return list.length ? format.say("search_step_dropped", { list: list.join(", ") }) : "";
  }

  // Describes a node: the symbols leading to it with their log-probabilities, and their sum.
  /** @param {number} i */
  function tell(i) {
    const path = searches.pathTo(nodes, i);
    if (!path.length) return format.say("search_root");
    const listed = path.slice(-MAX_LISTED).map(({ text, logp }) => `${text} ${number(logp, 2)}`).join("  ");
    const { step: n, kept, stopped, best } = nodes[i];
    const fateKey = best ? "search_fate_best" : !kept ? "search_fate_dropped" : stopped && stopped !== "length" ? "search_fate_ended" : "search_fate_kept";
    return format.say("search_way", {
      way: path.length > MAX_LISTED ? `…  ${listed}` : listed, sum: number(nodes[i].logp, 2), p: format.percent(Math.exp(nodes[i].logp)), fate: format.say(fateKey, { n }),
    });
  }

  return { node, draw, say: drawTexts };
}
