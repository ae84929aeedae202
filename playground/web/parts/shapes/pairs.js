// Characters, pairs, words: the most frequent adjacent symbols of a text, merged step by step. The server says which
// merge joins which characters (server/bpe.py); pieces are computed here, so that the slider needs no request.

import { curves } from "../../charts/curves.js";
import { eachFrame, keep, make } from "../../dom.js";
import * as format from "../../core/format.js";
import { glyphs } from "../../core/glyphs.js";
import { words } from "../../core/i18n.js";
import { cutAt, lengths, pieces } from "../../core/bpe.js";
import { state, subscribe } from "../../core/store.js";
import { asking } from "../asking.js";
import * as hub from "../hub.js";
import { dimmer } from "./common.js";

const PAUSE = 250; // milliseconds after a key
const DEFAULT_MERGES = 20; // merges
const COLOURS = 4; // of adjacent pieces
// Dickens, A Tale of Two Cities (1859), which repeats itself a lot.
const PASSAGE = "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of Darkness, it was the spring of hope, it was the winter of despair, we had everything before us, we had nothing before us, we were all going direct to Heaven, we were all going direct the other way";
const GPT2 = "openai-community/gpt2";

/** @type {Shape} */
export const pairs = {
  name: "pairs",
  title: words.shape_pairs,
  kind: words.shape_pairs_kind,
  point: words.shape_pairs_point,
  heated: false,
  styles: ["curves", "shapepairs"],
  diagram: { inputs: ["t", "h", "e", "n"], outputs: ["the", null, null, "n"], arrows: "pieces", spans: [3, 1] },
  build,
};

