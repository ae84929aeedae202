// One to one: a bigram. A letter is a one-hot vector, that picks a row of numbers, the embedding; its product with the numbers of each
// symbol, the context, is how likely that one is to come next. And the embeddings as a map: letters that are followed alike lie
// side by side.

import { bars } from "../../charts/bars.js";
import { lettermap } from "../../charts/lettermap.js";
import { distributionOf } from "../../core/distribution.js";
import { eachFrame, keep, make } from "../../core/dom.js";
import * as matrices from "../../core/embeddings.js";
import * as format from "../../core/format.js";
import { words } from "../../core/i18n.js";
import { subscribe } from "../../core/store.js";
import { asking } from "../asking.js";
import { settingsFor } from "./common.js";

const MODEL = "shakespeare-bigram";
const FIRST = "q"; // after which nearly always the same comes
const KINDS = { vowel: "shape_one_vowel", consonant: "shape_one_consonant", capital: "shape_one_capital", mark: "shape_one_mark" };

// A number with a minus of its own width, and none before a 0.
/** @param {number} value @param {number} digits */
const signed = (value, digits) => value.toFixed(digits).replace(/^-(?=0\.0*$)/, "").replace("-", "−");

/** @type {Shape} */
export const one = {
  name: "one",
  title: words.shape_one,
  kind: words.shape_one_kind,
  point: words.shape_one_point,
  styles: ["one"],
  diagram: { inputs: ["q"], outputs: ["u"], arrows: "none" },
  build,
};

