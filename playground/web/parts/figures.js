// The figures of the moment that the bars show, and the sentence of what the dice would give. Everything is computed here
// from what the bars were drawn from. They stand in an element of their own, so that a page can put them elsewhere.

import * as characters from "../core/characters.js";
import { make, keep, onWidth, put, retext } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as groups from "../core/groups.js";
import * as sampling from "../core/sampling.js";
import * as store from "../core/store.js";
import { hint } from "./hint.js";

const HINTS = ["entropy", "choices"];
const NAMES = ["entropy", "choices", "likeliest", "at_one", "kept", "mass", "folded"];

// Keeps a text as tall as it ever was. Where it grew and shrank, all that is under it would move, and with it what the
// pointer is on, which is what the text is about: a translation that takes three lines would never come to rest.
/** @param {HTMLElement} node */
function reserve(node) {
  let tallest = 0;
  node.style.boxSizing = "border-box";
  new ResizeObserver(([{ borderBoxSize: [{ blockSize }] }]) => {
    if (blockSize <= tallest) return;
    tallest = blockSize;
    node.style.minHeight = `${blockSize}px`;
  }).observe(node);
  onWidth(() => { tallest = 0; node.style.minHeight = ""; });
}

const host = make("div", { class: "figures" });

/** @param {GradioParts} parts */
export function mount({ element }) {
  element.replaceChildren(host);
}

// What belongs beside the figures, such as the bars' legend, comes after them.
/** @param {...Node} others */
export function figures(...others) {
  const boxes = Object.fromEntries(NAMES.map((name) => [name, keep(make("dd", { id: `figure-${name.replace("_", "-")}` }))]));
  const list = make("dl", {}, ...NAMES.map((name) => make("div", {}, make("dt", {}, words[name], ...(HINTS.includes(name) ? [hint(name, words[name])] : [])), boxes[name])));
  const told = make("p", { class: "told" });
  reserve(told);

  /** @param {Distribution} now @param {Moment} moment */
  function draw(now, moment) {
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
    put(/** @type {HTMLElement} */ (boxes.folded.parentElement), { hidden: !row.folded });
    if (row.folded) retext(boxes.folded, format.say("folded_of", groups.folded(row, probabilities)));
    tell(now, moment);
  }

  let written = "";
  /** @param {(string | Node)[]} parts */
  function write(parts) {
    const fresh = parts.map((part) => (part instanceof Element ? `<${part.className}>${part.textContent}` : part)).join("");
    if (fresh === written) return;
    written = fresh;
    told.replaceChildren(...parts);
  }

  // What the dice of this moment give at other temperatures, or what came without any.
  /** @param {Distribution} now @param {Moment} moment */
  function tell({ settings, drawn, under, u, special, symbols, came }, moment) {
    /** @param {string} key @param {Record<string, string | Node>} values */
    const tellIn = (key, values) => write(format.rich(key, values));
    const name = (/** @type {number | null | undefined} */ id) => (typeof id !== "number" ? make("b", { text: format.unnamed(drawn) })
      : keep(make("b", { class: special.has(id) ? "special" : undefined, text: format.seen(symbols[id]) })));
    if (u === null) return tellIn(came?.hand ? "by_hand" : "given", { symbol: name(came?.id) });
    if (store.state.playing) return write([]); // it would change faster than anyone reads
    if (settings.temperature === Infinity) return tellIn("dice_uniform", { first: name(under) });
    const flips = store.flips({ logits: moment.logits, u });
    const after = flips.findIndex(({ from }) => from > settings.temperature);
    const here = flips[(after === -1 ? flips.length : after) - 1];
    /** @type {Record<string, string | Node>} */
    const values = { first: name(here.id), from: format.number(here.from) };
    if (after === -1) return tellIn(flips.length === 1 ? "dice_always" : "dice_above", values);
    Object.assign(values, { t: format.number(flips[after].from), next: name(flips[after].id) });
    return tellIn(after === 1 ? "dice_below" : "dice_between", values);
  }

  host.replaceChildren(list, told, ...others);
  return { draw };
}
