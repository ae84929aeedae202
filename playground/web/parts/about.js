// Facts about the model, and example prompts.

import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as store from "../core/store.js";
import { play } from "./player.js";

/** @param {GradioParts} parts */
export function mount({ element }) {
  const facts = make("span", { class: "facts" });
  const examples = make("span", { class: "tries" });
  element.replaceChildren(make("div", { class: "line" }, facts, examples));

  /** @param {string} text */
  const showLineBreaks = (text) => text.replace(/\n/g, "↵");

  // A card from the Hub may lack any of these figures (sanitize.py).
  /** @param {{ card: Card | null, run: Run | null }} state */
  function drawCard({ card, run }) {
    if (!card) return;
    const [, repo, commit] = /^(.+)@([0-9a-f]{40})$/.exec(run ? run.model : "") || [];
    const factTexts = [
      card.validation && format.say("fact_nats", { n: card.validation.nats.toFixed(2), unit: words[`unit_counted_${card.validation.unit}`] }),
      card.parameters !== undefined && format.say("fact_parameters", { n: format.count(card.parameters) }),
      card.corpus && (words[`corpus_${run?.model}`] ?? card.corpus.name),
      card.start && format.say(`fact_start_${card.start.source}`, { start: format.seen(card.start.text) }),
    ];
    facts.textContent = factTexts.filter(Boolean).join(" · ");
    if (repo) {
      facts.append(facts.textContent && " · ", keep(make("span", {
        class: "commit", title: format.say("fact_commit", { commit, repo }), text: `${repo}@${commit.slice(0, 7)}`,
      })));
    }
    const links = (card.prompts || []).map((prompt) =>
      keep(make("button", { class: "link", text: showLineBreaks(prompt) || words.no_prompt, on: { click: () => { play.retype(prompt); play.show(); } } }), prompt !== ""));
    examples.replaceChildren(...(links.length ? [`${words.try}: `] : []), ...links.flatMap((link, i) => (i ? [" · ", link] : [link])));
  }

  // A restored text may belong to another model.
  /** @type {Map<string, Card | null>} */
  const cards = new Map();
  /** @type {string | null} */
  let drawnModel = null;
  store.subscribe((state, patch) => {
    const { card, run } = state;
    if (run && "card" in patch) cards.set(run.model, card);
    if ("language" in patch && card) drawnModel = null;
    if (run && (drawnModel !== run.model || !cards.has(run.model))) {
      drawnModel = run.model;
      drawCard({ card: cards.get(run.model) || card, run });
    }
  });
  const { run, card } = store.state;
  if (run) cards.set(run.model, card);
  drawCard(store.state);
}