/** @param {ShapeHost} host @returns {ShapePart} */
function build({ link, say, draw: drawDiagram, flow }) {
  let letter = link.get("letter") ?? FIRST;
  /** @type {number | null} */
  let next = null; // the symbol whose sum is written out; null: the likeliest
  /** @type {import("../../core/embeddings.js").Matrices | null} */
  let of = null;
  /** @type {import("../../charts/lettermap.js").MapLetter[]} */
  let letters = [];
  let looked = false;

  const box = keep(make("input", { type: "text", id: "shape-one-letter", class: "typed", maxlength: 8, size: 3, autocomplete: "off", autocapitalize: "off", spellcheck: "false", value: letter, on: { input: typed, focus: () => box.select() } }));
  const unknown = make("p", { class: "problem", role: "alert" });
  const [hot, row, column, products] = ["hot", "row", "column", "products"].map((name) => keep(make("div", { class: `numbers ${name}` })));
  const [rowName, columnName] = [make("span"), make("span")];
  const sum = keep(make("p", { class: "sum-of" }));
  const heading = make("h3");
  const plot = make("div");
  const chart = bars(plot, { pick: (id) => { next = id; redraw(); } });
  const mapBox = make("div");
  const map = lettermap(mapBox, { title: words.shape_one_map, pick: (id) => choose(id), csv: () => (of ? matrices.mapCsv(of) : "") });
  const told = make("p", { class: "muted" });
  const answers = asking("shape-one", {
    refused: words.refused_reading,
    receive(frame) {
      of = matrices.matricesOf(frame);
      letters = of.symbols.map((symbol, id) => ({ text: format.seen(symbol), name: format.spoken(symbol), kind: matrices.kindOf(symbol), place: /** @type {Float32Array} */ (of?.places[id]) }));
      redraw();
      flow();
    },
  });
  const part = (/** @type {Node} */ said, /** @type {Node[]} */ ...nodes) => make("div", { class: "vector" }, make("span", { class: "muted" }, said), ...nodes);
  const node = make("div", { class: "shape-one" }, answers.problem,
    make("div", { class: "given" }, make("label", { for: "shape-one-letter", text: words.shape_one_letter }), box), unknown,
    make("div", { class: "sides" },
      make("section", { class: "next" }, heading, plot),
      make("section", { class: "way" },
        part(make("span", { text: words.shape_one_hot }), hot), part(rowName, row), part(columnName, column),
        part(make("span", { text: words.shape_one_products }), products, sum))),
    make("section", { class: "map" }, make("h3", { text: words.shape_one_map }), mapBox,
      make("div", { class: "about-map" }, make("p", { text: words.shape_one_map_say }),
        make("ul", { class: "kinds" }, ...Object.entries(KINDS).map(([kind, word]) => make("li", { class: kind, text: words[word] }))), told)));

  // What was typed last takes the place of what stood there, wherever the caret was.
  /** @param {Event} event */
  function typed(event) {
    const { data } = /** @type {InputEvent} */ (event);
    const symbol = [...(data || box.value)].pop();
    if (symbol === undefined) return;
    letter = symbol;
    next = null;
    box.value = letter;
    box.select();
    redraw();
  }

  /** @param {number} id */
  function choose(id) {
    if (!of) return;
    letter = of.symbols[id];
    next = null;
    box.value = letter === "\n" ? "↵" : letter;
    redraw();
    flow();
  }

  // Numbers in boxes, deeper where they are larger, in one colour above 0 and another one below.
  /** @param {HTMLElement} host @param {ArrayLike<number>} values @param {number} most */
  function boxes(host, values, most) {
    host.replaceChildren(...Array.from(values, (value) => make("span", {
      class: value < 0 ? "below" : "above", style: `--level: ${Math.min(1, Math.abs(value) / most).toFixed(3)}`, text: signed(value, 1),
    })));
  }

  const redraw = eachFrame(() => {
    if (!of) return;
    const found = of;
    const id = found.symbols.indexOf(letter === "↵" ? "\n" : letter);
    unknown.textContent = id < 0 ? format.say("shape_one_unknown", { letter: format.quoted(letter) }) : "";
    if (id < 0) return;
    say({ letter: letter === FIRST ? null : letter });
    const shown = distributionOf({ logits: matrices.logitsAfter(found, id), symbols: found.symbols }, settingsFor(found.symbols));
    const likeliest = shown.row.ids[shown.row.order[0]];
    const other = next ?? likeliest;
    const name = (/** @type {number} */ of_) => format.seen(found.symbols[of_]);
    const { each, sum: logit } = matrices.terms(found, id, other);
    const most = Math.max(...found.embedding[id].map(Math.abs), ...found.context[other].map(Math.abs));
    hot.replaceChildren(...found.symbols.map((symbol, i) => make("i", { class: i === id ? "one" : "", title: format.seen(symbol), text: i === id ? "1" : "" })));
    rowName.textContent = format.say("shape_one_row", { letter: name(id), n: found.width });
    columnName.textContent = format.say("shape_one_column", { letter: name(other) });
    boxes(row, found.embedding[id], most);
    boxes(column, found.context[other], most);
    boxes(products, each, Math.max(...each.map(Math.abs)));
    const p = shown.drawn.probabilities[shown.row.ids.indexOf(other)];
    sum.textContent = format.say("shape_one_sum", { sum: signed(logit, 2), letter: name(other), p: format.percent(p) });
    heading.replaceChildren(make("span", { text: format.say("shape_one_bars", { letter: name(id) }) }));
    chart.draw(shown);
    map.draw({ letters, chosen: id });
    told.textContent = format.say("shape_one_share", { share: format.percent(found.share[0] + found.share[1]) });
    drawDiagram({ inputs: [name(id)], outputs: [name(likeliest)], notes: [`${Math.round(100 * shown.drawn.probabilities[shown.row.order[0]])} %`], arrows: "none" });
  });

  subscribe((_, patch) => {
    if (looked && ("settings" in patch || "language" in patch)) redraw();
  });

  return {
    node,
    show() {
      looked = true;
      if (!of) answers.ask("embeddings", { model: MODEL, prompt: "", bias: "", knows: null, had: null });
      redraw();
    },
    hide() { looked = false; answers.halt(); },
  };
}
