// The panel under the Model box. A typed name that is not in the list is looked up on the Hub, offered, downloaded on
// request, and opened. Until then the page and the box keep their model.
//
// Its state arrives as messages (server/hub_panel.py), each a frame's head. Text from the Hub is inserted as text
// only.

import * as client from "../core/client.js";
import { keep, make, write } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as server from "../core/server.js";
import * as store from "../core/store.js";
import { state, update } from "../core/store.js";
import { writeAddress } from "./address.js";
import { known, listed, parts, remember, rememberFor, short, waysOf } from "./modelnames.js";
import * as opening from "./opening.js";
import { play } from "./player.js";
import * as tabs from "./tabs.js";

const WAITING = ["asking", "fetching", "opening"];
const SHAPES_TASKS = ["classifier", "masked"]; // tasks that open on the Shapes tab, as these models generate no text

// stage: as in hub_panel.py, plus "closed", "stopped" (by the user) and "here" (downloaded while the user went on).
/** @type {Panel} */
const CLOSED = { stage: "closed", text: "", name: "", offer: null, problem: "", meant: [], again: false, done: 0, total: 0 };
let panel = CLOSED;

// ── What the person does ─────────────────────────────────────────────────────────────────────────
// The Model box changed. It reverts to the current model while the Hub is asked.
/** @param {any} value */
export function choose(value) {
  if (!state.opened || value === state.settings.model) return;
  const text = String(value ?? "").trim();
  const name = known(value) ? value : listed(text);
  if (name) {
    if (!WAITING.includes(panel.stage)) close();
    play.read(name, state.settings.prompt);
  } else if (text) ask(text);
  if (name !== value) play.show();
}

/** @param {string} text */
function ask(text) {
  if (panel.stage === "asking" && panel.text === text) return;
  begin("ask", { text }, { stage: "asking", text, name: text, from: text === state.asks ? undefined : state.settings.model });
}

function fetchModel() {
  const { text, offer } = panel;
  if (!offer) return;
  const { name, bytes } = offer;
  begin("fetch", { text, name }, { stage: "fetching", text, offer, name, total: bytes, from: state.settings.model });
}

let requestCount = 0; // answers to older requests are ignored
/** @param {"ask" | "fetch"} kind @param {object} data @param {Partial<Panel>} initial */
async function begin(kind, data, initial) {
  panel = { ...CLOSED, ...initial };
  draw();
  const request = ++requestCount;
  let lastFrameAt = -Infinity;
  const isCurrent = () => requestCount === request && WAITING.includes(panel.stage);
  server.watch(isCurrent, lost, () => lastFrameAt);
  try {
    for await (const { head } of client.hub.ask(kind, data)) {
      if (!isCurrent()) return;
      lastFrameAt = performance.now();
      receive(head);
    }
    if (isCurrent()) lost();
  } catch (error) {
    if (isCurrent()) lost(client.sentenceOf(error, words.refused_writing));
  }
}

function end() {
  requestCount += 1;
  client.hub.end();
}

function stop() {
  end();
  move({ stage: "stopped", again: true });
}

// Takes one of the suggested names.
/** @param {string} name */
function takeName(name) {
  if (known(name)) {
    close();
    if (name !== state.settings.model) play.read(name, state.settings.prompt);
    play.show();
  } else if (state.asks) update({ asks: name }); // which triggers the request
  else ask(name);
}

function retry() {
  if (panel.offer) fetchModel();
  else ask(panel.text);
}

function close() {
  panel = CLOSED;
  if (state.asks) {
    update({ asks: "" });
    writeAddress(); // restores the page's model in it
  }
  draw();
}

function openModel() {
  const { name, card, task = "language" } = panel;
  if (task !== "language") rememberFor(task, name, card);
  const opensShapes = SHAPES_TASKS.includes(task);
  update({ asks: "", ...(task !== "language" && { another: { task, name } }) });
  panel = CLOSED;
  if (opensShapes) {
    tabs.show("shapes");
    writeAddress();
  } else {
    remember(name, card ?? null);
    play.read(name, state.settings.prompt);
  }
  play.show();
  draw();
  write(status, "text", format.sentence("hub_open", { name: short(name) }));
}

// ── What the server says ─────────────────────────────────────────────────────────────────────────
/** @param {any} message */
function receive({ source, ...fresh }) {
  if (!fresh.stage) return lost(fresh.problem ?? words[fresh.code]);
  if (source) fresh.name = source;
  if (fresh.offer) fresh.name = fresh.offer.name;
  if (fresh.stage === "fetching") fresh.total = Math.max(fresh.total, panel.total);
  move(fresh);
  if (panel.stage === "open") {
    // Do not interrupt a user who chose another model or is generating.
    const hasOtherModel = panel.from !== state.settings.model;
    const userMovedOn = panel.from !== undefined && (hasOtherModel || state.busy || state.playing);
    if (userMovedOn) move({ stage: "here" });
    else openModel();
  }
}

/** @param {Partial<Panel>} changes */
function move(changes) {
  panel = { ...panel, ...changes };
  draw();
}

// The server stopped without a final message, or is too busy. It keeps what was downloaded.
function lost(problem = words.lost) {
  end();
  move({ stage: "refused", problem, again: true });
}

// ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
const status = make("p", { class: "said", role: "status" });
const offerBox = make("div", { class: "offered" });
const suggestions = make("div", { class: "meant" });
const fill = make("i");
const bar = make("div", { class: "progress", role: "progressbar", "aria-label": words.hub_bar, "aria-valuemin": 0 }, fill);
const amount = keep(make("span", { class: "amount muted", "aria-hidden": "true" }));
const line = make("div", { class: "line" }, bar, amount);
const buttons = make("div", { class: "buttons" });
const root = make("section", { class: "panel", "aria-label": words.hub }, status, suggestions, offerBox, line, buttons);

