// Many to many: translation. A sentence is read in full, then translated letter by letter with the page's temperature
// and dice (translationwriting.js). Also shows the attention, a beam's results, other models' translations, and
// teacher forcing. All numbers come from the server (translating.py).

import { diagram } from "../../charts/diagram.js";
import { heatmap } from "../../charts/heatmap.js";
import { eachFrame, keep, make } from "../../dom.js";
import * as format from "../../core/format.js";
import * as frames from "../../core/frames.js";
import { models } from "../../core/pagedata.js";
import { words } from "../../core/i18n.js";
import * as names from "../../core/names.js";
import * as picked from "../../core/picks.js";
import { requestSettings, state, subscribe } from "../../core/store.js";
import * as translation from "../../core/translation.js";
import * as unknown from "../../core/unknown.js";
import { asking } from "../asking.js";
import { newSeed } from "../seed.js";
import * as modelnames from "../modelnames.js";
import { dimmer } from "./common.js";
import { countedField } from "./countedfield.js";
import { modelChoice } from "./modelchoice.js";
import { translationWriting } from "./translationwriting.js";
import { translators } from "./translators.js";

const DEFAULT_MODEL = "translate-luong";
const BEAM = 3;
const WIDTHS = Array.from({ length: 10 }, (_, i) => i + 1); // of a beam
const EXAMPLES = [["Where is the station?", "¿Dónde está la estación?"], ["She has two cats.", "Ella tiene dos gatos."], ["My grandmother cooks very well.", "Mi abuela cocina muy bien."], ["Tom broke his left leg.", "Tom se rompió la pierna izquierda."]];
const MAX_LENGTH = 64; // letters of a sentence, as the models read it
const MAX_REFERENCE = 80; // maximum letters of a reference, as in requests/translations.py
const PAUSE = 120; // milliseconds after a key
const LETTERS_PER_SIDE = 9; // letters of each side in the diagram

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
function build({ link, say, draw: drawDiagram, flowing, flow }) {
  let text = link.get("translate-text") ?? EXAMPLES[0][0];
  const persons = new Map(EXAMPLES.map(([sentence, right]) => [sentence, right])); // each sentence's human translation so far
  const exampleFor = (/** @type {string} */ sentence) => EXAMPLES.find(([one]) => one === sentence)?.[1] ?? "";
  let reference = link.get("translate-person") ?? exampleFor(text);
  persons.set(text, reference);
  const choice = modelChoice({ task: "translation", label: words.models_model, bundled: [[DEFAULT_MODEL, words[`title_${DEFAULT_MODEL}`]]], choose });
  const bundled = models.some(([, name]) => name === link.get("translate-model")) ? link.get("translate-model") : null;
  let model = choice.first(link.get("translate-model")) ?? bundled ?? DEFAULT_MODEL;
  let beamSize = WIDTHS.find((width) => String(width) === link.get("translate-beam")) ?? BEAM;
  let isForcing = link.get("translate-taught") !== null;
  /** @type {Written | null} */
  let own = null;
  /** @type {Written | null} */
  let forced = null;
  let forcedFor = ""; // the sentence and reference that `forced` belongs to
  /** @type {{ text: string, log_probability: number, ended: boolean }[]} */
  let beams = [];
  /** @type {Other[]} */
  let others = [];
  /** @type {Other[]} */
  let arrived = []; // those of the answer still arriving
  let picks = link.get("translate-picks") ?? ""; // hand-chosen letters, in the form of Play's URL parameter
  let { seed } = state.settings; // the seed whose dice they overruled
  let requestedUnder = state.settings; // the settings of the request
  let drawnAt = requestedUnder.temperature; // the temperature of the answer
  let askedPair = ""; // the sentence and reference of the request
  let isByHand = false; // whether it was caused by a hand-chosen letter
  let isShown = false;
  let timer = 0;

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const sourceField = countedField({ id: "translate-text", label: words.shape_translate_text, limit: MAX_LENGTH, value: text, onInput(newText) {
    turnTo(newText, persons.get(newText) ?? "");
    askSoon();
  } });
  const personField = countedField({ id: "translate-person", label: words.shape_translate_person, limit: MAX_REFERENCE, value: reference, onInput(newText) {
    reference = newText;
    persons.set(text, reference);
    draw();
    askSoon();
  } });
  const examples = EXAMPLES.map(([sentence, right]) => keep(make("button", { class: "quiet", text: sentence, on: { click: () => {
    sourceField.box.value = sentence;
    turnTo(sentence, right);
    persons.set(sentence, right);
    askSoon();
  } } })));
  const status = make("p", { class: "told", role: "status" });
  const writing = translationWriting({ moved: () => draw(), rewrite });
  const readAs = make("p", { class: "muted read-as", role: "status" });
  /** @type {[string, string][]} */
  let replaced = []; // letters missing from the model's alphabet, and their replacements
  const modes = [false, true].map((mode) => make("button", { class: "quiet", text: mode ? words.shape_translate_right : words.shape_translate_own, on: { click: () => { isForcing = mode; draw(); updateLink(); } } }));
  const modeGroup = make("div", { class: "modes", role: "group", "aria-label": words.shape_translate_forcing }, ...modes);
  const parting = make("p", { class: "parting", role: "status" });
  const mapBox = make("div");
  const map = heatmap(mapBox, { title: words.shape_translate_map, unit: words.shape_translate_source, tell, go: writing.go, pointed: (cell) => highlight(cell) });
  const sourceLine = keep(make("div", { class: "letters source", "aria-hidden": "true" }));
  const noMap = make("p", { class: "muted", text: words.shape_translate_none });
  const beamList = make("ol", { class: "found" });
  const beamWidth = keep(make("select", { id: "translate-beam", on: { change: () => { beamSize = Number(beamWidth.value); ask(); } } },
    ...WIDTHS.map((width) => make("option", { value: width, text: width, selected: width === beamSize ? "" : undefined }))));
  const table = translators({ choose });
  const networks = make("span", { class: "two" });
  const drawing = diagram(networks, { size: "small", silent: true });
  drawing.draw({ inputs: ["c", "a", "t"], outputs: [null, null, null], arrows: "both" });
  const attentionPart = make("div", {}, make("h3", { text: words.shape_translate_map }), sourceLine, mapBox, noMap);
  const results = [readAs, status, writing.player, writing.letters, writing.bars, attentionPart, modeGroup, parting, beamList, table.node];
  const answers = asking("shape-translate", { receive, outdated: dimmer(flowing, ...results) });
  const node = make("div", { class: "shape-translate" },
    sourceField.node, make("div", { class: "tries" }, ...examples, make("button", { class: "quiet", text: words.shape_names_dice, on: { click: newSeed } })),
    answers.problem, choice.node, readAs, status, writing.player, writing.letters,
    make("div", { class: "both" },
      writing.bars, attentionPart),
    make("div", { class: "both" },
      make("div", {}, make("h3", { text: words.shape_translate_forcing }), personField.node, modeGroup, parting),
      make("div", {}, make("h3", {}, make("label", { for: beamWidth.id, text: words.shape_translate_beam }), beamWidth), beamList)),
    table.node,
    make("div", { class: "twice" }, networks, make("p", { class: "muted", text: words.shape_translate_twice })));

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  const askSoon = () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); };

  // Switches to a sentence and its human translation, if any: what is said about a reference concerns its own
  // sentence only.
  /** @param {string} sentence @param {string} right */
  function turnTo(sentence, right) {
    if (sentence !== text) picks = "";
    text = sentence;
    reference = right;
    if (personField.box.value !== right) personField.box.value = right;
    draw();
  }
  const pairKey = () => JSON.stringify([text, reference]);

  function updateLink() {
    const isDefault = text === EXAMPLES[0][0];
    say({
      "translate-text": isDefault ? null : text, "translate-person": reference === exampleFor(text) ? null : reference,
      "translate-model": model === DEFAULT_MODEL ? null : model, "translate-taught": isForcing ? "1" : null, "translate-beam": beamSize === BEAM ? null : String(beamSize),
      "translate-picks": picks || null,
    });
  }

  /** @param {string} name */
  function choose(name) {
    if (name !== model) picks = "";
    model = name;
    ask();
  }

  function ask() {
    if (!isShown) return;
    requestedUnder = state.settings;
    if (requestedUnder.seed !== seed) picks = "";
    ({ seed } = requestedUnder);
    updateLink();
    choice.show(model);
    askedPair = pairKey();
    const { temperature, top_k, top_p, min_p, bias } = requestSettings();
    answers.ask("translate", { settings: { model, temperature, top_k, top_p, min_p, bias, seed, picks }, text, reference, width: beamSize });
  }

  // Continues from a place with a hand-chosen letter, or with the dice deciding again.
  /** @param {number} at @param {number | null} id */
  function rewrite(at, id) {
    if (!own) return;
    picks = id === null ? picked.picksBefore(picks, at) : picked.withPick(picks, at, names.nameOf(id, own.symbols));
    isByHand = true;
    ask();
  }

  /** @param {Frame} frame */
  function receive({ head, body }) {
    if (head.model) {
      const isSameText = own?.source.join() === head.source.join();
      const isSameSource = isSameText && own?.model === head.model;
      own = translation.read(head, frames.reader(body));
      if (!isSameSource) [forced, beams] = [null, []];
      [arrived, others] = [[], isSameText ? others.filter(({ other }) => other !== head.model) : []]; // their table keeps the focus
      ({ replaced } = head);
      drawnAt = requestedUnder.temperature;
      writing.take(own, { settings: requestedUnder, byHand: isByHand });
      isByHand = false;
      flow();
    } else if (head.forced && own) {
      forced = translation.read({ ...own, ...head }, frames.reader(body));
      forcedFor = askedPair;
    } else if (head.beams) beams = head.beams;
    else if (head.other) {
      arrived.push(head);
      if (arrived.length >= others.length) others = [...arrived];
    }
    draw();
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  const currentForced = () => (reference && forcedFor === pairKey() ? forced : null); // null while typing another
  const current = () => (isForcing && currentForced() ? currentForced() : own);

  const draw = eachFrame(() => {
    for (const field of [sourceField, personField]) field.draw();
    const cells = replaced.map(([letter, replacement]) => ({ text: letter, unknown: replacement }));
    readAs.textContent = unknown.sentenceOf(cells);
    const of = current();
    if (!of || !own) return;
    const right = currentForced();
    const divergence = right ? translation.divergesAt(own.ids, right.ids) : null;
    writing.draw({ of, taught: of !== own, parted: of === own ? divergence : null });
    drawMap(of, writing.revealed(of), writing.placeIn(of));
    drawBoxes(of, of === own ? writing.placed() : of.ids.length);
    modes.forEach((button, mode) => button.setAttribute("aria-pressed", String(isForcing === Boolean(mode))));
    if (right) describeDivergence(own, right, divergence ?? 0);
    else parting.textContent = reference ? "" : format.say("shape_translate_no_person");
    modeGroup.hidden = !reference;
    status.textContent = format.say(of !== own ? "shape_translate_told_right" : "shape_translate_told", { title: modelnames.called(own.model), p: logp(own.log_probability) });
    beamList.replaceChildren(...beams.map(({ text: found, log_probability }) => make("li", {}, keep(make("b", { text: found || "∅" })), " ", make("span", { class: "muted", text: logp(log_probability) }))));
    table.node.hidden = !others.length;
    table.draw([{ ...own, other: own.model }, ...others], model);
  });

  // Draws the attention over all letters so far, marking the selected row and shading the source letters accordingly.
  /** @param {Written} of @param {number} count @param {number} place */
  function drawMap(of, count, place) {
    mapBox.hidden = !of.attention;
    sourceLine.hidden = !of.attention;
    noMap.hidden = Boolean(of.attention);
    if (!of.attention) return;
    const weights = of.attention[place];
    const n = of.source.length;
    const visibleLetters = of.source.map((letter) => format.seen(letter));
    map.draw({
      rows: of.ids.slice(0, count).map((id) => String(format.seen(of.symbols[id]))),
      columns: visibleLetters.map(String),
      ticks: visibleLetters.map((letter, i) => [(i + 0.5) / n, String(letter)]), values: of.attention.slice(0, count), row: place < count ? place : null,
    });
    sourceLine.replaceChildren(...visibleLetters.map((letter, i) => make("span", { class: "letter", style: `--level: ${weights[i].toFixed(3)}`, text: letter })));
  }

  /** @param {number} row @param {number} column */
  function tell(row, column) {
    const of = current();
    if (!of?.attention) return "";
    return String(format.say("shape_translate_cell", { to: format.seen(of.symbols[of.ids[row]]), from: format.seen(of.source[column]), p: format.percent(of.attention[row][column]) }));
  }

  // Highlights the two letters of the cell pointed at.
  /** @param {{ row: number, column: number } | null} cell */
  function highlight(cell) {
    for (const [i, letter] of [...sourceLine.children].entries()) letter.classList.toggle("lit", i === cell?.column);
    writing.light(cell?.row ?? null);
  }

  /** @param {Written} of @param {number} count */
  function drawBoxes(of, count) {
    const left = of.source.slice(-LETTERS_PER_SIDE).map((letter) => String(format.seen(letter)));
    const right = of.ids.slice(0, count).slice(-LETTERS_PER_SIDE).map((id) => String(format.seen(of.symbols[id])));
    drawDiagram({
      inputs: [...left, ...right.map(() => null)], outputs: [...left.map(() => null), ...right], arrows: "right", fed: true, seam: left.length,
    }, true);
  }

  /** @param {Written} written @param {Written} right @param {number} divergence */
  function describeDivergence(written, right, divergence) {
    const guesses = translation.likeliestIds(right);
    const hits = guesses.filter((id, i) => id === right.ids[i]).length;
    const isSame = divergence >= written.ids.length && divergence >= right.ids.length;
    const method = drawnAt === 0 ? words.shape_translate_greedy : format.say("shape_translate_dice", { t: format.number(drawnAt) });
    parting.textContent = `${format.say("shape_translate_hits", { n: hits, all: right.ids.length })} ${isSame ? format.say("shape_translate_together", { how: method })
      : format.say("shape_translate_parts", { how: method, n: divergence + 1, mine: format.seen(written.symbols[written.ids[divergence] ?? 0]), right: format.seen(right.symbols[right.ids[divergence] ?? 0]) })}`;
  }

  subscribe((_, patch) => {
    if (!isShown) return;
    if ("settings" in patch) {
      draw();
      askSoon();
    }
    if ("language" in patch) draw();
  });

  return {
    node,
    show() { isShown = true; ask(); draw(); writing.goOn(); },
    hide() { isShown = false; writing.hide(); answers.halt(); },
  };
}