/** @param {ShapeHost} host @returns {ShapePart} */
function build({ link, say, draw: drawDiagram, flowing, flow }) {
  /** @type {string | null} */
  let ownText = link.get("pairs-text"); // null: the passage below
  let source = link.get("pairs-of") === "shakespeare" ? "shakespeare" : "text";
  const linkedMerges = link.get("pairs") ?? "";
  let k = /^\d+$/.test(linkedMerges) ? Number(linkedMerges) : DEFAULT_MERGES;
  /** @type {import("../../core/bpe.js").Pairs | null} */
  let answer = null;
  let answeredText = ""; // the text of the current answer
  let isShown = false;
  let timer = 0;

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const text = () => ownText ?? PASSAGE;
  const box = keep(make("textarea", { class: "typed", id: "pairs-text", rows: 3, spellcheck: "false", on: { input: () => { ownText = box.value; askSoon(); } } }));
  const choices = [["text", words.shape_pairs_own], ["shakespeare", words.shape_pairs_shakespeare]].map(([name, label]) => make("button", {
    text: label, "data-source": name, "aria-pressed": name === source, on: { click: () => { source = name; choices.forEach((choiceButton) => choiceButton.setAttribute("aria-pressed", String(choiceButton.dataset.source === source))); ask(); } },
  }));
  const rail = make("input", { type: "range", id: "pairs-merges", min: 0, max: DEFAULT_MERGES, step: 1, on: { input: () => go(Number(rail.value)) } });
  const count = keep(make("output", { for: "pairs-merges" }));
  const status = make("p", { class: "last", role: "status" });
  const board = keep(make("div", { class: "pieces", tabindex: 0, role: "group", "aria-label": words.shape_pairs_pieces }));
  const gptHeading = make("h3");
  const gptBoard = keep(make("div", { class: "pieces", tabindex: 0, role: "group" }));
  const gptPart = make("div", { class: "gpt", hidden: true }, gptHeading, gptBoard);
  const table = make("tbody");
  const explanation = make("p");
  const gpt = make("p", { class: "muted" });
  const host = make("div");
  const chart = curves(host, {
    title: words.shape_pairs_curve, unitX: words.shape_pairs_vocabulary, unitY: words.shape_pairs_length,
    tell: (x) => { const at = nearest(x); return format.say("shape_pairs_told", { k: at, size: format.grouped(sizeOf(at)), n: format.grouped(lengthOf(at)) }); },
    go: (x) => go(nearest(x)),
    rows: () => [["merges", "pair", "count", "vocabulary", "symbols of the text"], ...allLengths().map((n, i) => [i, i ? (answer?.merges[i - 1].slice(0, 2).join("+") ?? "") : "", i ? answer?.merges[i - 1][2] : "", sizeOf(i), n])],
  });
  const counts = make("div", {},
    make("table", { class: "counts" }, make("thead", {}, make("tr", {}, make("td"), make("th", { scope: "col", text: words.shape_pairs_symbols }), make("th", { scope: "col", text: words.shape_pairs_kinds }))), table),
    host, gpt);
  const answers = asking("shape-pairs", {
    outdated: dimmer(flowing, status, board, gptPart, counts, explanation),
    receive({ head }, data) {
      answer = head;
      answeredText = data.text;
      lengthCache = null;
      k = Math.min(k, head.merges.length);
      draw();
      flow();
    },
  });
  const node = make("div", { class: "shape-pairs" },
    make("div", { class: "legend" }, make("span", { text: words.shape_pairs_of }), make("div", { class: "choice", role: "group", "aria-label": words.shape_pairs_of }, ...choices)),
    make("div", { class: "merges" }, make("label", { for: "pairs-merges", class: "muted", text: words.shape_pairs_merges }), count, rail),
    status, answers.problem,
    make("div", { class: "both" },
      make("div", {}, board, gptPart, make("details", {}, make("summary", { text: words.shape_pairs_other }), box)),
      counts),
    explanation);

  // ── What there is ────────────────────────────────────────────────────────────────────────────────
  /** @type {number[] | null} */
  let lengthCache = null; // the number of symbols after each number of merges
  const allLengths = () => { lengthCache ??= answer ? lengths(answer.joined, answer.merges.length, answer.characters) : [0]; return lengthCache; };
  const lengthOf = (/** @type {number} */ at) => allLengths()[at] ?? 0;
  const sizeOf = (/** @type {number} */ at) => (answer?.learned.alphabet ?? 0) + at;
  const nearest = (/** @type {number} */ x) => Math.round(x * (answer?.merges.length ?? 0));

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  const askSoon = () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); };

  function ask() {
    if (!isShown) return;
    if (document.activeElement !== box && box.value !== text()) box.value = text();
    updateLink();
    answers.ask("pairs", { model: state.settings.model, text: text(), source });
  }

  const updateLink = () => say({ "pairs-text": ownText, "pairs-of": source === "text" ? null : source, pairs: k === DEFAULT_MERGES ? null : String(k) });

  /** @param {number} merges */
  function go(merges) {
    k = merges;
    updateLink();
    draw();
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  const draw = eachFrame(() => {
    if (!answer) return;
    const { merges, learned, words: wordCount, kinds, alphabet, characters, tokens } = answer;
    const last = k > 0 ? merges[k - 1] : null;
    rail.max = String(merges.length);
    rail.value = String(k);
    count.textContent = `${k} / ${merges.length}`;
    status.textContent = last
      ? format.say("shape_pairs_last", { left: format.quoted(visibleText(last[0])), right: format.quoted(visibleText(last[1])), made: format.quoted(visibleText(last[0] + last[1])), n: format.grouped(last[2]) })
      : format.say("shape_pairs_none");
    show(board, pieces(answeredText, answer.joined, k));
    const gptPieces = tokens ? cutAt(answeredText, tokens.starts) : null;
    gptPart.hidden = !gptPieces;
    if (tokens && gptPieces) {
      gptHeading.textContent = format.say("shape_pairs_tokens", { title: tokens.title, n: format.grouped(tokens.starts.length) });
      gptBoard.setAttribute("aria-label", gptHeading.textContent);
      show(gptBoard, gptPieces);
    }
    table.replaceChildren(
      row(format.say("shape_pairs_characters"), characters, source === "text" ? alphabet : learned.alphabet),
      row(format.say("shape_pairs_after", { k }), lengthOf(k), sizeOf(k), true),
      row(format.say("shape_pairs_words"), wordCount, source === "text" ? kinds : learned.kinds),
      ...(tokens && gptPieces ? [row(tokens.title, tokens.starts.length, tokens.size)] : []));
    gpt.hidden = tokens !== null;
    gpt.replaceChildren(make("span", { text: format.say("shape_pairs_no_gpt2") }), " ", make("button", { class: "quiet", text: words.shape_pairs_open, on: { click: openGpt2 } }));
    explanation.textContent = format.say("shape_pairs_why", {
      alphabet: learned.alphabet, n: format.grouped(characters), words: format.grouped(wordCount), kinds: format.grouped(answer.shakespeare.kinds), size: format.grouped(sizeOf(k)), short: format.grouped(lengthOf(k)),
    });
    chart.draw({
      series: [{ name: String(words.shape_pairs), points: allLengths().map((n, i) => [merges.length ? i / merges.length : 0, n]) }],
      ticks: [0, 0.5, 1].map((x) => [x, format.grouped(sizeOf(nearest(x)))]), levels: [[characters, format.grouped(characters)], [lengthOf(merges.length), format.grouped(lengthOf(merges.length))]], top: characters,
    });
    chart.follow(merges.length ? k / merges.length : null);
    drawFirst();
  });

  const visibleText = (/** @type {string} */ symbol) => [...symbol].map((character) => format.seen(character)).join("");

  /** @param {string} label @param {number} symbols @param {number} size @param {boolean} [isCurrent] */
  const row = (label, symbols, size, isCurrent = false) => make("tr", isCurrent ? { class: "now" } : {}, make("th", { scope: "row", text: label }), make("td", { text: format.grouped(symbols) }), make("td", { text: format.grouped(size) }));

  // Draws the pieces; those of the last merge are framed.
  /** @param {Element} host @param {ReturnType<typeof pieces>} of */
  function show(host, of) {
    host.replaceChildren(...of.map((piece, i) => make("span", { class: `piece piece-${i % COLOURS}${piece.fresh ? " fresh" : ""}`, text: glyphs(piece.text) })));
  }

  // Draws the diagram of the text's first characters and pieces.
  function drawFirst() {
    const limit = 14;
    const first = pieces([...answeredText].slice(0, limit).join(""), answer?.joined ?? [], k);
    const inputs = [...answeredText].slice(0, limit).map((character) => format.seen(character));
    const spans = first.map((piece) => [...piece.text].length);
    /** @type {(string | null)[]} */
    const outputs = first.flatMap((piece, i) => [visibleText(piece.text), ...new Array(spans[i] - 1).fill(null)]);
    drawDiagram({ inputs, outputs, arrows: "pieces", spans });
  }

  function openGpt2() {
    document.getElementById("tab-play-button")?.click();
    hub.choose(GPT2);
  }

  subscribe((_, patch) => {
    if (!isShown) return;
    if ("settings" in patch) askSoon();
    if ("language" in patch) draw();
  });

  return {
    node,
    show() { isShown = true; ask(); draw(); },
    hide() { isShown = false; answers.halt(); },
  };
}
