// The bars, the cumulative line and the figures of the moment that the store points at. Everything is computed here from
// raw logits: for them, a drag of the slider asks the server nothing.

import { bars } from "../charts/bars.js";
import { cumulative } from "../charts/cumulative.js";
import { distributionOf } from "../core/distribution.js";
import { atRest, eachFrame, make, onWidth } from "../core/dom.js";
import { words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import * as sampling from "../core/sampling.js";
import * as store from "../core/store.js";
import * as bends from "./bends.js";
import { figures } from "./figures.js";
import { hint } from "./hint.js";
import * as hurry from "./hurry.js";
import { nextCharacter } from "./nextcharacter.js";
import { play } from "./player.js";

// When there were bars for the first time: tests/bench/page.py asks for this mark.
let marked = false;
function markPainted() {
  if (!marked) performance.mark("bars");
  marked = true;
}

/** @type {ReturnType<typeof build> | null} */
let built = null; // once: what was drawn in the page's front moves into gradio's element as it is

// The bars and the line in an element that stands in for gradio's, of a text that is read to its end.
/** @param {HTMLElement} element @param {Run} run */
export function preview(element, run) {
  const { temperature, top_k: topK, top_p: topP, min_p: minP, seed } = run.settings;
  const at = run.steps.length;
  const place = { logits: run.tip, symbols: run.symbols, special: run.special, unit: unitOf(run), before: beforeOf(run, at), u: sampling.dice(seed, 0) };
  built = build();
  element.replaceChildren(...built.nodes);
  built.show(distributionOf(place, { temperature, topK, topP, minP, bias: run.bias }));
}

/** @param {GradioParts} parts */
export function mount({ element }) {
  const { nodes, connect } = built ?? build();
  element.replaceChildren(...nodes);
  connect(element.closest("#distribution") ?? element);
}

// The beginning of a character that a text of tokens ends with.
/** @param {Run} run @param {number} at */
const beforeOf = (run, at) => (unitOf(run) === "token" ? runs.pending(run, at) : "");
/** @param {Run} run */
const unitOf = (run) => (run.byCharacters ? "character" : run.unit);

function build() {
  const plot = make("div");
  const lineup = make("div");
  const characters = nextCharacter(() => redraw(), (model) => play.read(model, store.state.settings.prompt));
  const chart = bars(plot, {
    pick: (id) => {
      const token = characters.tokenOf(id);
      if (token !== undefined) play.pick(token);
    },
    first: (chosen) => { characters.choose(chosen); draw(); },
    ...bends,
  });
  const line = cumulative(lineup);
  chart.legend.append(line.save);
  const explained = make("div", { class: "line-hints" }, hint("line", words.line), hint("dart", words.dart_name));
  const said = figures(chart.legend);
  let host = document.body; // says what is painted

  /** @type {{ shown: Distribution, over: Distribution, moment: Moment } | null} `over` is what the bars show: its characters, where these were chosen */
  let drawn = null; // what was drawn last
  let lacks = false; // whether that may not have been all of it

  function draw() {
    const moment = store.moment();
    if (!moment) return;
    const begun = performance.now();
    const { run, at, number } = moment;
    const shown = distributionOf({ ...moment, special: run.special, unit: unitOf(run), before: beforeOf(run, at) }, store.truncation());
    const over = characters.over(shown, moment);
    drawn = { shown, over, moment };
    lacks = hurry.hurries();
    const all = !lacks;
    chart.draw(over, { hurry: hurry.brief() });
    line.draw(shown);
    said.draw(shown, moment); // what is seen together is of the same moment
    const { temperature } = shown.settings;
    afterPainting(() => {
      if (all) hurry.took(performance.now() - begun);
      markPainted();
      host.dataset.temperature = String(temperature);
      host.dataset.step = String(number);
      host.dataset.whole = String(all);
    });
    if (lacks) rests();
  }

  // All of what was drawn last; the store may point at a moment of another model already.
  function finish() {
    if (!drawn || !lacks) return;
    lacks = false;
    const { shown, over, moment } = drawn;
    const begun = performance.now();
    chart.draw(over);
    said.draw(shown, moment);
    afterPainting(() => {
      hurry.took(performance.now() - begun);
      host.dataset.whole = "true";
    });
  }

  const rests = atRest(finish, hurry.REST);
  const redraw = eachFrame(draw);

  /** @param {HTMLElement} element */
  function connect(element) {
    host = element;
    onWidth(redraw); // there may be more bars in view than were drawn
    store.subscribe((_, patch) => {
      if (["settings", "run", "cursor", "peek", "hold", "shown", "playing", "tab", "language"].some((name) => name in patch)) redraw();
    });
    redraw();
  }

  /** @param {Distribution} shown */
  function show(shown) {
    chart.draw(shown);
    line.draw(shown);
    afterPainting(markPainted);
  }

  return { nodes: [make("div", { class: "chart" }, plot, lineup, explained), characters.node], connect, show };
}

// Runs once the browser has painted what was just drawn: a message is handled after the frame.
const channel = new MessageChannel();
/** @type {(() => void)[]} */
const painted = [];
channel.port1.onmessage = () => { for (const act of painted.splice(0)) act(); };
/** @param {() => void} act */
function afterPainting(act) {
  painted.push(act);
  channel.port2.postMessage(null);
}
