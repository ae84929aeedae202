// Many to many: translation. A sentence is read whole; then its translation is written letter by letter, with the page's temperature
// and dice. Beside it: where the model looked, what a beam finds, what other models write, and what comes of the right letters
// before each place (teacher forcing). All numbers come from the server (translating.py).

import { bars } from "../../charts/bars.js";
import { diagram } from "../../charts/diagram.js";
import { heatmap } from "../../charts/heatmap.js";
import { distributionOf } from "../../core/distribution.js";
import { eachFrame, keep, make } from "../../core/dom.js";
import * as format from "../../core/format.js";
import * as frames from "../../core/frames.js";
import { models } from "../../core/given.js";
import { words } from "../../core/i18n.js";
import { asked, subscribe } from "../../core/store.js";
import * as translation from "../../core/translation.js";
import { asking } from "../asking.js";
import { newSeed } from "../seed.js";
import * as modelnames from "../modelnames.js";
import { settingsFor } from "./common.js";
import { modelChoice } from "./modelchoice.js";
import { translators } from "./translators.js";

const USUAL = "translate-luong";
const BEAM = 3;
const WIDTHS = Array.from({ length: 10 }, (_, i) => i + 1); // of a beam
const TRIES = [["Where is the station?", "¿Dónde está la estación?"], ["She has two cats.", "Ella tiene dos gatos."], ["My grandmother cooks very well.", "Mi abuela cocina muy bien."], ["Tom broke his left leg.", "Tom se rompió la pierna izquierda."]];
const LONGEST = 64; // letters of a sentence, as the models read it
const PAUSE = 120; // milliseconds after a key
const LETTER = 45; // milliseconds from letter to letter
const SIDE = 9; // letters of either side that the diagram shows

/** @typedef {import("../../core/translation.js").Written} Written */
/** @typedef {import("../../core/translation.js").Other} Other */
/** @param {number} n */
const logp = (n) => `ln P ${n.toFixed(1).replace("-", "−")}`;

/** @type {Shape} */
export const translate = {
  name: "translate",
  title: words.shape_translate,
  kind: words.shape_translate_kind,
  point: words.shape_translate_point,
  styles: ["heatmap", "shapetranslate"],
  task: "translation",
  diagram: { inputs: ["h", "i", null, null, null], outputs: [null, null, "h", "o", "y"], arrows: "right", fed: true, seam: 2 },
  build,
};

