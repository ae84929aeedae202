// Characters, pairs, words: a text's most frequent neighbours merged step by step. The server says which merge joins which characters
// (server/pairs.py); what the text is cut into after so many merges is worked out here, so that the slider asks nothing.

import { curves } from "../../charts/curves.js";
import { eachFrame, keep, make } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { glyphs } from "../../core/glyphs.js";
import { words } from "../../core/i18n.js";
import { cutAt, lengths, pieces } from "../../core/pairs.js";
import { state, subscribe } from "../../core/store.js";
import { asking } from "../asking.js";
import * as hub from "../hub.js";

const PAUSE = 250; // milliseconds after a key
const LONGEST = 2_000; // characters, as requests/pairs.py has it
const BEGINS = 20; // merges
const COLOURS = 4; // of pieces that stand beside each other
// Dickens, A Tale of Two Cities (1859): it says the same again and again.
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
function build({ link, say, draw: drawDiagram, flow }) {
  /** @type {string | null} */
  let own = link.get("pairs-text"); // null: the passage
  let source = link.get("pairs-of") === "shakespeare" ? "shakespeare" : "text";
  const given = link.get("pairs") ?? "";
  let k = /^\d+$/.test(given) ? Number(given) : BEGINS;
  /** @type {import("../../core/pairs.js").Pairs | null} */
  let found = null;
  let read = ""; // the text that this is about
  let looked = false;
  let waiting = 0;

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const text = () => [...(own ?? PASSAGE)].slice(0, LONGEST).join("");
  const box = keep(make("textarea", { class: "typed", id: "pairs-text", rows: 3, maxlength: LONGEST, spellcheck: "false", on: { input: () => { own = box.value; soon(); } } }));
  const choices = [["text", words.shape_pairs_own], ["shakespeare", words.shape_pairs_shakespeare]].map(([name, called]) => make("button", {
    text: called, "data-source": name, "aria-pressed": name === source, on: { click: () => { source = name; choices.forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.source === source))); ask(); } },
  }));
  const rail = make("input", { type: "range", id: "pairs-merges", min: 0, max: BEGINS, step: 1, on: { input: () => go(Number(rail.value)) } });
  const count = keep(make("output", { for: "pairs-merges" }));
  const told = make("p", { class: "last", role: "status" });
  const board = keep(make("div", { class: "pieces", tabindex: 0, role: "group", "aria-label": words.shape_pairs_pieces }));
  const table = make("tbody");
  const said = make("p");
  const gpt = make("p", { class: "muted" });
  const host = make("div");
  const chart = curves(host, {
    title: words.shape_pairs_curve, unitX: words.shape_pairs_vocabulary, unitY: words.shape_pairs_length,
    tell: (x) => { const at = nearest(x); return format.say("shape_pairs_told", { k: at, size: format.grouped(sizeOf(at)), n: format.grouped(lengthOf(at)) }); },
    go: (x) => go(nearest(x)),
    rows: () => [["merges", "pair", "count", "vocabulary", "symbols of the text"], ...all().map((n, i) => [i, i ? (found?.merges[i - 1].slice(0, 2).join("+") ?? "") : "", i ? found?.merges[i - 1][2] : "", sizeOf(i), n])],
  });
  const answers = asking("shape-pairs", {
    receive({ head }) {
      found = head;
      read = text();
      counted = null;
      k = Math.min(k, head.merges.length);
      draw();
      flow();
    },
  });
  const node = make("div", { class: "shape-pairs" },
    make("div", { class: "legend" }, make("span", { text: words.shape_pairs_of }), make("div", { class: "choice", role: "group", "aria-label": words.shape_pairs_of }, ...choices)),
    make("div", { class: "merges" }, make("label", { for: "pairs-merges", class: "muted", text: words.shape_pairs_merges }), count, rail),
    told, answers.problem,
    make("div", { class: "both" },
      make("div", {}, board, make("details", {}, make("summary", { text: words.shape_pairs_other }), box)),
      make("div", {},
        make("table", { class: "counts" }, make("thead", {}, make("tr", {}, make("td"), make("th", { scope: "col", text: words.shape_pairs_symbols }), make("th", { scope: "col", text: words.shape_pairs_kinds }))), table),
        host, gpt)),
    said);

  // ── What there is ────────────────────────────────────────────────────────────────────────────────
  /** @type {number[] | null} */
  let counted = null; // how many symbols the text has after each number of merges
  const all = () => { counted ??= found ? lengths(found.joined, found.merges.length, found.characters) : [0]; return counted; };
  const lengthOf = (/** @type {number} */ at) => all()[at] ?? 0;
  const sizeOf = (/** @type {number} */ at) => (found?.learned.alphabet ?? 0) + at;
  const nearest = (/** @type {number} */ x) => Math.round(x * (found?.merges.length ?? 0));

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, PAUSE); };

  function ask() {
    if (!looked) return;
    if (document.activeElement !== box && box.value !== text()) box.value = text();
    tell();
    answers.ask("pairs", { model: state.settings.model, text: text(), source });
  }

  const tell = () => say({ "pairs-text": own, "pairs-of": source === "text" ? null : source, pairs: k === BEGINS ? null : String(k) });

  /** @param {number} to */
  function go(to) {
    k = to;
    tell();
    draw();
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  const draw = eachFrame(() => {
    if (!found) return;
    const { merges, learned, words: wordCount, kinds, alphabet, characters, tokens } = found;
    const last = k > 0 ? merges[k - 1] : null;
    rail.max = String(merges.length);
    rail.value = String(k);
    count.textContent = `${k} / ${merges.length}`;
    told.textContent = last
      ? format.say("shape_pairs_last", { left: format.quoted(shown(last[0])), right: format.quoted(shown(last[1])), made: format.quoted(shown(last[0] + last[1])), n: format.grouped(last[2]) })
      : format.say("shape_pairs_none");
    show(pieces(read, found.joined, k));
    const token = tokens ? cutAt(read, tokens.starts) : null;
    table.replaceChildren(
      row(format.say("shape_pairs_characters"), characters, source === "text" ? alphabet : learned.alphabet),
      row(format.say("shape_pairs_after", { k }), lengthOf(k), sizeOf(k), true),
      row(format.say("shape_pairs_words"), wordCount, source === "text" ? kinds : learned.kinds),
      ...(tokens && token ? [row(tokens.title, tokens.starts.length, tokens.size)] : []));
    gpt.hidden = tokens !== null;
    gpt.replaceChildren(make("span", { text: format.say("shape_pairs_no_gpt2") }), " ", make("button", { class: "quiet", text: words.shape_pairs_open, on: { click: openGpt2 } }));
    said.textContent = format.say("shape_pairs_why", {
      alphabet: learned.alphabet, n: format.grouped(characters), words: format.grouped(wordCount), kinds: format.grouped(found.shakespeare.kinds), size: format.grouped(sizeOf(k)), short: format.grouped(lengthOf(k)),
    });
    chart.draw({
      series: [{ name: String(words.shape_pairs), points: all().map((n, i) => [merges.length ? i / merges.length : 0, n]) }],
      ticks: [0, 0.5, 1].map((x) => [x, format.grouped(sizeOf(nearest(x)))]), levels: [[characters, format.grouped(characters)], [lengthOf(merges.length), format.grouped(lengthOf(merges.length))]], top: characters,
    });
    chart.follow(merges.length ? k / merges.length : null);
    drawFirst();
  });

  const shown = (/** @type {string} */ symbol) => [...symbol].map((character) => format.seen(character)).join("");

  /** @param {string} called @param {number} symbols @param {number} size @param {boolean} [now] */
  const row = (called, symbols, size, now = false) => make("tr", now ? { class: "now" } : {}, make("th", { scope: "row", text: called }), make("td", { text: format.grouped(symbols) }), make("td", { text: format.grouped(size) }));

  // The pieces as they stand in the text; those that the last merge made are framed.
  /** @param {ReturnType<typeof pieces>} of */
  function show(of) {
    board.replaceChildren(...of.map((piece, i) => make("span", { class: `piece piece-${i % COLOURS}${piece.fresh ? " fresh" : ""}`, text: glyphs(piece.text) })));
  }

  // The text's first characters, and the pieces that they make.
  function drawFirst() {
    const most = 14;
    const first = pieces([...read].slice(0, most).join(""), found?.joined ?? [], k);
    const inputs = [...read].slice(0, most).map((character) => format.seen(character));
    const spans = first.map((piece) => [...piece.text].length);
    /** @type {(string | null)[]} */
    const outputs = first.flatMap((piece, i) => [shown(piece.text), ...new Array(spans[i] - 1).fill(null)]);
    drawDiagram({ inputs, outputs, arrows: "pieces", spans });
  }

  function openGpt2() {
    document.getElementById("tab-play-button")?.click();
    hub.choose(GPT2);
  }

  subscribe((_, patch) => {
    if (!looked) return;
    if ("settings" in patch) soon();
    if ("language" in patch) draw();
  });

  return {
    node,
    show() { looked = true; ask(); draw(); },
    hide() { looked = false; answers.halt(); },
  };
}
