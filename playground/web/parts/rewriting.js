// The slider bends the text: at rest, all after the place where writing would begin is written anew under the hand, with the same
// dice. One request is under way; what changes meanwhile is asked for next. While the hand moves, only the text comes (the draft);
// when it rests, its rows come too, and it is the run. What stood there before is an earlier version then. A temperature to
// which the hand comes back has its text at once. How a text that plays follows the slider is in playback.js.

import * as branches from "../core/branches.js";
import * as client from "../core/client.js";
import { eachFrame } from "../core/dom.js";
import { words } from "../core/i18n.js";
import * as picks from "../core/picks.js";
import * as runs from "../core/runs.js";
import * as server from "../core/server.js";
import { agree, BENDING, DRAWN_UNDER } from "../core/spans.js";
import * as store from "../core/store.js";
import * as playback from "./playback.js";

const { state, update } = store;
const KEY = "playground.rewriting";
const REST = 250; // milliseconds without a move, after which the rows are asked for
const LATE = 400; // milliseconds that a request may take before it gives way to a newer one
const PAUSE = 1500; // milliseconds between two moves that are two changes of the text, not one
const KEPT = 200; // texts of one change: the slider has about as many places

// ── The switch ───────────────────────────────────────────────────────────────────────────────────
let on = wasOn();
function wasOn() {
  try { return localStorage.getItem(KEY) !== "off"; } catch { return true; }
}
export const isOn = () => on;
/** @param {boolean} now */
export function turn(now) {
  on = now;
  try { localStorage.setItem(KEY, on ? "on" : "off"); } catch { /* storage may be forbidden */ }
  if (on) move();
  else leave();
}

// ── What is bent ─────────────────────────────────────────────────────────────────────────────────
/**
 * What stood there when the hand came, what was left before that, the step from which all is written anew, and what was
 * written since, by its settings.
 * @typedef {{ run: Run, shown: number, branches: Run[], at: number, here: boolean, late: boolean, texts: Map<string, Run> }} Bending
 */
/** @type {Bending | null} */
let bending = null;
/** @type {{ settings: Settings, since: number, light: boolean } | null} */
let asked = null;
/** @type {Settings | null} */
let written = null; // what the text on the screen is of, since the hand came
let ours = false;
let pressed = false;
let rest = 0;
let end = 0;

for (const name of ["pointerdown", "pointerup", "pointercancel"]) {
  addEventListener(name, () => { pressed = name === "pointerdown"; if (!pressed && bending) letGo(); }, { capture: true });
}

/** @param {Partial<State>} patch */
function change(patch) {
  ours = true;
  update(patch);
  ours = false;
}

/** @type {(keyof State)[]} */
const OTHERS = ["run", "cursor", "playing", "busy", "here"]; // who changes these has something else in mind
store.subscribe((_, patch) => {
  if (ours) return;
  if (OTHERS.some((name) => name in patch)) leave();
  else if (patch.settings) move();
});

// Leaves it at that. A text that plays from here on is of the settings of now.
function leave() {
  if (state.playing && state.draft) playback.bend();
  if (asked) client.end();
  asked = bending = written = null;
  clearTimeout(rest);
  clearTimeout(end);
  if (state.draft || state.hold !== null || state.behind) change({ draft: null, hold: null, behind: false });
}

// ── Bending ──────────────────────────────────────────────────────────────────────────────────────
// The bars follow in the next frame; by then it is told that the text does not yet. Whoever points at a character looks at its
// moment, and wants it to stay.
function move() {
  if (!on || !state.opened || state.playing || state.busy || state.peek !== null) return;
  bending ??= begin();
  if (!bending) return;
  clearTimeout(rest);
  clearTimeout(end);
  if (state.hold !== bending.at) change({ hold: bending.at });
  if (!state.behind && !isWritten()) change({ behind: true });
  wake();
}

const wake = eachFrame(() => {
  if (!bending) return;
  const known = bending.texts.get(keyOf(state.settings));
  if (isWritten()) settle();
  else if (known) recall(known);
  else if ((!bending.late || !pressed) && (!asked || !asked.light || performance.now() - asked.since > LATE)) ask(true);
});