/** @param {ShapeHost} host @returns {ShapePart} */
function build({ link, say, draw: drawDiagram, flow }) {
  let text = link.get("translate-text") ?? TRIES[0][0];
  let reference = link.get("translate-person") ?? TRIES[0][1];
  const choice = modelChoice({ task: "translation", label: words.models_model, bundled: [[USUAL, words[`title_${USUAL}`]]], choose });
  const bundled = models.some(([, name]) => name === link.get("translate-model")) ? link.get("translate-model") : null;
  let model = choice.first(link.get("translate-model")) ?? bundled ?? USUAL;
  let wide = WIDTHS.find((width) => String(width) === link.get("translate-beam")) ?? BEAM;
  let taught = link.get("translate-taught") !== null;
  /** @type {Written | null} */
  let own = null;
  /** @type {Written | null} */
  let forced = null;
  /** @type {{ text: string, log_probability: number, ended: boolean }[]} */
  let beams = [];
  /** @type {Other[]} */
  let others = [];
  let shown = 0; // letters that stand there so far
  /** @type {number | null} */
  let at = null; // the letter that is looked at; null: the last one
  let looked = false;
  let waiting = 0;
  let beat = 0;

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  /** @param {string} id @param {string} called @param {string} value @param {(text: string) => void} heard */
  function field(id, called, value, heard) {
    const box = keep(make("input", { type: "text", id, class: "typed", maxlength: LONGEST + 16, autocomplete: "off", spellcheck: "false", value, on: { input: () => { heard(box.value); soon(); } } }));
    return { box, node: make("div", { class: "field" }, make("label", { class: "muted", for: id, text: called }), box) };
  }
  const source = field("translate-text", words.shape_translate_text, text, (typed) => { text = typed; });
  const person = field("translate-person", words.shape_translate_person, reference, (typed) => { reference = typed; });
  const tries = TRIES.map(([sentence, right]) => keep(make("button", { class: "quiet", text: sentence, on: { click: () => {
    text = source.box.value = sentence;
    reference = person.box.value = right;
    soon();
  } } })));
  const told = make("p", { class: "told", role: "status" });
  const letters = keep(make("div", { class: "letters", role: "group", "aria-label": words.shape_translate_written }));
  const unknown = make("p", { class: "muted" });
  const modes = [false, true].map((mode) => make("button", { class: "quiet", text: mode ? words.shape_translate_right : words.shape_translate_own, on: { click: () => { taught = mode; at = null; reveal(); speak(); } } }));
  const parting = make("p", { class: "parting", role: "status" });
  const heading = make("h3");
  const plot = make("div");
  const chart = bars(plot);
  const mapBox = make("div");
  const map = heatmap(mapBox, { title: words.shape_translate_map, unit: words.shape_translate_source, tell, pointed: (cell) => light(cell) });
  const sourceLine = keep(make("div", { class: "letters source", "aria-hidden": "true" }));
  const noMap = make("p", { class: "muted", text: words.shape_translate_none });
  const beamList = make("ol", { class: "found" });
  const beamWidth = keep(make("select", { id: "translate-beam", on: { change: () => { wide = Number(beamWidth.value); ask(); } } },
    ...WIDTHS.map((width) => make("option", { value: width, text: width, selected: width === wide ? "" : undefined }))));
  const table = translators({ choose });
  const two = make("span", { class: "two" });
  const drawing = diagram(two, { size: "small", silent: true });
  drawing.draw({ inputs: ["c", "a", "t"], outputs: [null, null, null], arrows: "both" });
  const answers = asking("shape-translate", { receive });
  const node = make("div", { class: "shape-translate" },
    source.node, make("div", { class: "tries" }, ...tries, make("button", { class: "quiet", text: words.shape_names_dice, on: { click: newSeed } })),
    answers.problem, choice.node, unknown, told, letters,
    make("div", { class: "both" },
      make("div", {}, heading, plot),
      make("div", {}, make("h3", { text: words.shape_translate_map }), sourceLine, mapBox, noMap)),
    make("div", { class: "both" },
      make("div", {}, make("h3", { text: words.shape_translate_forcing }), person.node, make("div", { class: "modes", role: "group", "aria-label": words.shape_translate_forcing }, ...modes), parting),
      make("div", {}, make("h3", {}, make("label", { for: beamWidth.id, text: words.shape_translate_beam }), beamWidth), beamList)),
    table.node,
    make("div", { class: "twice" }, two, make("p", { class: "muted", text: words.shape_translate_twice })));

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, PAUSE); };

  function speak() {
    const usual = text === TRIES[0][0];
    say({
      "translate-text": usual ? null : text, "translate-person": reference === TRIES[0][1] ? null : reference,
      "translate-model": model === USUAL ? null : model, "translate-taught": taught ? "1" : null, "translate-beam": wide === BEAM ? null : String(wide),
    });
  }

  /** @param {string} name */
  function choose(name) {
    model = name;
    ask();
  }

  function ask() {
    if (!looked) return;
    speak();
    choice.show(model);
    const { temperature, top_k, top_p, min_p, seed } = asked();
    answers.ask("translate", { settings: { model, temperature, top_k, top_p, min_p, seed }, text, reference, width: wide });
  }

  /** @param {Frame} frame */
  function receive({ head, body }) {
    if (head.model) {
      const before = own;
      own = translation.read(head, frames.reader(body));
      forced = null;
      beams = [];
      others = [];
      shown = before && !taught ? translation.parts(before.ids, own.ids) : 0;
      at = null;
      unknown.textContent = head.replaced.length ? format.say("shape_translate_replaced", { letters: head.replaced.map((/** @type {string[]} */ [a, b]) => `${a} → ${b}`).join(", ") }) : "";
      reveal();
      flow();
    } else if (head.forced && own) forced = translation.read({ ...own, ...head }, frames.reader(body));
    else if (head.beams) beams = head.beams;
    else if (head.other) others = [...others, head];
    draw();
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  const current = () => (taught && forced ? forced : own);

  // Lets the letters come one by one; all at once where motion is not wanted.
  function reveal() {
    clearTimeout(beat);
    const all = current()?.ids.length ?? 0;
    if (taught || matchMedia("(prefers-reduced-motion: reduce)").matches) shown = all;
    draw();
    if (shown >= all) return;
    beat = setTimeout(() => { shown += 1; reveal(); }, LETTER);
  }

  const draw = eachFrame(() => {
    const of = current();
    if (!of || !own) return;
    const until = Math.min(shown, of.ids.length);
    const place = Math.min(at ?? until - 1, of.ids.length - 1);
    const parted = forced ? translation.parts(own.ids, forced.ids) : null;
    drawLetters(of, until, Math.max(0, place), taught ? null : parted);
    drawBars(of, Math.max(0, place));
    drawMap(of, until);
    drawBoxes(of, until);
    for (const [mode, button] of modes.entries()) button.setAttribute("aria-pressed", String(taught === Boolean(mode)));
    if (forced) sayParting(own, forced, parted ?? 0);
    parting.hidden = !forced;
    told.textContent = format.say(taught && forced ? "shape_translate_told_right" : "shape_translate_told", { title: modelnames.called(own.model), p: logp(own.log_probability) });
    beamList.replaceChildren(...beams.map(({ text: found, log_probability }) => make("li", {}, keep(make("b", { text: found || "∅" })), " ", make("span", { class: "muted", text: logp(log_probability) }))));
    table.node.hidden = !others.length;
    table.draw([{ ...own, other: own.model }, ...others], model);
  });

  /** @param {Written} of @param {number} until @param {number} place @param {number | null} parted */
  function drawLetters(of, until, place, parted) {
    const guesses = taught && forced ? translation.guesses(of) : of.ids;
    letters.replaceChildren(...guesses.slice(0, until).map((id, i) => make("button", {
      class: `letter${i === place ? " at" : ""}${taught && forced && id !== of.ids[i] ? " missed" : ""}${i === parted ? " parts" : ""}`,
      tabindex: i === place ? 0 : -1, "data-at": i, "aria-label": format.called(of.symbols[id], false), text: format.seen(of.symbols[id]),
      on: { click: () => look(i), pointerenter: () => look(i), focus: () => look(i) },
    })));
  }

  /** @param {number} i */
  function look(i) {
    if (at === i) return;
    at = i;
    for (const button of letters.children) {
      button.classList.toggle("at", Number(/** @type {HTMLElement} */ (button).dataset.at) === i);
      /** @type {HTMLElement} */ (button).tabIndex = Number(/** @type {HTMLElement} */ (button).dataset.at) === i ? 0 : -1;
    }
    const of = current();
    if (of) drawBars(of, i);
  }

  /** @param {Written} of @param {number} place */
  function drawBars(of, place) {
    if (!of.rows[place]) return;
    const before = of.ids.slice(0, place).map((id) => of.symbols[id]).join("");
    heading.replaceChildren(make("span", { text: before ? format.say("shape_translate_bars", { text: format.quoted(before) }) : format.say("shape_translate_bars_first") }));
    chart.draw(distributionOf({ logits: of.rows[place], symbols: of.symbols, came: { id: of.ids[place], hand: false } }, settingsFor(of.symbols)));
  }

  /** @param {Written} of @param {number} until */
  function drawMap(of, until) {
    mapBox.hidden = !of.attention;
    sourceLine.hidden = !of.attention;
    noMap.hidden = Boolean(of.attention);
    if (!of.attention) return;
    const n = of.source.length;
    const seen = of.source.map((letter) => format.seen(letter));
    map.draw({
      rows: of.ids.slice(0, until).map((id) => String(format.seen(of.symbols[id]))), columns: seen.map(String),
      ticks: seen.map((letter, i) => [(i + 0.5) / n, String(letter)]), values: of.attention.slice(0, until),
    });
    sourceLine.replaceChildren(...seen.map((letter) => make("span", { class: "letter", text: letter })));
  }

  /** @param {number} row @param {number} column */
  function tell(row, column) {
    const of = current();
    if (!of?.attention) return "";
    return String(format.say("shape_translate_cell", { to: format.seen(of.symbols[of.ids[row]]), from: format.seen(of.source[column]), p: format.percent(of.attention[row][column]) }));
  }

  // The two letters of a cell that is pointed at.
  /** @param {{ row: number, column: number } | null} cell */
  function light(cell) {
    for (const [i, letter] of [...sourceLine.children].entries()) letter.classList.toggle("lit", i === cell?.column);
    for (const [i, letter] of [...letters.children].entries()) letter.classList.toggle("lit", i === cell?.row);
  }

  /** @param {Written} of @param {number} until */
  function drawBoxes(of, until) {
    const left = of.source.slice(-SIDE).map((letter) => String(format.seen(letter)));
    const right = of.ids.slice(0, until).slice(-SIDE).map((id) => String(format.seen(of.symbols[id])));
    drawDiagram({
      inputs: [...left, ...right.map(() => null)], outputs: [...left.map(() => null), ...right], arrows: "right", fed: true, seam: left.length,
    }, true);
  }

  /** @param {Written} mine @param {Written} right @param {number} parted */
  function sayParting(mine, right, parted) {
    const guesses = translation.guesses(right);
    const hits = guesses.filter((id, i) => id === right.ids[i]).length;
    const together = parted >= mine.ids.length && parted >= right.ids.length;
    parting.textContent = `${format.say("shape_translate_hits", { n: hits, all: right.ids.length })} ${together ? format.say("shape_translate_together")
      : format.say("shape_translate_parts", { n: parted + 1, mine: format.seen(mine.symbols[mine.ids[parted] ?? 0]), right: format.seen(right.symbols[right.ids[parted] ?? 0]) })}`;
  }

  letters.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
    /** @type {HTMLElement | null} */ (letters.querySelector(`[data-at="${(at ?? shown - 1) + by}"]`))?.focus();
  });

  subscribe((_, patch) => {
    if (!looked) return;
    if ("settings" in patch) {
      draw();
      soon();
    }
    if ("language" in patch) draw();
  });

  return {
    node,
    show() { looked = true; ask(); draw(); },
    hide() { looked = false; clearTimeout(beat); answers.halt(); },
  };
}
