// Messages about the prompt or a request: a closable box for each, over the page. A closed message returns only after
// it had become obsolete; in another language it is still the same one.

import { around, make, picture } from "../dom.js";
import * as format from "../core/format.js";
import { fromServer, words } from "../core/i18n.js";
import * as store from "../core/store.js";
import * as unknown from "../core/unknown.js";

/** @param {GradioParts} parts */
export function mount({ element }) {
  const box = make("div", { id: "notice", role: "status" });
  element.replaceChildren(box);
  /** @type {string[]} */
  let messages = [];
  /** @type {Set<string>} */
  let closed = new Set();
  let drawn = "";
  /** @type {HTMLElement | null} */
  let previousFocus = null; // the element focused before a notice was

  /** @param {Run} run */
  function skippedSentence(run) {
    if (!run.skipped) return [];
    const shownCount = run.promptCells.reduce((n, { text }) => n + [...text].length, 0);
    return [format.say("skipped", { all: (run.skipped + shownCount).toLocaleString("en"), shown: shownCount.toLocaleString("en") })];
  }

  /** @param {State} state @param {boolean} [languageOnly] whether only the language is another one */
  function draw({ run, notices, problem, retry }, languageOnly = false) {
    const previous = messages;
    messages = [...notices.map((notice) => String(fromServer(notice))), ...(run ? [...[unknown.sentenceOf(run.promptCells)].filter(Boolean), ...skippedSentence(run)] : [])];
    closed = new Set(messages.filter((text, i) => closed.has(languageOnly ? previous[i] : text)));
    const visible = messages.filter((text) => !closed.has(text));
    const act = problem && retry && retry.problem === problem ? retry.act : null;
    const content = JSON.stringify([fromServer(problem), Boolean(act), visible]);
    if (content === drawn) return; // recreating a button under a finger would lose its click
    drawn = content;
    document.body.classList.toggle("noticed", Boolean(problem || visible.length)); // controls.css: the expanded prompt must not cover it
    const hadFocus = box.contains(document.activeElement);
    box.replaceChildren(
      ...(problem ? [notice(problem, () => store.update({ problem: "" }), "problem", act)] : []),
      ...visible.map((text) => notice(text, () => { closed.add(text); draw(store.state); })));
    /** @type {HTMLElement | null} */
    const next = box.querySelector("button") ?? previousFocus ?? document.querySelector("#generate");
    if (hadFocus) next?.focus({ preventScroll: true });
  }

  /** @param {string} text @param {() => void} close @param {string} [kind] @param {(() => void) | null} [retry] */
  function notice(text, close, kind = "", retry = null) {
    return make("div", { class: `notice ${kind}`.trim() }, make("p", { text: fromServer(text) }),
      ...(retry ? [make("button", { class: "quiet", text: store.state.retry?.label ?? words.try_again, on: { click: () => store.state.retry?.act() } })] : []),
      make("button", { class: "close", title: words.close, "aria-label": words.close, on: { click: close } }, picture("close")));
  }

  box.addEventListener("focusin", ({ relatedTarget }) => {
    if (relatedTarget instanceof HTMLElement && !box.contains(relatedTarget)) previousFocus = relatedTarget;
  });
  box.addEventListener("keydown", (event) => {
    /** @type {HTMLElement | null | undefined} */
    const close = around(event.target, ".notice")?.querySelector(".close");
    if (event.key === "Escape") close?.click();
  });

  store.subscribe((state, patch) => {
    const languageOnly = !["run", "notices", "problem", "retry"].some((name) => name in patch);
    if (!languageOnly || "language" in patch) draw(state, languageOnly);
  });
  draw(store.state);
}
