// Many to many, in step: the language model itself. Above every character is the model's likeliest next one with its
// probability at the page's temperature, marked where it was wrong. The bars are those after the last character; a
// click on one writes it.

import { bars } from "../../charts/bars.js";
import { distributionOf } from "../../core/distribution.js";
import { eachFrame, keep, make } from "../../dom.js";
import * as format from "../../core/format.js";
import { words } from "../../core/i18n.js";
import * as runs from "../../core/runs.js";
import { state, subscribe } from "../../core/store.js";
import * as unknown from "../../core/unknown.js";
import { asking } from "../asking.js";
import { headed } from "../headed.js";
import * as modelnames from "../modelnames.js";
import { dimmer, settingsFor, tooLong } from "./common.js";

const MAX_LENGTH = 200; // characters of the text
const SHOWN = 22; // characters in the diagram, from the end
const PAUSE = 120; // milliseconds after a key

/** @type {Shape} */
export const step = {
  name: "step",
  title: words.shape_step,
  kind: words.shape_step_kind,
  point: words.shape_step_point,
  diagram: { inputs: ["h", "e", "l", "l"], outputs: ["e", "l", "l", "o"], arrows: "right" },
  build,
};

/** @param {ShapeHost} host @returns {ShapePart} */
function build({ link, say, draw: drawDiagram, flowing, flow }) {
  /** @type {string | null} */
  let ownText = link.get("step-text"); // null: the prompt of Play
  /** @type {Run | null} */
  let run = null;
  let isShown = false;
  let timer = 0;

  const label = make("label", { class: "muted", for: "shape-step-text", text: words.shape_step_text });
  const box = keep(make("textarea", { id: "shape-step-text", class: "typed", rows: 2, autocomplete: "off", spellcheck: "false", on: { input: onInput } }));
  const readAs = make("p", { class: "muted read-as", role: "status" });
  const status = make("p", { class: "told", role: "status" });
  const heading = make("h3");
  const plot = make("div");
  const chart = bars(plot, { pick: append });
  const answers = asking("shape-step", {
    busy: words.refused_reading, outdated: dimmer(flowing, readAs, status, heading, plot),
    receive(frame, { prompt }) {
      run = runs.open(/** @type {any} */ (frame), null, prompt);
      redraw();
      flow();
    },
  });
  const node = make("div", { class: "shape-step" }, label, box, readAs, answers.problem, status, headed(heading, chart.save), plot);

  const text = () => ownText ?? [...state.settings.prompt].slice(-MAX_LENGTH).join("");

  // Writes the symbol of a bar. While the bars are those of an older text, it follows the newer one.
  /** @param {number} id */
  function append(id) {
    if (!run) return;
    box.value = run.text === box.value ? runs.textWith(run, id) : box.value + run.symbols[id];
    onInput();
  }

  function onInput() {
    ownText = box.value;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  function ask() {
    if (!isShown) return;
    if (document.activeElement !== box && box.value !== text()) box.value = text();
    say({ "step-text": ownText });
    const problem = tooLong(text(), MAX_LENGTH);
    if (problem) return answers.stopWith(problem);
    const { model, bias } = state.settings;
    answers.ask("look", { model, prompt: text(), bias, knows: null, had: null });
  }

  /** @param {Run} of @param {number} at */
  const distributionAt = (of, at) => distributionOf({
    logits: runs.logitsAt(of, at), symbols: of.symbols, special: of.special, unit: of.unit, before: of.unit === "token" ? runs.pending(of, at) : "",
  }, settingsFor(of.symbols));

  const redraw = eachFrame(() => {
    if (!run) return;
    const of = run;
    const cells = runs.cells(of);
    const expected = cells.map((cell, i) => {
      const { row, drawn } = distributionAt(of, cell.to);
      const [place] = row.order;
      const next = cells[i + 1];
      return { symbol: of.symbols[row.ids[place]], share: drawn.probabilities[place], hit: next ? of.steps[next.from]?.id === row.ids[place] : null };
    });
    const from = Math.max(0, cells.length - SHOWN);
    drawDiagram({
      inputs: cells.slice(from).map(({ text }) => format.seen(text)), outputs: expected.slice(from).map(({ symbol }) => format.seen(symbol)),
      notes: expected.slice(from).map(({ share }) => `${Math.round(100 * share)} %`), missed: expected.slice(from).map(({ hit }) => hit === false), arrows: "right",
    }, true);
    readAs.textContent = unknown.sentenceOf(of.promptCells);
    const judged = expected.filter(({ hit }) => hit !== null);
    status.textContent = judged.length ? format.say("shape_step_told", { n: judged.filter(({ hit }) => hit).length, all: judged.length, title: modelnames.called(of.model) }) : "";
    heading.replaceChildren(make("span", { text: format.say("shape_step_bars") }));
    chart.draw(distributionAt(of, of.steps.length));
  });

  subscribe((_, patch) => {
    if (!isShown) return;
    if ("settings" in patch) {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
      redraw();
    }
    if ("language" in patch) redraw();
  });

  return {
    node,
    show() { isShown = true; ask(); redraw(); },
    hide() { isShown = false; answers.halt(); },
  };
}
