// The figures of the current moment and the sentence about what the dice would give, computed from what the bars
// show. They have an element of their own, so that a page can place them elsewhere.

import * as characters from "../core/characters.js";
import { make, keep, onWidth, put, refill, retext } from "../dom.js";
import * as format from "../core/format.js";
import { current, words } from "../core/i18n.js";
import * as groups from "../core/groups.js";
import * as sampling from "../core/sampling.js";
import * as store from "../core/store.js";
import { hint } from "./hint.js";

const HINTS = ["entropy", "choices"];
const NAMES = ["entropy", "choices", "likeliest", "at_one", "kept", "mass", "folded"];

// A box that keeps the largest width or height its text ever had. If it shrank, everything below would move,
// including what the pointer is on, which the text is about: a three-line translation would flicker. Its fixed size
// also spares the layout around it.
/** @param {"width" | "height"} side */
function reserve(side) {
  const text = make("span");
  const box = make("span", { class: `reserved ${side}` }, text);
  let current = 0;
  let largest = 0;
  function fit() {
    largest = Math.max(largest, current);
    box.style[side] = `${largest}px`;
  }
  new ResizeObserver(([{ contentRect }]) => {
    current = contentRect[side];
    if (current > largest) fit();
  }).observe(text);
  const resetSize = () => { largest = 0; fit(); };
  onWidth(resetSize);
  return { box, text, forget: resetSize };
}

const host = make("div", { class: "figures" });

/** @param {GradioParts} parts */
export function mount({ element }) {
  element.replaceChildren(host);
}

// The name of a figure. Its "?" stays with its last word when lines wrap.
/** @param {string} name */
const termFor = (name) => make("dt", {}, words[name], ...(HINTS.includes(name) ? [hint(name, words[name])] : []));

// `others`, such as the bars' legend, follow the figures.
/** @param {...Node} others */
export function figures(...others) {
  const reserves = Object.fromEntries(NAMES.map((name) => [name, reserve("width")]));
  const boxes = Object.fromEntries(NAMES.map((name) => [name, reserves[name].text]));
  const values = NAMES.map((name) => keep(make("dd", { id: `figure-${name.replace("_", "-")}` }, reserves[name].box)));
  const list = make("dl", {}, ...NAMES.map((name, i) => make("div", {}, termFor(name), values[i])));
  const sentenceBox = reserve("height");
  let sentenceKey = ""; // a key of the sentence shown: most moves of a drag do not change it
  /** @type {string[] | null} */
  let vocabulary = null; // for which the boxes have reserved room

  /** @param {Distribution} distribution @param {Moment} moment */
  function draw(distribution, moment) {
    if (vocabulary !== distribution.symbols) {
      sentenceKey = "";
      for (const { forget: resetSize } of Object.values(reserves)) resetSize();
    }
    vocabulary = distribution.symbols;
    const { row, atOne, drawn: { probabilities, left, kept }, whole, symbols, special } = distribution;
    const [top] = row.order;
    const entropy = sampling.entropy(probabilities, left);
    let mass = 0;
    for (let i = 0; i < whole.length; i++) mass += (whole[i] * left[i]) / row.counts[i];
    retext(boxes.entropy, format.say("bits", { n: entropy.toFixed(2) }));
    retext(boxes.choices, format.tenths(2 ** entropy));
    boxes.likeliest.classList.toggle("special", special.has(row.ids[top]));
    retext(boxes.likeliest, `${characters.isolate(format.seen(symbols[row.ids[top]]))}  ${format.percent(probabilities[top])}`);
    retext(boxes.at_one, format.percent(atOne[top]));
    retext(boxes.kept, format.say("kept_of", { n: format.grouped(kept), all: format.grouped(row.size) }));
    retext(boxes.mass, format.percent(Math.min(1, mass)));
    put(/** @type {HTMLElement} */ (boxes.folded.closest("div")), { hidden: !row.folded });
    if (row.folded) retext(boxes.folded, format.say("folded_of", groups.folded(row, probabilities)));
    drawSentence(distribution, moment);
  }

  // Says what the current dice give at other temperatures, or what was chosen by hand.
  /** @param {Distribution} now @param {Moment} moment */
  function drawSentence({ settings, drawn, under, u, special, symbols, came }, moment) {
    /** @type {(key: string, ids: Record<string, number | null | undefined>, numbers?: Record<string, string>) => void} */
    const showSentence = (key, ids, numbers = {}) => {
      const newKey = JSON.stringify([current(), key, ids, numbers, drawn.even]);
      if (newKey === sentenceKey && sentenceBox.text.firstChild) return;
      sentenceKey = newKey;
      refill(sentenceBox.text, format.rich(key, { ...numbers, ...Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, nameOf(id)])) }));
    };
    const nameOf = (/** @type {number | null | undefined} */ id) => (typeof id !== "number" ? make("b", { text: format.unnamed(drawn) })
      : keep(make("b", { class: special.has(id) ? "special" : undefined, text: format.seen(symbols[id]) })));
    if (u === null) return showSentence(came?.hand ? "by_hand" : "given", { symbol: came?.id });
    if (store.state.playing) return refill(sentenceBox.text, []); // it would change too fast to read
    if (settings.temperature === Infinity) return showSentence("dice_uniform", { first: under });
    const flips = store.flips({ logits: moment.logits, u });
    const next = flips.findIndex(({ from }) => from > settings.temperature);
    const here = flips[(next === -1 ? flips.length : next) - 1];
    // So hot that rounding has made symbols equal and the draw is by id, which no flip records.
    if (next === -1 && here.id !== under) return showSentence("dice_here", { first: under }, { t: format.number(settings.temperature) });
    if (next === -1) return showSentence(flips.length === 1 ? "dice_always" : "dice_above", { first: here.id }, { from: format.number(here.from) });
    return showSentence(next === 1 ? "dice_below" : "dice_between", { first: here.id, next: flips[next].id }, { from: format.number(here.from), t: format.number(flips[next].from) });
  }

  host.replaceChildren(list, make("p", { class: "told" }, sentenceBox.box), ...others);
  return { draw };
}
