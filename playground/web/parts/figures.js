// The figures of the moment that the bars show, and the sentence of what the dice would give. Everything is computed here
// from what the bars were drawn from. They stand in an element of their own, so that a page can put them elsewhere.

import * as characters from "../core/characters.js";
import { make, keep, onWidth, put, refill, retext } from "../core/dom.js";
import * as format from "../core/format.js";
import { current, words } from "../core/i18n.js";
import * as groups from "../core/groups.js";
import * as sampling from "../core/sampling.js";
import * as store from "../core/store.js";
import { hint } from "./hint.js";

const HINTS = ["entropy", "choices"];
const NAMES = ["entropy", "choices", "likeliest", "at_one", "kept", "mass", "folded"];

// A box that is as wide, or as tall, as what stands in it ever was. Where it grew and shrank, all that is under it would move, and
// with it what the pointer is on, which is what the text is about: a translation that takes three lines would never come to rest.
// Its size is its own, so that another text in it lays out nothing around it.
/** @param {"width" | "height"} side */
function reserve(side) {
  const text = make("span");
  const box = make("span", { class: `reserved ${side}` }, text);
  let now = 0;
  let most = 0;
  function fit() {
    most = Math.max(most, now);
    box.style[side] = `${most}px`;
  }
  new ResizeObserver(([{ contentRect }]) => {
    now = contentRect[side];
    if (now > most) fit();
  }).observe(text);
  const forget = () => { most = 0; fit(); };
  onWidth(forget);
  return { box, text, forget };
}

const host = make("div", { class: "figures" });

/** @param {GradioParts} parts */
export function mount({ element }) {
  element.replaceChildren(host);
}

// What a figure is called. What explains it stays beside its last word where a line is too short for all of them.
/** @param {string} name */
const named = (name) => make("dt", {}, words[name], ...(HINTS.includes(name) ? [hint(name, words[name])] : []));

// What belongs beside the figures, such as the bars' legend, comes after them.
/** @param {...Node} others */
export function figures(...others) {
  const rooms = Object.fromEntries(NAMES.map((name) => [name, reserve("width")]));
  const boxes = Object.fromEntries(NAMES.map((name) => [name, rooms[name].text]));
  const values = NAMES.map((name) => keep(make("dd", { id: `figure-${name.replace("_", "-")}` }, rooms[name].box)));
  const list = make("dl", {}, ...NAMES.map((name, i) => make("div", {}, named(name), values[i])));
  const told = reserve("height");
  let tellsOf = ""; // what is told, in short: most moves of a drag tell the same
  /** @type {string[] | null} */
  let vocabulary = null; // of the figures that the boxes have room for

  /** @param {Distribution} now @param {Moment} moment */
  function draw(now, moment) {
    if (vocabulary !== now.symbols) {
      tellsOf = "";
      for (const { forget } of Object.values(rooms)) forget();
    }
    vocabulary = now.symbols;
    const { row, atOne, drawn: { probabilities, left, kept }, whole, symbols, special } = now;
    const [top] = row.order;
    const bits = sampling.entropy(probabilities, left);
    let mass = 0;
    for (let i = 0; i < whole.length; i++) mass += (whole[i] * left[i]) / row.counts[i];
    retext(boxes.entropy, format.say("bits", { n: bits.toFixed(2) }));
    retext(boxes.choices, format.tenths(2 ** bits));
    boxes.likeliest.classList.toggle("special", special.has(row.ids[top]));
    retext(boxes.likeliest, `${characters.isolated(format.seen(symbols[row.ids[top]]))}  ${format.percent(probabilities[top])}`);
    retext(boxes.at_one, format.percent(atOne[top]));
    retext(boxes.kept, format.say("kept_of", { n: format.grouped(kept), all: format.grouped(row.size) }));
    retext(boxes.mass, format.percent(Math.min(1, mass)));
    put(/** @type {HTMLElement} */ (boxes.folded.closest("div")), { hidden: !row.folded });
    if (row.folded) retext(boxes.folded, format.say("folded_of", groups.folded(row, probabilities)));
    tell(now, moment);
  }

  // What the dice of this moment give at other temperatures, or what came without any.
  /** @param {Distribution} now @param {Moment} moment */
  function tell({ settings, drawn, under, u, special, symbols, came }, moment) {
    /** @type {(key: string, ids: Record<string, number | null | undefined>, numbers?: Record<string, string>) => void} */
    const tellIn = (key, ids, numbers = {}) => {
      const fresh = JSON.stringify([current(), key, ids, numbers, drawn.even]);
      if (fresh === tellsOf && told.text.firstChild) return;
      tellsOf = fresh;
      refill(told.text, format.rich(key, { ...numbers, ...Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, nameOf(id)])) }));
    };
    const nameOf = (/** @type {number | null | undefined} */ id) => (typeof id !== "number" ? make("b", { text: format.unnamed(drawn) })
      : keep(make("b", { class: special.has(id) ? "special" : undefined, text: format.seen(symbols[id]) })));
    if (u === null) return tellIn(came?.hand ? "by_hand" : "given", { symbol: came?.id });
    if (store.state.playing) return refill(told.text, []); // it would change faster than anyone reads
    if (settings.temperature === Infinity) return tellIn("dice_uniform", { first: under });
    const flips = store.flips({ logits: moment.logits, u });
    const after = flips.findIndex(({ from }) => from > settings.temperature);
    const here = flips[(after === -1 ? flips.length : after) - 1];
    if (after === -1) return tellIn(flips.length === 1 ? "dice_always" : "dice_above", { first: here.id }, { from: format.number(here.from) });
    return tellIn(after === 1 ? "dice_below" : "dice_between", { first: here.id, next: flips[after].id }, { from: format.number(here.from), t: format.number(flips[after].from) });
  }

  host.replaceChildren(list, make("p", { class: "told" }, told.box), ...others);
  return { draw };
}
