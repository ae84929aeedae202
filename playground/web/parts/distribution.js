// The bars, the cumulative line and the figures of the current moment, computed here from raw logits, so that
// dragging the slider needs no request.

import { bars } from "../charts/bars.js";
import { cumulative } from "../charts/cumulative.js";
import { distributionOf } from "../core/distribution.js";
import { atRest, eachFrame, make, onWidth } from "../dom.js";
import { words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import * as sampling from "../core/sampling.js";
import * as store from "../core/store.js";
import * as bends from "./bends.js";
import { figures } from "./figures.js";
import { hides } from "./hidden.js";
import { hint } from "./hint.js";
import * as hurry from "./hurry.js";
import { nextCharacter } from "./nextcharacter.js";
import { play } from "./player.js";

// Marks when the bars were first painted (tests/bench/page.py).
let isMarked = false;
function markPainted() {
  if (!isMarked) performance.mark("bars");
  isMarked = true;
}

/** @type {ReturnType<typeof build> | null} */
let built = null; // built once: the front's content moves into gradio's element

// Draws the bars and the line at the end of a text, in an element of the front.
/** @param {HTMLElement} element @param {Run} run */
export function preview(element, run) {
  const { temperature, top_k: topK, top_p: topP, min_p: minP, seed } = run.settings;
  const at = run.steps.length;
  const place = { logits: run.tip, symbols: run.symbols, special: run.special, unit: unitOf(run), before: incompleteBefore(run, at), u: sampling.dice(seed, 0) };
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

// The incomplete character at the end of a text of tokens.
/** @param {Run} run @param {number} at */
const incompleteBefore = (run, at) => (unitOf(run) === "token" ? runs.pending(run, at) : "");
/** @param {Run} run */
const unitOf = (run) => (run.byCharacters ? "character" : run.unit);

function build() {
  const barsHost = make("div");
  const lineHost = make("div");
  const nextCharacters = nextCharacter(() => redraw(), (model) => play.read(model, store.state.settings.prompt));
  const chart = bars(barsHost, {
    pick: (id) => {
      const token = nextCharacters.tokenOf(id);
      if (token !== undefined) play.pick(token);
    },
    first: (chosen) => { nextCharacters.choose(chosen); draw(); },
    ...(hides("bend") ? {} : bends),
  });
  const line = cumulative(lineHost, { pick: (id) => play.pick(id), step: () => play.step() });
  chart.legend.append(line.save);
  const hints = make("div", { class: "line-hints" }, hint("line", words.line), hint("dart", words.dart_name));
  const figuresView = figures(chart.legend);
  let host = document.body; // its data attributes say what has been painted

  /** @type {{ shown: Distribution, over: Distribution, moment: Moment } | null} `over` is what the bars show: characters, if the user chose them */
  let drawn = null; // what was drawn last
  let isPartial = false; // whether parts of it were left out

  function draw() {
    const moment = store.moment();
    if (!moment) return;
    const startedAt = performance.now();
    const { run, at, number } = moment;
    const shown = distributionOf({ ...moment, special: run.special, unit: unitOf(run), before: incompleteBefore(run, at) }, store.truncation());
    const barsShown = nextCharacters.over(shown, moment);
    drawn = { shown, over: barsShown, moment };
    isPartial = hurry.isSlow();
    const isWhole = !isPartial;
    chart.draw(barsShown, { hurry: hurry.isBriefFrame() });
    line.draw(shown);
    figuresView.draw(shown, moment); // everything visible together belongs to one moment
    const { temperature } = shown.settings;
    afterPainting(() => {
      if (isWhole) hurry.recordFrameCost(performance.now() - startedAt);
      markPainted();
      host.dataset.temperature = String(temperature);
      host.dataset.step = String(number);
      host.dataset.whole = String(isWhole);
    });
    if (isPartial) finishWhenIdle();
  }

  // Draws what was left out. The store may already be at another model's moment.
  function finish() {
    if (!drawn || !isPartial) return;
    isPartial = false;
    const { shown, over: barsShown, moment } = drawn;
    const startedAt = performance.now();
    chart.draw(barsShown);
    figuresView.draw(shown, moment);
    afterPainting(() => {
      hurry.recordFrameCost(performance.now() - startedAt);
      host.dataset.whole = "true";
    });
  }

  // Whether the last drawn moment is still current. Text arriving behind it changes nothing here, and redrawing for
  // each piece would delay `finish` until the text is complete.
  function isCurrent() {
    const [current, drawnMoment] = [store.moment(), drawn?.moment];
    return Boolean(current && drawnMoment && MOMENT_FIELDS.every((name) => current[name] === drawnMoment[name]));
  }

  const finishWhenIdle = atRest(finish, hurry.IDLE);
  const redraw = eachFrame(draw);

  /** @param {HTMLElement} element */
  function connect(element) {
    host = element;
    onWidth(redraw); // more bars may have come into view
    store.subscribe((_, patch) => {
      if (["settings", "cursor", "peek", "hold", "playing", "tab", "language"].some((name) => name in patch)) redraw();
      else if (("run" in patch || "shown" in patch) && !isCurrent()) redraw();
    });
    redraw();
  }

  /** @param {Distribution} shown */
  function show(shown) {
    chart.draw(shown);
    line.draw(shown);
    afterPainting(markPainted);
  }

  return { nodes: [make("div", { class: "chart" }, barsHost, lineHost, hints), nextCharacters.node], connect, show };
}

/** @type {(keyof Moment)[]} */
const MOMENT_FIELDS = ["run", "at", "number", "logits", "u", "came"];

// Runs after the browser has painted: a message is handled after the frame.
const channel = new MessageChannel();
/** @type {(() => void)[]} */
const paintCallbacks = [];
channel.port1.onmessage = () => { for (const act of paintCallbacks.splice(0)) act(); };
/** @param {() => void} act */
function afterPainting(act) {
  paintCallbacks.push(act);
  channel.port2.postMessage(null);
}
