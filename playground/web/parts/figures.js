// The figures of the moment that the bars show, and the sentence of what the dice would give. Everything is computed here
// from what the bars were drawn from. They stand in an element of their own, so that a page can put them elsewhere.

import * as characters from "../core/characters.js";
import { make, keep, onWidth } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/given.js";
import * as groups from "../core/groups.js";
import * as runs from "../core/runs.js";
import * as sampling from "../core/sampling.js";
import * as store from "../core/store.js";

const NAMES = ["entropy", "choices", "likeliest", "at_one", "kept", "mass", "folded"];

// Keeps a text as tall as it ever was. Where it grew and shrank, all that is under it would move, and with it what the
// pointer is on, which is what the text is about: a translation that takes three lines would never come to rest.
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

export function mount({ element }) {
  element.replaceChildren(host);
}

// What belongs beside the figures, such as the bars' legend, comes after them.
export function figures(...others) {
  const boxes = Object.fromEntries(NAMES.map((name) => [name, keep(make("dd", { id: `figure-${name.replace("_", "-")}` }))]));
  const list = make("dl", {}, ...NAMES.map((name) => make("div", {}, make("dt", { text: words[name] }), boxes[name])));
  const told = make("p", { class: "told" });
  reserve(told);

  function draw(now) {
    const { moment, row, atOne, drawn: { probabilities, left, kept }, whole } = now;
    const bits = sampling.entropy(probabilities, left);
    let mass = 0;
    for (let i = 0; i < whole.length; i++) mass += (whole[i] * left[i]) / row.counts[i];
    boxes.entropy.textContent = format.say("bits", { n: bits.toFixed(2) });
    boxes.choices.textContent = (2 ** bits).toLocaleString("en", { maximumFractionDigits: 1, minimumFractionDigits: 1 });
    boxes.likeliest.classList.toggle("special", runs.isSpecial(moment.run, row.ids[0]));
    boxes.likeliest.textContent = `${characters.isolated(format.seen(moment.symbols[row.ids[0]]))}  ${format.percent(probabilities[0])}`;
    boxes.at_one.textContent = format.percent(atOne[0]);
    boxes.kept.textContent = format.say("kept_of", { n: kept.toLocaleString("en"), all: row.size.toLocaleString("en") });
    boxes.mass.textContent = format.percent(Math.min(1, mass));
    boxes.folded.parentElement.hidden = !row.folded;
    if (row.folded) boxes.folded.textContent = format.say("folded_of", groups.folded(row, probabilities));
    tell(now);
  }

  // What the dice of this moment give at other temperatures, or what came without any.
  function tell({ moment, settings, drawn, under }) {
    const tellIn = (key, values) => told.replaceChildren(...format.rich(key, values));
    const name = (id) => (id === null ? make("b", { text: format.unnamed(drawn) })
      : keep(make("b", { class: runs.isSpecial(moment.run, id) ? "special" : undefined, text: format.seen(moment.symbols[id]) })));
    if (moment.u === null) {
      return tellIn(moment.came && moment.came.hand ? "by_hand" : "given", { symbol: name(moment.came.id) });
    }
    if (store.state.playing) return told.replaceChildren(); // it would change faster than anyone reads
    if (settings.temperature === Infinity) return tellIn("dice_uniform", { first: name(under) });
    const flips = store.flips(moment);
    const after = flips.findIndex(({ from }) => from > settings.temperature);
    const here = after === -1 ? flips.at(-1) : flips[after - 1];
    const values = { first: name(here.id), from: format.number(here.from) };
    if (after === -1) return tellIn(flips.length === 1 ? "dice_always" : "dice_above", values);
    Object.assign(values, { t: format.number(flips[after].from), next: name(flips[after].id) });
    return tellIn(after === 1 ? "dice_below" : "dice_between", values);
  }

  host.replaceChildren(list, told, ...others);
  return { draw };
}
