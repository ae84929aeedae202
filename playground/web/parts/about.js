// What the model is, prompts to try, and what the page has to say about the prompt or a request.

import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/given.js";
import * as store from "../core/store.js";
import { play } from "./player.js";

/** @param {GradioParts} parts */
export function mount({ element }) {
  const facts = make("span", { class: "facts" });
  const tries = make("span", { class: "tries" });
  const notice = make("div", { id: "notice", role: "status" });
  element.replaceChildren(make("div", { class: "line" }, facts, tries), notice);

  /** @param {string} text */
  const short = (text) => text.replace(/\n/g, "↵");
  /** @param {number} n */
  const count = (n) => (n >= 1e6 ? `${(n / 1e6).toFixed(1)} M` : n >= 1e3 ? `${Math.round(n / 1e3)} k` : String(n));

  // A stranger's card may lack any of its figures (shown.py).
  /** @param {{ card: Card | null, run: Run | null }} state */
  function drawCard({ card, run }) {
    if (!card) return;
    const [, repo, commit] = /^(.+)@([0-9a-f]{40})$/.exec(run ? run.model : "") || [];
    const told = [
      card.validation && format.say("fact_nats", { n: card.validation.nats.toFixed(2), unit: words[`unit_counted_${card.validation.unit}`] }),
      card.parameters !== undefined && format.say("fact_parameters", { n: count(card.parameters) }),
      card.corpus && card.corpus.name,
      card.start && format.say(`fact_start_${card.start.source}`, { start: format.seen(card.start.text) }),
    ];
    facts.textContent = told.filter(Boolean).join(" · ");
    if (repo) {
      facts.append(facts.textContent && " · ", keep(make("span", {
        class: "commit", title: format.say("fact_commit", { commit, repo }), text: `${repo}@${commit.slice(0, 7)}`,
      })));
    }
    const links = (card.prompts || []).map((prompt) =>
      keep(make("button", { class: "link", text: short(prompt) || words.no_prompt, on: { click: () => play.suggest(prompt) } }), prompt !== ""));
    tries.replaceChildren(...(links.length ? [`${words.try}: `] : []), ...links.flatMap((link, i) => (i ? [" · ", link] : [link])));
  }

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

  /** @param {State} state */
  function drawNotices({ run, notices, problem, retry }) {
    const lines = [...(problem ? [problem] : []), ...notices, ...(run ? unknownSentence(run) : [])];
    if (run && run.skipped) {
      const seen = run.promptCells.reduce((n, { text }) => n + [...text].length, 0);
      lines.push(format.say("skipped", { all: (run.skipped + seen).toLocaleString("en"), shown: seen.toLocaleString("en") }));
    }
    notice.classList.toggle("problem", Boolean(problem));
    notice.replaceChildren(...lines.map((text) => make("p", { text })));
    if (problem && retry && retry.problem === problem) {
      notice.append(make("button", { class: "quiet", text: words.try_again, on: { click: retry.act } }));
    }
  }

  // A text that is returned to may be another model's.
  /** @type {Map<string, Card | null>} */
  const cards = new Map();
  /** @type {string | null} */
  let shown = null;
  store.subscribe((state, patch) => {
    const { card, run } = state;
    if (run && "card" in patch) cards.set(run.model, card);
    if (run && (shown !== run.model || !cards.has(run.model))) {
      shown = run.model;
      drawCard({ card: cards.get(run.model) || card, run });
    }
    if ("run" in patch || "notices" in patch || "problem" in patch || "retry" in patch) drawNotices(state);
  });
  drawCard(store.state);
  drawNotices(store.state);
}
