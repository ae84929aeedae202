// The panel under the Model box: a name that was typed there and is none of the list is asked of the Hub, offered,
// fetched when the person says so, and opened. Until then the page, and the box, keep the model that they have.
//
// It is told in messages (server/hub_panel.py), each the head of a frame. What it says of a stranger's model goes in as text.

import * as client from "../core/client.js";
import { keep, make, write } from "../core/dom.js";
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
const ELSEWHERE = ["classifier", "masked"]; // tasks of models that continue no text: they open on the Shapes tab

// stage: as in hub_panel.py, and "closed", "stopped" (by hand), "here" (fetched while the person went on with something else).
/** @type {Panel} */
const CLOSED = { stage: "closed", text: "", name: "", offer: null, problem: "", meant: [], again: false, done: 0, total: 0 };
let panel = CLOSED;

// ── What the person does ─────────────────────────────────────────────────────────────────────────
// The Model box holds something else. It goes back to the page's own model while the Hub is asked.
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

function fetchIt() {
  const { text, offer } = panel;
  if (!offer) return;
  const { name, bytes } = offer;
  begin("fetch", { text, name }, { stage: "fetching", text, offer, name, total: bytes, from: state.settings.model });
}

let questions = 0; // answers to any but the newest are not heard
/** @param {"ask" | "fetch"} kind @param {object} data @param {Partial<Panel>} fresh */
async function begin(kind, data, fresh) {
  panel = { ...CLOSED, ...fresh };
  draw();
  const mine = ++questions;
  let heard = -Infinity;
  const waits = () => questions === mine && WAITING.includes(panel.stage);
  server.watch(waits, lost, () => heard);
  try {
    for await (const { head } of client.hub.ask(kind, data)) {
      if (!waits()) return;
      heard = performance.now();
      receive(head);
    }
    if (waits()) lost();
  } catch (error) {
    if (waits()) lost(client.sentenceOf(error, words.refused_writing));
  }
}

function end() {
  questions += 1;
  client.hub.end();
}

function stop() {
  end();
  move({ stage: "stopped", again: true });
}

// One of the names that may have been meant instead.
/** @param {string} name */
function take(name) {
  if (known(name)) {
    close();
    if (name !== state.settings.model) play.read(name, state.settings.prompt);
    play.show();
  } else if (state.asks) update({ asks: name }); // which asks
  else ask(name);
}

function again() {
  if (panel.offer) fetchIt();
  else ask(panel.text);
}

function close() {
  panel = CLOSED;
  if (state.asks) {
    update({ asks: "" });
    writeAddress(); // it says again which model the page has
  }
  draw();
}

function openIt() {
  const { name, card, task = "language" } = panel;
  if (task !== "language") rememberFor(task, name, card);
  const elsewhere = ELSEWHERE.includes(task);
  update({ asks: "", ...(task !== "language" && { another: { task, name } }) });
  panel = CLOSED;
  if (elsewhere) {
    tabs.show("shapes");
    writeAddress();
  } else {
    remember(name, card ?? null);
    play.read(name, state.settings.prompt);
  }
  play.show();
  draw();
  write(said, "text", format.sentence("hub_open", { name: short(name) }));
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
    // Whoever went on with another model, or is writing, is not interrupted.
    const moved = panel.from !== undefined && (panel.from !== state.settings.model || state.busy || state.playing);
    if (moved) move({ stage: "here" });
    else openIt();
  }
}

/** @param {Partial<Panel>} fresh */
function move(fresh) {
  panel = { ...panel, ...fresh };
  draw();
}

// The server broke off without a last message, or has too many requests. What has come of the files is kept there.
function lost(problem = words.lost) {
  end();
  move({ stage: "refused", problem, again: true });
}

// ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
const said = make("p", { class: "said", role: "status" });
const offered = make("div", { class: "offered" });
const meant = make("div", { class: "meant" });
const fill = make("i");
const bar = make("div", { class: "progress", role: "progressbar", "aria-label": words.hub_bar, "aria-valuemin": 0 }, fill);
const amount = keep(make("span", { class: "amount muted", "aria-hidden": "true" }));
const line = make("div", { class: "line" }, bar, amount);
const buttons = make("div", { class: "buttons" });
const root = make("section", { class: "panel", "aria-label": words.hub }, said, meant, offered, line, buttons);

// Megabytes with three digits or so; what is below one of them in kilobytes, so that a small file is seen to come too.
/** @param {number} bytes @param {number} [all] */
function size(bytes, all = bytes) {
  const [unit, name] = all >= 1e6 ? [1e6, "MB"] : [1e3, "kB"];
  const n = bytes / unit;
  return `${n.toFixed(all / unit >= 100 ? 0 : 1)} ${name}`;
}

