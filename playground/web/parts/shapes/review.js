// Many to one: a whole review in, one verdict out. Shows the verdict after each letter, which letters moved it, and
// what the mask is for: the same review alone and in a batch of longer ones.

import { classes } from "../../charts/classes.js";
import { curves } from "../../charts/curves.js";
import { contributions } from "../../charts/contributions.js";
import { eachFrame, keep, make } from "../../dom.js";
import * as format from "../../core/format.js";
import { prompts } from "../../core/pagedata.js";
import { words } from "../../core/i18n.js";
import { state, subscribe } from "../../core/store.js";
import * as unknown from "../../core/unknown.js";
import * as verdicts from "../../core/verdict.js";
import { asking } from "../asking.js";
import { headed } from "../headed.js";
import { hint } from "../hint.js";
import { dimmer } from "./common.js";
import { modelChoice } from "./modelchoice.js";

const PAUSE = 60; // milliseconds after a key
const MAX_LENGTH = 352; // maximum symbols, as on the server; Korean is read as jamo, so there the server counts
const SHOWN = 22; // letters in the diagram, from the end
const LEVELS = /** @type {[number, string][]} */ ([[0, "0 %"], [0.5, "50 %"], [1, "100 %"]]);
// The models, each with texts to try; the first is the default.
/** @type {Record<string, { title: string, texts: string[] }>} */
const MODELS = {
  "sentiment-en": { title: words.shape_review_en, texts: ["The food was wonderful, but the service was slow.", "Not bad at all!", "I would not recommend this place.", "It broke after two days."] },
  "sentiment-ko": { title: words.shape_review_ko, texts: ["기대 안 했는데 볼만해요", "나쁘지 않았다", "정말 재미있게 봤어요", "배우들 연기는 좋은데 이야기가 지루하다"] },
};
const CLASSES = [words.shape_review_bad, words.shape_review_good];

/** @type {Shape} */
export const review = {
  name: "review",
  title: words.shape_review,
  kind: words.shape_review_kind,
  point: words.shape_review_point,
  styles: ["curves", "shapereview"],
  task: "classifier",
  diagram: { inputs: ["g", "o", "o", "d"], outputs: [null, null, null, "+"], arrows: "both" },
  build,
};