// Megabytes with about three digits, kilobytes below one, so that small downloads show progress too.
/** @param {number} bytes @param {number} [all] */
function size(bytes, all = bytes) {
  const [unit, name] = all >= 1e6 ? [1e6, "MB"] : [1e3, "kB"];
  const n = bytes / unit;
  return `${n.toFixed(all / unit >= 100 ? 0 : 1)} ${name}`;
}

/** @type {Record<string, [string, () => void][]>} */
const BUTTONS = {
  asking: [["hub_cancel", stop]],
  offer: [["hub_fetch", fetchModel], ["hub_later", close]],
  fetching: [["hub_cancel", stop]],
  here: [["hub_play", openModel], ["hub_close", close]],
  stopped: [["hub_again", retry], ["hub_close", close]],
  refused: [["hub_again", retry], ["hub_close", close]],
};

/** @param {Panel} panel */
function sentence({ stage, name, text, problem }) {
  if (stage === "refused") return panel.meant.length ? `${format.fromServer(problem)} ${words.hub_meant}` : String(format.fromServer(problem));
  if (stage === "stopped") return format.say("hub_stopped", { name: text });
  const key = { asking: "hub_asking", offer: "hub_offer", fetching: "hub_fetching", opening: "hub_opening", here: "hub_here" }[stage];
  return key ? format.say(key, { name: short(name) }) : "";
}

/** @type {Partial<Panel>} */
let drawn = {};
let hasFocus = false; // whether the panel has the focus, even while it has no button
function draw(force = false) {
  const { stage, offer, done, total } = panel;
  const hasChanged = force || drawn.stage !== stage || drawn.offer !== offer || drawn.name !== panel.name || drawn.problem !== panel.problem;
  drawn = panel;
  if (stage === "fetching") drawProgress(done, total);
  if (!hasChanged) return;

  const focusIsLost = document.activeElement === document.body;
  hasFocus = root.contains(document.activeElement) || (hasFocus && focusIsLost);
  root.classList.toggle("open", stage !== "closed");
  root.classList.toggle("problem", stage === "refused");
  root.dataset.stage = stage;
  write(status, "text", sentence(panel));
  line.hidden = stage !== "fetching";
  drawOffer(stage === "offer" ? offer : null);
  suggestions.replaceChildren(...(stage === "refused" ? panel.meant : []).map((name) => make("button", {
    class: "quiet mono", text: name, on: { click: () => takeName(name) },
  })));
  const visibleButtons = (BUTTONS[stage] || []).filter(([key]) => key !== "hub_again" || panel.again);
  buttons.replaceChildren(...visibleButtons.map(([key, click], i) => make("button", {
    class: i === 0 && ["offer", "here"].includes(stage) ? "quiet main" : "quiet", on: { click },
    text: format.say(key, { size: offer ? size(offer.bytes) : "" }),
    ...(key === "hub_fetch" && { "aria-describedby": "hub-title hub-facts" }),
  })));
  moveFocus(focusIsLost);
}

// When buttons disappear, focus moves to the next one if it was in the panel or the Model box dropped it.
/** @param {boolean} focusIsLost */
function moveFocus(focusIsLost) {
  if (!hasFocus && !(focusIsLost && !state.asks && ["offer", "refused"].includes(panel.stage))) return;
  /** @type {HTMLElement | null} */
  const next = panel.stage === "closed" ? document.querySelector("#generate") : suggestions.querySelector("button") ?? buttons.querySelector("button");
  if (next) next.focus({ preventScroll: true });
  if (panel.stage === "closed") hasFocus = false;
}

/** @param {Offer | null} offer */
function drawOffer(offer) {
  if (!offer) return offerBox.replaceChildren();
  const { title, kind, licence, bytes, name, card } = offer;
  const [, repo, commit] = parts(name);
  const heading = make("p", { class: "title", id: "hub-title" }, keep(make("bdi", { text: title || repo })),
    keep(make("span", { class: "muted mono", title: name, text: ` ${repo}@${commit.slice(0, 7)}` })));
  const facts = make("p", { class: "muted", id: "hub-facts", text: format.say("hub_facts", { kind, licence: licence || words.hub_unknown, size: size(bytes) }) });
  const details = card && make("details", {}, make("summary", { text: words.hub_card }),
    make("pre", { tabindex: 0, "aria-label": words.hub_card, text: card }));
  return offerBox.replaceChildren(heading, facts, ...(details ? [details] : []));
}

/** @param {number} done @param {number} total */
function drawProgress(done, total) {
  const share = total ? Math.min(1, done / total) : 0;
  const progressText = format.say("hub_progress", { done: size(done, total).replace(/ .*/, ""), all: size(total) });
  bar.setAttribute("aria-valuemax", String(total || 1));
  bar.setAttribute("aria-valuenow", String(Math.min(done, total)));
  bar.setAttribute("aria-valuetext", progressText);
  fill.style.width = `${(100 * share).toFixed(2)}%`;
  amount.textContent = progressText;
}

// A link may open a Hub model, or name one to look up first.
store.subscribe((_, patch) => {
  const newNames = patch.run ? waysOf(patch.run).filter((name) => !known(name)) : [];
  if (newNames.length) {
    for (const name of newNames) remember(name, state.card);
    play.show();
  }
  if (patch.asks) ask(patch.asks);
  if ("language" in patch && panel.stage !== "closed") draw(true);
});
opening.onChoice(choose);
draw();

/** @param {GradioParts} parts */
export function mount({ element }) {
  element.replaceChildren(root);
}
