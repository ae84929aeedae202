// What the page has to say about the prompt or a request: a box for each sentence, over the page, that can be closed.
// A sentence that was closed comes again only after it had gone; in another language it is the same one.

import { around, make, picture } from "../core/dom.js";
import * as format from "../core/format.js";
import { told } from "../core/i18n.js";
import { words } from "../core/i18n.js";
import * as store from "../core/store.js";

/** @param {GradioParts} parts */
export function mount({ element }) {
  const box = make("div", { id: "notice", role: "status" });
  element.replaceChildren(box);
  /** @type {string[]} */
  let said = [];
  /** @type {Set<string>} */
  let closed = new Set();
  let drawn = "";
  /** @type {HTMLElement | null} */
  let cameFrom = null; // what had the focus before it came to a notice

  // What looks the same is told once: composed or not, with a variation selector or without.
  /** @param {string} text */
  const sameFor = (text) => text.normalize("NFC").replace(/\p{DI}/gu, "");

  /** @param {Run} run */
  function unknownSentence(run) {
    const seen = new Map();
    for (const cell of run.promptCells) if (cell.unknown !== undefined) seen.set(sameFor(cell.text), [format.quoted(cell.text), cell.unknown]);
    if (!seen.size) return [];
    const some = [...seen.values()].slice(0, 6);
    const stands = some.map(([character, replacement]) => (replacement
      ? format.say("stands_for", { character, replacement: format.seen(replacement) })
      : format.say("stands_for_nothing", { character })));
    const characters = some.map(([c]) => c).join(" ") + (seen.size > some.length ? " …" : "");
    return [format.say("unknown", { characters, stands: stands.join("; ") })];
  }

  /** @param {Run} run */
  function skippedSentence(run) {
    if (!run.skipped) return [];
    const seen = run.promptCells.reduce((n, { text }) => n + [...text].length, 0);
    return [format.say("skipped", { all: (run.skipped + seen).toLocaleString("en"), shown: seen.toLocaleString("en") })];
  }

  /** @param {State} state @param {boolean} [translated] whether only the language is another one */
  function draw({ run, notices, problem, retry }, translated = false) {
    const before = said;
    said = [...notices.map((notice) => String(told(notice))), ...(run ? [...unknownSentence(run), ...skippedSentence(run)] : [])];
    closed = new Set(said.filter((text, i) => closed.has(translated ? before[i] : text)));
    const left = said.filter((text) => !closed.has(text));
    const again = problem && retry && retry.problem === problem ? retry.act : null;
    const now = JSON.stringify([told(problem), Boolean(again), left]);
    if (now === drawn) return; // a button that is made anew under a finger loses its click
    drawn = now;
    const held = box.contains(document.activeElement);
    box.replaceChildren(
      ...(problem ? [notice(problem, () => store.update({ problem: "" }), "problem", again)] : []),
      ...left.map((text) => notice(text, () => { closed.add(text); draw(store.state); })));
    /** @type {HTMLElement | null} */
    const next = box.querySelector("button") ?? cameFrom ?? document.querySelector("#generate");
    if (held) next?.focus({ preventScroll: true });
  }

  /** @param {string} text @param {() => void} close @param {string} [kind] @param {(() => void) | null} [again] */
  function notice(text, close, kind = "", again = null) {
    return make("div", { class: `notice ${kind}`.trim() }, make("p", { text: told(text) }),
      ...(again ? [make("button", { class: "quiet", text: store.state.retry?.label ?? words.try_again, on: { click: () => store.state.retry?.act() } })] : []),
      make("button", { class: "close", title: words.close, "aria-label": words.close, on: { click: close } }, picture("close")));
  }

  box.addEventListener("focusin", ({ relatedTarget }) => {
    if (relatedTarget instanceof HTMLElement && !box.contains(relatedTarget)) cameFrom = relatedTarget;
  });
  box.addEventListener("keydown", (event) => {
    /** @type {HTMLElement | null | undefined} */
    const close = around(event.target, ".notice")?.querySelector(".close");
    if (event.key === "Escape") close?.click();
  });

  store.subscribe((state, patch) => {
    const translated = !["run", "notices", "problem", "retry"].some((name) => name in patch);
    if (!translated || "language" in patch) draw(state, translated);
  });
  draw(store.state);
}