// Where there is a text after the place, and it is of other settings.
/** @returns {Bending | null} */
function begin() {
  const { run, here, cursor, shown, settings } = state;
  if (!run || run.model !== settings.model || run.text !== settings.prompt) return null;
  const at = here ? Math.max(cursor, run.prompted) : run.prompted;
  const steps = run.steps.slice(at, shown); // what nobody saw yet is drawn again when it appears (playback.js)
  if (!steps.length || steps.every((step) => step.hand || (step.settings && agree(step.settings, settings, BENDING)))) return null;
  /** @type {Map<string, Run>} */
  const texts = new Map();
  const theirs = shown === run.steps.length && run.stopped ? sharedBy(steps) : null;
  if (theirs) texts.set(keyOf(theirs), run);
  return { run, shown, branches: state.branches, at, here, late: false, texts };
}

// The settings that all of these were drawn under, so that writing them again would give the same; null where they differ.
/** @param {Step[]} steps */
function sharedBy([{ settings, hand }, ...others]) {
  if (!settings || hand) return null;
  return others.every((step) => step.settings && !step.hand && agree(step.settings, settings, DRAWN_UNDER)) ? settings : null;
}

/** @param {Settings} settings */
const keyOf = (settings) => JSON.stringify([...DRAWN_UNDER.map((name) => String(settings[name])), settings.stop]);

// A text that was there before takes the place of what is asked for.
/** @param {Run} draft */
function recall(draft) {
  if (asked) client.end();
  asked = null;
  written = state.settings;
  change({ draft: draft === state.run ? null : draft });
  settle();
}

const isWritten = () => Boolean(written && agree(written, state.settings, BENDING));

/** @param {boolean} light */
async function ask(light) {
  if (!bending) return;
  const { run, at } = bending;
  const now = { settings: state.settings, since: performance.now(), light };
  asked = now;
  const length = runs.lengthOf(run) - (at - run.prompted);
  const question = {
    settings: { ...store.asked(), prompt: run.text, length }, written: runs.written(run).slice(0, at - run.prompted), pick: null, light,
    knows: runs.knows(run.model), had: client.had(run, run.model, run.text),
  };
  /** @type {Run | null} */
  let made = null;
  try {
    for await (const frame of client.ask("write", question)) {
      if (asked !== now) return;
      if (frame.head.problem || frame.head.code) throw new client.Refused(200, frame.head);
      if (made) (light ? runs.extendLight : runs.extend)(made, frame);
      else {
        made = runs.open(frame, run, run.text);
        made.settings.length = run.settings.length;
      }
    }
    if (asked !== now) return;
    if (!made?.stopped) throw new Error("The answer broke off.");
    asked = null;
    written = now.settings;
    if (light) {
      if (bending.texts.size < KEPT) bending.texts.set(keyOf(now.settings), made);
      change({ draft: made });
    } else take(made);
    settle();
  } catch (error) {
    if (asked === now) fail(error);
  }
}

// What is next: the newest settings, then the rows, then nothing.
function settle() {
  if (!bending || asked) return;
  if (!isWritten()) return void ask(true);
  if (state.behind) change({ behind: false });
  if (state.draft) rest = setTimeout(() => ask(false), REST);
  else if (!pressed) letGo();
}

// The text with its rows is the run, and what stood there when the hand came an earlier version.
/** @param {Run} run */
function take(run) {
  if (!bending) return;
  const { run: before, shown, branches: others, at, here } = bending;
  const left = branches.after({ branches: others, shown }, before, run, false);
  const seen = store.shownOf(run, before, shown);
  change({ run, draft: null, card: run.card, cursor: here ? at : seen, shown: seen, branches: branches.without(left, run), problem: "" });
  ours = true;
  store.set({ picks: picks.of(run) });
  ours = false;
}

// The next move is another change of the text.
function letGo() {
  clearTimeout(end);
  if (bending?.late) return void ask(false);
  end = setTimeout(() => { if (!asked && !state.draft) bending = written = null; }, PAUSE);
}

// The server cannot keep up: the page says so, and asks once more when the hand lets go. Then the person may.
/** @param {unknown} error */
function fail(error) {
  asked = null;
  if (!bending) return;
  const problem = error instanceof client.Refused ? error.problem : "";
  if (problem || bending.late) {
    leave();
    if (problem) update({ problem });
    else server.offer(client.sentenceOf(error, words.refused_writing, words.refused_writing), move);
    return;
  }
  bending.late = true;
  change({ notices: [...state.notices.filter((notice) => notice !== words.rewriting_late), words.rewriting_late] });
  if (!pressed) rest = setTimeout(() => ask(false), PAUSE);
}