/** @param {ShapeHost} host @returns {ShapePart} */
function build({ link, say, draw: drawDiagram, flowing, flow }) {
  const choice = modelChoice({
    task: "classifier", label: words.shape_review_model, bundled: Object.entries(MODELS).map(([name, { title }]) => [name, title]), choose,
  });
  let chosen = choice.first(link.get("review-model")); // null: the default for the page's language
  /** @type {string | null} */
  let ownText = link.get("review"); // null: the model's first text
  let masked = link.get("review-mask") !== "off";
  const linkedWidth = Number(link.get("review-width"));
  /** @type {number | null} */
  let width = linkedWidth > 0 ? linkedWidth : null; // of the batch; null: the widest
  /** @type {import("../../core/verdict.js").Verdict | null} */
  let verdict = null;
  /** @type {import("../../core/verdict.js").Verdict | null} */
  let nextVerdict = null; // replaces `verdict` once it has a verdict
  let isShown = false;
  let timer = 0;

  const model = () => chosen ?? (state.language === "ko" ? "sentiment-ko" : "sentiment-en");
  const texts = () => MODELS[model()]?.texts ?? (prompts[model()]?.length ? prompts[model()] : MODELS["sentiment-en"].texts);
  const text = () => ownText ?? texts()[0];

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const label = make("label", { class: "muted", for: "shape-review-text", text: words.shape_review_text });
  const box = keep(make("textarea", {
    id: "shape-review-text", class: "typed", rows: 2, autocomplete: "off", spellcheck: "false",
    on: { input: () => { ownText = box.value; askSoon(); } },
  }));
  const examples = keep(make("div", { class: "tries" }));
  const readAs = make("p", { class: "muted read-as", role: "status" });
  const barsHost = make("div");
  const bars = classes(barsHost, { title: words.shape_review_bars });
  const lettersHost = make("div");
  const letters = contributions(lettersHost, { title: words.shape_review_letters });
  const courseHost = make("div");
  const course = curves(courseHost, {
    title: words.shape_review_course, unitX: words.shape_review_letter, unitY: words.shape_review_p, tell: tellCourse,
    rows: () => (verdict ? verdicts.lettersRows(verdict) : []),
  });
  const rail = make("input", { type: "range", id: "shape-review-width", min: 1, max: MAX_LENGTH, step: 1, on: { input: () => { width = Number(rail.value); updateLink(); redraw(); } } });
  const railValue = keep(make("output", { for: "shape-review-width" }));
  const toggle = make("button", { class: "switch", role: "switch", "aria-checked": String(masked), on: { click: () => { masked = !masked; updateLink(); redraw(); flow(); } } },
    make("i"), make("span", { text: words.shape_review_mask }));
  const aloneHost = make("div");
  const batchHost = make("div");
  const [aloneBars, batchBars] = [classes(aloneHost, { title: words.shape_review_alone }), classes(batchHost, { title: words.shape_review_batch })];
  const flips = make("p", { class: "flips", role: "status" });
  const widthHost = make("div");
  const widths = curves(widthHost, {
    title: words.shape_review_widths, unitX: words.shape_review_width, unitY: words.shape_review_p, tell: tellWidth,
    go: (share) => { if (verdict) { width = verdicts.widthAt(verdict, share); updateLink(); redraw(); } },
    rows: () => [["width", "P(good) with the mask", "without"], ...(verdict?.padded ?? []).map(([w, kept, dropped]) => [w, ...[kept, dropped].map((logits) => verdicts.positiveProbability(logits, state.settings.temperature))])],
  });
  const figures = make("p", { class: "muted figures" });
  const results = [
    make("div", { class: "both" },
      make("section", {}, headed(make("h3", { text: words.shape_review_bars }), bars.save), barsHost),
      make("section", {}, headed(make("h3", {}, make("span", { text: words.shape_review_letters }), hint("shape_review_letters", words.shape_review_letters)), letters.save), lettersHost)),
    make("section", {}, make("h3", { text: words.shape_review_course }), courseHost),
    make("section", { class: "masking" },
      make("h3", {}, make("span", { text: words.shape_review_masking }), hint("shape_review_mask", words.shape_review_mask)),
      make("div", { class: "both" },
        make("div", { class: "batch" }, toggle,
          make("div", { class: "width" }, make("label", { class: "muted", for: "shape-review-width", text: words.shape_review_width }), railValue, rail),
          headed(make("h4", { text: words.shape_review_alone }), aloneBars.save), aloneHost,
          headed(make("h4", { text: words.shape_review_batch }), batchBars.save), batchHost, flips),
        make("div", {}, make("div", { class: "key" }, make("span", { class: "with", text: words.shape_review_with }), make("span", { class: "without", text: words.shape_review_without })), widthHost))),
    figures,
  ];
  const answers = asking("shape-review", { receive, isComplete: () => nextVerdict?.done ?? verdict?.done ?? false, outdated: dimmer(flowing, readAs, ...results) });
  const node = make("div", { class: "shape-review" }, make("div", { class: "question" }, choice.node, label, box, readAs, examples, answers.problem), ...results);

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  const askSoon = () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); };

  /** @param {string} name */
  function choose(name) {
    if (name === model() && chosen) return;
    if (ownText !== null && Object.values(MODELS).some(({ texts }) => texts.includes(String(ownText)))) ownText = null; // an example of the other model
    chosen = name;
    ask();
  }

  function updateLink() {
    say({
      review: ownText, "review-model": chosen, "review-mask": masked ? null : "off", "review-width": width === null ? null : String(width),
    });
  }

  function ask() {
    if (!isShown) return;
    clearTimeout(timer);
    if (document.activeElement !== box && box.value !== text()) box.value = text();
    choice.show(model());
    if (texts().join("\n") !== [...examples.children].map((button) => button.textContent).join("\n")) examples.replaceChildren(...texts().map((example) => make("button", { class: "quiet", text: example, on: { click: () => { box.value = ownText = example; ask(); } } })));
    updateLink();
    answers.ask("classify", { model: model(), text: text() });
  }

  /** @param {Frame} frame */
  function receive({ head }) {
    if (head.model) nextVerdict = verdicts.begin(head);
    else if (nextVerdict) verdicts.extend(nextVerdict, head);
    if (!nextVerdict?.logits.length) return;
    if (verdict !== nextVerdict) flow();
    verdict = nextVerdict;
    redraw();
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  /** @param {number[]} logits */
  const rowsOf = (logits) => {
    const [shares, sharesAtOne] = [state.settings.temperature, 1].map((t) => verdicts.probabilities(logits, t));
    return CLASSES.map((name, i) => ({ name: String(name), share: shares[i], atOne: sharesAtOne[i] }));
  };
  /** @param {number[]} logits */
  const verdictOf = (logits) => String(CLASSES[verdicts.mostLikely(logits)]);
  const currentWidth = () => (
    Math.max(verdict?.ids.length ?? 1, Math.min(verdict?.widest ?? MAX_LENGTH, width ?? MAX_LENGTH)));

  const redraw = eachFrame(() => {
    const of = verdict;
    if (!of) return;
    const { temperature } = state.settings;
    const lastLetters = of.cells.slice(-SHOWN).map(({ text: letter }) => format.seen(letter));
    drawDiagram({
      inputs: lastLetters, outputs: lastLetters.map((_, i) => (i === lastLetters.length - 1 ? (verdicts.mostLikely(of.logits) ? "+" : "−") : null)),
      notes: lastLetters.map((_, i) => (i === lastLetters.length - 1 ? verdictOf(of.logits) : null)), arrows: "both",
    }, true);
    readAs.textContent = unknown.sentenceOf(of.cells);
    bars.draw(rowsOf(of.logits));
    letters.draw({
      letters: of.cells.map(({ text: letter, unknown: replacement }, i) => ({ text: format.alone(letter) === "␣" ? "\u00a0" : format.alone(letter), said: format.spoken(letter), value: of.shares[i] ?? 0, marked: replacement !== undefined })),
      low: String(CLASSES[0]), high: String(CLASSES[1]), tell: tellLetter, rest: format.say("shape_review_letters_rest"),
    });
    const labels = of.cells.map(({ text: letter }) => (format.alone(letter) === "␣" ? "" : letter));
    // On narrow screens only the first letter of each word is labelled.
    const ticks = labels.map((letter, i) => /** @type {Tick} */ ([(i + 0.5) / labels.length, letter, Boolean(labels[i - 1])]));
    course.draw({ series: [{ name: "", points: verdicts.positiveCurve(of, temperature) }], ticks: labels.length <= 60 ? ticks : [], levels: LEVELS, top: 1 });
    drawMask(of);
  });

  /** @param {import("../../core/verdict.js").Verdict} of */
  function drawMask(of) {
    const { temperature } = state.settings;
    rail.min = String(of.ids.length);
    rail.max = String(of.widest);
    rail.value = String(currentWidth());
    railValue.textContent = String(currentWidth());
    toggle.setAttribute("aria-checked", String(masked));
    aloneBars.draw(rowsOf(of.logits));
    const at = verdicts.paddedAt(of, currentWidth());
    if (at) {
      const [, kept, dropped] = at;
      const logits = masked ? kept : dropped;
      batchBars.draw(rowsOf(logits));
      const hasFlipped = verdicts.mostLikely(logits) !== verdicts.mostLikely(of.logits);
      flips.classList.toggle("turned", hasFlipped);
      flips.textContent = format.say(hasFlipped ? "shape_review_flips" : masked ? "shape_review_same" : "shape_review_stays", {
        was: verdictOf(of.logits), now: verdictOf(logits), n: currentWidth() - of.ids.length,
      });
    }
    widths.draw({
      series: [{ name: format.say("shape_review_with"), points: verdicts.curveOverWidths(of, temperature, true) }, { name: format.say("shape_review_without"), points: verdicts.curveOverWidths(of, temperature, false) }],
      ticks: [[0, String(of.ids.length)], [1, String(of.widest)]], levels: LEVELS, top: 1,
    });
    widths.follow(verdicts.shareOf(of, currentWidth()));
    figures.textContent = of.accuracy === null ? "" : [
      format.say("shape_review_figures", { title: String(MODELS[of.model]?.title ?? of.title), accuracy: format.percent(of.accuracy) }),
      of.flipped === null ? "" : format.say("shape_review_flipped", { share: format.percent(of.flipped), widest: of.widest }),
      of.model === "sentiment-en" ? format.say("shape_review_words") : "",
    ].join(" ");
  }

  /** @param {number} i */
  function tellLetter(i) {
    if (!verdict) return "";
    const value = verdict.shares[i] ?? 0;
    const { text: letter, unknown: replacement } = verdict.cells[i];
    const sentence = format.say("shape_review_letter_told", { letter: format.quoted(letter), side: String(CLASSES[value < 0 ? 0 : 1]), by: format.number(Math.abs(value)) });
    return replacement === undefined ? sentence : `${sentence} ${format.say("shape_review_unknown", { letter: format.quoted(letter) })}`;
  }

  /** @param {number} x */
  function tellCourse(x) {
    if (!verdict) return "";
    const i = Math.min(verdict.cells.length - 1, Math.floor(x * verdict.cells.length));
    const logits = verdict.beginnings[verdict.read.indexOf(i)];
    const before = verdict.cells.slice(Math.max(0, i - 15), i + 1).map(({ text: letter }) => letter).join("");
    return logits ? format.say("shape_review_course_told", { text: before, p: format.percent(verdicts.positiveProbability(logits, state.settings.temperature)) }) : "";
  }

  /** @param {number} x */
  function tellWidth(x) {
    const at = verdict && verdicts.paddedAt(verdict, verdicts.widthAt(verdict, x));
    if (!at) return "";
    const [kept, dropped] = [at[1], at[2]].map((logits) => format.percent(verdicts.positiveProbability(logits, state.settings.temperature)));
    return format.say("shape_review_width_told", { width: at[0], kept, dropped });
  }

  subscribe((_, patch) => {
    if (!isShown) return;
    if ("settings" in patch) redraw();
    if ("language" in patch) {
      ask();
      redraw();
    }
  });

  return {
    node,
    show() { isShown = true; ask(); redraw(); },
    hide() { isShown = false; answers.halt(); },
  };
}
