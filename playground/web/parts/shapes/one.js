// One to one: a bigram. A letter is a one-hot vector, which selects a row of numbers, its embedding; the product with each
// symbol's context vector is that symbol's logit. Also shows the embeddings as a map: letters that are followed by
// similar letters lie close together.

import { bars } from "../../charts/bars.js";
import { lettermap } from "../../charts/lettermap.js";
import { distributionOf } from "../../core/distribution.js";
import { eachFrame, keep, make } from "../../dom.js";
import * as matrices from "../../core/embeddings.js";
import * as format from "../../core/format.js";
import { words } from "../../core/i18n.js";
import { subscribe } from "../../core/store.js";
import { asking } from "../asking.js";
import { headed } from "../headed.js";
import { dimmer, settingsFor } from "./common.js";

const MODEL = "shakespeare-bigram";
const DEFAULT_LETTER = "q"; // nearly always followed by u
const KINDS = { vowel: "shape_one_vowel", consonant: "shape_one_consonant", capital: "shape_one_capital", mark: "shape_one_mark" };

// A number with a proper minus sign, and none before a rounded 0.
/** @param {number} value @param {number} digits */
const formatSigned = (value, digits) => value.toFixed(digits).replace(/^-(?=0\.0*$)/, "").replace("-", "−");

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
function build({ link, say, draw: drawDiagram, flowing, flow }) {
  let letter = link.get("letter") ?? DEFAULT_LETTER;
  /** @type {number | null} */
  let next = null; // the symbol whose sum is shown; null: the likeliest
  /** @type {import("../../core/embeddings.js").Matrices | null} */
  let matricesOfModel = null;
  /** @type {import("../../charts/lettermap.js").MapLetter[]} */
  let letters = [];
  let isShown = false;

  const box = keep(make("input", { type: "text", id: "shape-one-letter", class: "typed", maxlength: 8, size: 3, autocomplete: "off", autocapitalize: "off", spellcheck: "false", value: letter, on: { input: onInput, focus: () => box.select() } }));
  const unknown = make("p", { class: "problem", role: "alert" });
  const [hot, row, column, products] = ["hot", "row", "column", "products"].map((name) => keep(make("div", { class: `numbers ${name}` })));
  const [rowName, columnName] = [make("span"), make("span")];
  const sum = keep(make("p", { class: "sum-of" }));
  const heading = make("h3");
  const plot = make("div");
  const chart = bars(plot, { pick: (id) => { next = id; redraw(); } });
  const mapBox = make("div");
  const map = lettermap(mapBox, { title: words.shape_one_map, pick: (id) => choose(id), csv: () => (matricesOfModel ? matrices.mapCsv(matricesOfModel) : "") });
  const status = make("p", { class: "muted" });
  const answers = asking("shape-one", {
    busy: words.refused_reading,
    receive(frame) {
      matricesOfModel = matrices.matricesOf(frame);
      letters = matricesOfModel.symbols.map((symbol, id) => ({ text: format.seen(symbol), name: format.spoken(symbol), kind: matrices.kindOf(symbol), place: /** @type {Float32Array} */ (matricesOfModel?.places[id]) }));
      redraw();
      flow();
    },
  });
  const vectorPart = (/** @type {Node} */ caption, /** @type {Node[]} */ ...nodes) => make("div", { class: "vector" }, make("span", { class: "muted" }, caption), ...nodes);
  const sides = make("div", { class: "sides" },
    make("section", { class: "next" }, headed(heading, chart.save), plot),
    make("section", { class: "way" },
      vectorPart(make("span", { text: words.shape_one_hot }), hot),
      vectorPart(rowName, row), vectorPart(columnName, column),
      vectorPart(make("span", { text: words.shape_one_products }), products, sum)));
  const setOutdated = dimmer(flowing, sides);
  const inputPart = make("div", { class: "asked" }, answers.problem,
    make("div", { class: "given" }, make("label", { for: "shape-one-letter", text: words.shape_one_letter }), box), unknown);
  const node = make("div", { class: "shape-one" }, inputPart, sides,
    make("section", { class: "map" }, make("h3", { text: words.shape_one_map }), mapBox,
      make("div", { class: "about-map" }, make("p", { text: words.shape_one_map_say }),
        make("ul", { class: "kinds" }, ...Object.entries(KINDS).map(([kind, word]) => make("li", { class: kind, text: words[word] }))), status)));

  // The last typed character replaces the letter, wherever the caret was.
  /** @param {Event} event */
  function onInput(event) {
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
    if (!matricesOfModel) return;
    letter = matricesOfModel.symbols[id];
    next = null;
    box.value = letter === "\n" ? "↵" : letter;
    redraw();
    flow();
  }

  // Draws numbers in boxes, stronger for larger ones, with one colour above 0 and another below.
  /** @param {HTMLElement} host @param {ArrayLike<number>} values @param {number} largest */
  function drawNumbers(host, values, largest) {
    host.replaceChildren(...Array.from(values, (value) => make("span", {
      class: value < 0 ? "below" : "above", style: `--level: ${Math.min(1, Math.abs(value) / largest).toFixed(3)}`, text: formatSigned(value, 1),
    })));
  }

  const redraw = eachFrame(() => {
    if (!matricesOfModel) return;
    const current = matricesOfModel;
    const id = current.symbols.indexOf(letter === "↵" ? "\n" : letter);
    unknown.textContent = id < 0 ? format.say("shape_one_unknown", { letter: format.quoted(letter) }) : "";
    setOutdated(id < 0);
    if (id < 0) return;
    say({ letter: letter === DEFAULT_LETTER ? null : letter });
    const distribution = distributionOf({ logits: matrices.logitsAfter(current, id), symbols: current.symbols }, settingsFor(current.symbols));
    const likeliest = distribution.row.ids[distribution.row.order[0]];
    const target = next ?? likeliest;
    const nameOf = (/** @type {number} */ symbolId) => format.seen(current.symbols[symbolId]);
    const { each: productList, sum: logit } = matrices.terms(current, id, target);
    const largest = Math.max(...current.embedding[id].map(Math.abs), ...current.context[target].map(Math.abs));
    hot.replaceChildren(...current.symbols.map((symbol, i) => make("i", { class: i === id ? "one" : "", title: format.seen(symbol), text: i === id ? "1" : "" })));
    rowName.textContent = format.say("shape_one_row", { letter: nameOf(id), n: current.width });
    columnName.textContent = format.say("shape_one_column", { letter: nameOf(target) });
    drawNumbers(row, current.embedding[id], largest);
    drawNumbers(column, current.context[target], largest);
    drawNumbers(products, productList, Math.max(...productList.map(Math.abs)));
    const p = distribution.drawn.probabilities[distribution.row.ids.indexOf(target)];
    const sumValues = { sum: formatSigned(logit, 2), letter: nameOf(target), p: format.percent(p) };
    sum.textContent = format.say("shape_one_sum", sumValues);
    heading.replaceChildren(make("span", { text: format.say("shape_one_bars", { letter: nameOf(id) }) }));
    chart.draw(distribution);
    map.draw({ letters, chosen: id });
    status.textContent = format.say("shape_one_share", { share: format.percent(current.share[0] + current.share[1]) });
    drawDiagram({ inputs: [nameOf(id)], outputs: [nameOf(likeliest)], notes: [`${Math.round(100 * distribution.drawn.probabilities[distribution.row.order[0]])} %`], arrows: "none" });
  });

  subscribe((_, patch) => {
    if (isShown && ("settings" in patch || "language" in patch)) redraw();
  });

  return {
    node,
    show() {
      isShown = true;
      if (!matricesOfModel) answers.ask("embeddings", { model: MODEL, prompt: "", bias: "", knows: null, had: null });
      redraw();
    },
    hide() { isShown = false; answers.halt(); },
  };
}
