// The beam, step by step: its tree, which can be stepped through and pointed at, and what each step kept and dropped.

import { tree } from "../charts/tree.js";
import { make, picture } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { number } from "../charts/ranking.js";
import * as searches from "../core/search.js";

/** @typedef {import("../core/search.js").Search} Search */

const ROWS = 24; // lines of the tree, about, that branches are drawn beside
const WIDE = 24; // steps of a tree of which the end is shown first
const LONGEST = 12; // symbols of a way that are said one by one

/** @param {{ onStep: (step: number) => void }} options `onStep` hears of a step that is chosen */
export function beamTree({ onStep }) {
  /** @type {Search | null} */
  let search = null;
  let at = 0;
  /** @type {import("../core/search.js").SearchNode[]} */
  let nodes = [];
  let known = false; // whether the best text is
  let stepped = false; // by hand: until then the beginning of a tree is in view, where it is not much wider than a page

  /** @param {number} to */
  function go(to) {
    stepped = true;
    onStep(Math.max(0, Math.min(search?.steps.length ?? 0, to)));
  }

  /** @param {string} icon @param {string} name @param {() => number} to */
  const button = (icon, name, to) => make("button", { class: "quiet", title: name, "aria-label": name, on: { click: () => go(to()) } }, picture(icon));
  const rail = make("input", { type: "range", id: "search-step", min: 0, max: 0, step: 1, "aria-label": words.search_step_name, on: { input: () => go(Number(rail.value)) } });
  const count = make("span", { class: "count" });
  const step = make("p", { class: "step-told", role: "status" });
  const host = make("div");
  const node = make("section", {},
    make("h2", { text: words.search_tree }),
    make("div", { class: "stepper" },
      button("to_start", words.search_first, () => 0), button("back", words.search_back, () => at - 1), rail,
      button("forward", words.search_forward, () => at + 1), button("to_end", words.search_last, () => Infinity), count),
    step, make("p", { class: "muted", text: words.search_tree_about }), host);
  const drawn = tree(host, { title: words.search_tree, tell, go: (i) => onStep(nodes[i].step) });

  /** @param {string} symbol @param {boolean} special */
  const shown = (symbol, special) => (special ? format.called(symbol, true) : format.seen(symbol));

  /** @param {Search} given @param {number} step the one that is looked at, from 0 */
  function draw(given, step) {
    const ended = given.beams.length > 0;
    const moved = step !== at || search !== given || ended !== known;
    known = ended;
    search = given;
    at = Math.min(step, given.steps.length);
    const room = Math.floor((ROWS - given.width) / Math.max(1, given.steps.length));
    nodes = searches.nodes(given, at, Math.max(1, Math.min(given.width, room)), shown);
    drawn.draw({ nodes, depth: at });
    rail.max = String(given.steps.length);
    rail.value = String(at);
    say();
    if (moved) bringIntoView();
  }

  // The end of the best way, or of the latest branch, where not all of the tree is seen.
  function bringIntoView() {
    const scroller = host.querySelector(".scroller");
    const ends = host.querySelectorAll(nodes.some(({ best }) => best) ? "text.best" : "text.kept");
    const end = ends[ends.length - 1];
    if (!scroller || !end || at === 0) return;
    const tall = scroller.scrollHeight > scroller.clientHeight;
    if (tall) scroller.scrollTop = Number(end.getAttribute("y")) - scroller.clientHeight / 2;
    if (stepped || tall || at > WIDE) scroller.scrollLeft = Number(end.getAttribute("x")) - scroller.clientWidth + 60;
  }

  function say() {
    if (!search) return;
    count.textContent = format.say("search_step", { n: at, all: search.steps.length });
    step.textContent = at ? `${format.say("search_step_told", {
      kept: search.steps[at - 1].kept.length, all: format.grouped(search.steps[at - 1].looked_at),
      dropped: format.percent(search.steps[at - 1].dropped_mass), mass: format.percent(Math.exp(search.steps[at - 1].log_mass)),
    })} ${sayDropped(search, at)}`.trim() : format.say("search_step_none");
  }

  // What a step dropped that was likeliest, more than the tree has room for: the end of each text, and its probability.
  /** @param {Search} of @param {number} n */
  function sayDropped(of, n) {
    const list = searches.droppedAt(of, n).map(({ symbols, logp }) => `“${symbols.map(({ symbol, special }) => shown(symbol, special)).join("")}” ${format.percent(Math.exp(logp))}`);
    return list.length ? format.say("search_step_dropped", { list: list.join(", ") }) : "";
  }

  // A node: the symbols on the way to it with their log-probabilities, and the sum.
  /** @param {number} i */
  function tell(i) {
    const way = searches.way(nodes, i);
    if (!way.length) return format.say("search_root");
    const said = way.slice(-LONGEST).map(({ text, logp }) => `${text} ${number(logp, 2)}`).join("  ");
    const { step: n, kept, stopped, best } = nodes[i];
    const fate = best ? "search_fate_best" : !kept ? "search_fate_dropped" : stopped && stopped !== "length" ? "search_fate_ended" : "search_fate_kept";
    return format.say("search_way", {
      way: way.length > LONGEST ? `…  ${said}` : said, sum: number(nodes[i].logp, 2), p: format.percent(Math.exp(nodes[i].logp)), fate: format.say(fate, { n }),
    });
  }

  return { node, draw, say };
}
