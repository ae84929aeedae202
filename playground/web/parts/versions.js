// Below the text: where generation continues, the earlier versions, and what another page saved.

import * as characters from "../core/characters.js";
import { keep, make, retext } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { isWithin } from "../core/place.js";
import * as runs from "../core/runs.js";
import { wouldRepeat } from "../core/spans.js";
import { state, subscribe, update } from "../core/store.js";
import * as memory from "./memory.js";

export function versions() {
  /** @type {HTMLElement | null} */
  let title = null; // while there are versions
  /** @type {HTMLButtonElement[]} */
  const branchButtons = []; // reused, because a quick second press on a button that was just made is no click
  const listed = make("div", { class: "listed" });
  const node = make("div", { class: "branches" }, listed);

  // Redrawn only on changes: recreating a button under a finger would lose its click.
  let drawn = "";
  function draw() {
    const { run, branches, busy, playing } = state;
    if (!run) return;
    const fromHere = isWithin(state) && (wouldRepeat(state) ? "from_here_anew" : "from_here");
    const text = branches.length ? runs.writingOf(run) : "";
    const labels = branches.map((branch) => labelFor(runs.writingOf(branch), text));
    const holds = memory.hasText(state);
    const last = busy || playing ? "" : memory.lastText();
    const content = JSON.stringify([state.language, fromHere, labels, holds, last]);
    if (content === drawn) return;
    drawn = content;
    const from = [];
    const actions = [];
    if (fromHere) {
      from.push(make("span", { class: "from" }, `${words[fromHere]} · `, make("button", {
        class: "link", text: words.from_prompt, on: { click: () => update({ here: false, cursor: state.run?.prompted ?? 0 }) },
      })));
    }
    if (last) actions.push(make("button", { class: "quiet last", title: format.sentence("restore_title", { text: last }), text: words.restore, on: { click: memory.restoreLast } }));
    if (holds) actions.push(keep(make("button", { class: "quiet forget", title: words.forget_title, text: words.forget, on: { click: memory.clear } })));
    const focusedButton = placeOf(document.activeElement);
    listBranches(labels);
    for (const child of [...node.children]) if (child !== listed) child.remove();
    listed.before(...from);
    listed.after(...actions);
    if (focusedButton) focusAt(focusedButton);
  }

  /** @param {string[]} labels */
  function listBranches(labels) {
    while (branchButtons.length < labels.length) branchButtons.push(branchButton(branchButtons.length));
    for (const button of branchButtons.splice(labels.length)) button.remove();
    labels.forEach((label, i) => retext(branchButtons[i], label));
    if (!labels.length) {
      title?.remove();
      title = null;
      return;
    }
    title ??= make("span", { class: "muted", text: words.branches });
    listed.append(...[title, ...branchButtons].filter((child) => !listed.contains(child)));
  }

  /** @param {number} i */
  const branchButton = (i) => keep(make("button", { class: "quiet branch", title: words.branch_title, on: { click: () => memory.restore(state.branches[i]) } }));

  // The index of a button among those of its kind; null for anything else.
  /** @param {Element | null} button */
  function placeOf(button) {
    if (!(button instanceof HTMLButtonElement) || !node.contains(button)) return null;
    return { kind: button.className, at: buttonsOfKind(button.className).indexOf(button) };
  }

  /** @param {string} kind */
  const buttonsOfKind = (kind) => [...node.querySelectorAll("button")].filter(({ className }) => className === kind);

  // After a redraw, focuses the button at the same index, or the last of its kind, or else the next button, possibly
  // outside this part.
  /** @param {{ kind: string, at: number }} place */
  function focusAt({ kind, at }) {
    const candidates = buttonsOfKind(kind);
    const sameKind = candidates[at] ?? candidates.at(-1);
    const next = sameKind ?? node.querySelector("button") ?? node.parentElement?.querySelector("button");
    next?.focus({ preventScroll: true });
  }

  subscribe((_, patch) => {
    if (["run", "settings", "cursor", "branches", "here", "busy", "playing", "language"].some((name) => name in patch)) draw();
  });
  return node;
}

// The label of a branch: the words where it departs from the current text.
/** @param {string} text @param {string} other */
function labelFor(text, other) {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at++;
  const before = characters.lastOf(text.slice(0, at), 9);
  const from = at - before.slice(-8).join("").length;
  const label = characters.segments(text.slice(from, from + 400)).slice(0, 26).join("");
  return `${from ? "…" : ""}${characters.limitMarks(label)}…`.replace(/\n/g, "↵");
}
