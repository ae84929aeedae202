// Many to many, in step: the language model itself. Under every character stands what the model expects after it, as likely as the
// temperature makes it; in bold where that is what came. The bars are those after the last character, and a click writes one.

import { bars } from "../../charts/bars.js";
import { distributionOf } from "../../core/distribution.js";
import { eachFrame, keep, make } from "../../core/dom.js";
import * as format from "../../core/format.js";
import { words } from "../../core/i18n.js";
import * as runs from "../../core/runs.js";
import { state, subscribe } from "../../core/store.js";
import { asking } from "../asking.js";
import * as modelnames from "../modelnames.js";
import { settingsFor } from "./common.js";

const MOST = 200; // characters of the text
const SHOWN = 22; // of them are in the diagram: the last ones
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
function build({ link, say, draw: drawDiagram, flow }) {
  /** @type {string | null} */
  let own = link.get("step-text"); // null: the prompt of Play
  /** @type {Run | null} */
  let run = null;
  let looked = false;
  let waiting = 0;

  const label = make("label", { class: "muted", for: "shape-step-text", text: words.shape_step_text });
  const box = keep(make("input", { type: "text", id: "shape-step-text", class: "typed", maxlength: MOST, autocomplete: "off", spellcheck: "false", on: { input: typed } }));
  const told = make("p", { class: "told", role: "status" });
  const heading = make("h3");
  const plot = make("div");
  const chart = bars(plot, { pick: (id) => { if (run) write(box.value + run.symbols[id]); } });
  const answers = asking("shape-step", {
    refused: words.refused_reading,
    receive(frame) {
      run = runs.open(/** @type {any} */ (frame), null, text());
      redraw();
      flow();
    },
  });
  const node = make("div", { class: "shape-step" }, label, box, answers.problem, told, heading, plot);

  const text = () => [...(own ?? state.settings.prompt)].slice(-MOST).join("");

  /** @param {string} what */
  function write(what) {
    box.value = what;
    typed();
  }

  function typed() {
    own = box.value;
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  }

  function ask() {
    if (!looked) return;
    if (document.activeElement !== box && box.value !== text()) box.value = text();
    say({ "step-text": own });
    const { model, bias } = state.settings;
    answers.ask("look", { model, prompt: text(), bias, knows: null, had: null });
  }

  /** @param {Run} of @param {number} at */
  const shownAt = (of, at) => distributionOf({
    logits: runs.logitsAt(of, at), symbols: of.symbols, special: of.special, unit: of.unit, before: of.unit === "token" ? runs.pending(of, at) : "",
  }, settingsFor(of.symbols));

  const redraw = eachFrame(() => {
    if (!run) return;
    const of = run;
    const cells = runs.cells(of);
    const expected = cells.map((cell, i) => {
      const { row, drawn } = shownAt(of, cell.to);
      const [place] = row.order;
      const next = cells[i + 1];
      return { symbol: of.symbols[row.ids[place]], share: drawn.probabilities[place], hit: next ? of.steps[next.from]?.id === row.ids[place] : null };
    });
    const from = Math.max(0, cells.length - SHOWN);
    drawDiagram({
      inputs: cells.slice(from).map(({ text }) => format.seen(text)), outputs: expected.slice(from).map(({ symbol }) => format.seen(symbol)),
      notes: expected.slice(from).map(({ share }) => `${Math.round(100 * share)} %`), missed: expected.slice(from).map(({ hit }) => hit === false), arrows: "right",
    }, true);
    const judged = expected.filter(({ hit }) => hit !== null);
    told.textContent = judged.length ? format.say("shape_step_told", { n: judged.filter(({ hit }) => hit).length, all: judged.length, title: modelnames.called(of.model) }) : "";
    heading.replaceChildren(make("span", { text: format.say("shape_step_bars") }));
    chart.draw(shownAt(of, of.steps.length));
  });

  subscribe((_, patch) => {
    if (!looked) return;
    if ("settings" in patch) {
      clearTimeout(waiting);
      waiting = setTimeout(ask, PAUSE);
      redraw();
    }
    if ("language" in patch) redraw();
  });

  return {
    node,
    show() { looked = true; ask(); redraw(); },
    hide() { looked = false; answers.halt(); },
  };
}