/** @type {Record<string, [string, () => void][]>} */
const BUTTONS = {
  asking: [["hub_cancel", stop]],
  offer: [["hub_fetch", fetchIt], ["hub_later", close]],
  fetching: [["hub_cancel", stop]],
  here: [["hub_play", openIt], ["hub_close", close]],
  stopped: [["hub_again", again], ["hub_close", close]],
  refused: [["hub_again", again], ["hub_close", close]],
};

/** @param {Panel} panel */
function sentence({ stage, name, text, problem }) {
  if (stage === "refused") return panel.meant.length ? `${format.told(problem)} ${words.hub_meant}` : String(format.told(problem));
  if (stage === "stopped") return format.say("hub_stopped", { name: text });
  const key = { asking: "hub_asking", offer: "hub_offer", fetching: "hub_fetching", opening: "hub_opening", here: "hub_here" }[stage];
  return key ? format.say(key, { name: short(name) }) : "";
}

/** @type {Partial<Panel>} */
let drawn = {};
let held = false; // whether the focus is the panel's, also while it has no button
function draw(anew = false) {
  const { stage, offer, done, total } = panel;
  const fresh = anew || drawn.stage !== stage || drawn.offer !== offer || drawn.name !== panel.name || drawn.problem !== panel.problem;
  drawn = panel;
  if (stage === "fetching") drawProgress(done, total);
  if (!fresh) return;

  const nowhere = document.activeElement === document.body;
  held = root.contains(document.activeElement) || (held && nowhere);
  root.classList.toggle("open", stage !== "closed");
  root.classList.toggle("problem", stage === "refused");
  root.dataset.stage = stage;
  write(said, "text", sentence(panel));
  line.hidden = stage !== "fetching";
  drawOffer(stage === "offer" ? offer : null);
  meant.replaceChildren(...(stage === "refused" ? panel.meant : []).map((name) => make("button", {
    class: "quiet mono", text: name, on: { click: () => take(name) },
  })));
  const shown = (BUTTONS[stage] || []).filter(([key]) => key !== "hub_again" || panel.again);
  buttons.replaceChildren(...shown.map(([key, click], i) => make("button", {
    class: i === 0 && ["offer", "here"].includes(stage) ? "quiet main" : "quiet", on: { click },
    text: format.say(key, { size: offer ? size(offer.bytes) : "" }),
    ...(key === "hub_fetch" && { "aria-describedby": "hub-title hub-facts" }),
  })));
  hold(nowhere);
}

// Buttons go, and the keyboard must not lose its place: the focus goes on to what comes next, when it was in the panel
// or was left nowhere by the Model box.
/** @param {boolean} nowhere */
function hold(nowhere) {
  if (!held && !(nowhere && !state.asks && ["offer", "refused"].includes(panel.stage))) return;
  /** @type {HTMLElement | null} */
  const next = panel.stage === "closed" ? document.querySelector("#generate") : meant.querySelector("button") ?? buttons.querySelector("button");
  if (next) next.focus({ preventScroll: true });
  if (panel.stage === "closed") held = false;
}

/** @param {Offer | null} offer */
function drawOffer(offer) {
  if (!offer) return offered.replaceChildren();
  const { title, kind, licence, bytes, name, card } = offer;
  const [, repo, commit] = parts(name);
  const heading = make("p", { class: "title", id: "hub-title" }, keep(make("bdi", { text: title || repo })),
    keep(make("span", { class: "muted mono", title: name, text: ` ${repo}@${commit.slice(0, 7)}` })));
  const facts = make("p", { class: "muted", id: "hub-facts", text: format.say("hub_facts", { kind, licence: licence || words.hub_unknown, size: size(bytes) }) });
  const details = card && make("details", {}, make("summary", { text: words.hub_card }),
    make("pre", { tabindex: 0, "aria-label": words.hub_card, text: card }));
  return offered.replaceChildren(heading, facts, ...(details ? [details] : []));
}

/** @param {number} done @param {number} total */
function drawProgress(done, total) {
  const share = total ? Math.min(1, done / total) : 0;
  const told = format.say("hub_progress", { done: size(done, total).replace(/ .*/, ""), all: size(total) });
  bar.setAttribute("aria-valuemax", String(total || 1));
  bar.setAttribute("aria-valuenow", String(Math.min(done, total)));
  bar.setAttribute("aria-valuetext", told);
  fill.style.width = `${(100 * share).toFixed(2)}%`;
  amount.textContent = told;
}

// A link may open a model of the Hub, or name one that is to be asked about first.
store.subscribe((_, patch) => {
  const fresh = patch.run ? waysOf(patch.run).filter((name) => !known(name)) : [];
  if (fresh.length) {
    for (const name of fresh) remember(name, state.card);
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
