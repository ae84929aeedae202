// Below the text: where writing goes on, the earlier versions, and what another page left.

import * as characters from "../core/characters.js";
import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import { state, subscribe, update } from "../core/store.js";
import * as memory from "./memory.js";

export function versions() {
  const node = make("div", { class: "branches" });

  // Drawn only when they are others: a button that is made anew under a finger loses its click.
  let drawn = "";
  function draw() {
    const { run, branches, here, busy, playing } = state;
    if (!run) return;
    const fromHere = here && !playing && !busy && state.cursor !== run.prompted;
    const text = branches.length ? runs.writingOf(run) : "";
    const labels = branches.map((branch) => differs(runs.writingOf(branch), text));
    const holds = memory.holds(state);
    const last = busy || playing ? "" : memory.last();
    const now = JSON.stringify([state.language, fromHere, labels, holds, last]);
    if (now === drawn) return;
    drawn = now;
    const listed = [];
    const actions = [];
    if (fromHere) {
      listed.push(make("span", { class: "from" }, `${words.from_here} · `, make("button", {
        class: "link", text: words.from_prompt, on: { click: () => update({ here: false, cursor: state.run?.prompted ?? 0 }) },
      })));
    }
    if (labels.length) {
      listed.push(make("span", { class: "muted", text: words.branches }), ...labels.map((label, i) => keep(make("button", {
        class: "quiet branch", title: words.branch_title, text: label, on: { click: () => memory.restore(state.branches[i]) },
      }))));
    }
    if (last) actions.push(make("button", { class: "quiet last", title: format.sentence("restore_title", { text: last }), text: words.restore, on: { click: memory.restoreLast } }));
    if (holds) actions.push(keep(make("button", { class: "quiet forget", title: words.forget_title, text: words.forget, on: { click: memory.clear } })));
    node.replaceChildren(make("div", { class: "listed" }, ...listed), ...actions);
  }

  subscribe((_, patch) => {
    if (["run", "cursor", "branches", "here", "busy", "playing", "language"].some((name) => name in patch)) draw();
  });
  return node;
}

// A branch is known by the words where it parts from the text on the screen.
/** @param {string} text @param {string} other */
function differs(text, other) {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at++;
  const before = characters.lastOf(text.slice(0, at), 9);
  const from = at - before.slice(-8).join("").length;
  const label = characters.segments(text.slice(from, from + 400)).slice(0, 26).join("");
  return `${from ? "…" : ""}${characters.bounded(label)}…`.replace(/\n/g, "↵");
}
