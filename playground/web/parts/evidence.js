// The evidence behind one bar of an n-gram model: the counts at each order and how smoothing combines them. The
// server's counts are fetched once per place.

import { receiveAnswer } from "../core/answer.js";
import * as client from "../core/client.js";
import { keep, make } from "../dom.js";
import * as evidence from "../core/evidence.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { state } from "../core/store.js";

/** @typedef {import("../core/evidence.js").Evidence} Evidence */

const PAUSE = 150; // milliseconds before a place is requested
const HEADS = ["evidence_context", "evidence_count", "evidence_own", "evidence_weight", "evidence_part"];

/** @param {number} p */
const formatShare = (p) => (p === 0 ? "0" : p >= 0.0001 ? p.toFixed(4) : p.toExponential(1));

/**
 * @param {{ titleOf: (model: string) => string, given: string | null, onUnusable: (given: string) => void }} options
 *   given: the symbol of the link, which is unusable if it has no counts
 */
export function evidencePart({ titleOf, given: linkedSymbol, onUnusable }) {
  const channel = client.beside("models-evidence");
  const problem = make("p", { class: "muted", role: "status" });
  const explanation = make("p", { class: "muted" });
  const rows = make("tbody");
  const footer = make("tfoot");
  const table = make("table", { class: "evidence" }, make("thead", {}, make("tr", {}, ...HEADS.map((key) => make("th", { scope: "col", text: words[key] })))), rows, footer);
  const box = make("div", {}, table);
  /** @type {{ key: string, found: Evidence | null, problem: string }} */
  let request = { key: "", found: null, problem: "" };
  let timer = 0;
  let picked = linkedSymbol || null; // the chosen symbol; else the one in the text, or the likeliest
  /** @type {string[]} */
  let countedSymbols = [];

  /**
   * @typedef {{ model: string | null, none: boolean, before: string, symbols: string[], came: string | null }} Wanted
   *   model: the n-gram or null; `none`: whether it is known that there is none; came: the actual next symbol
   */
  /** @param {Wanted} wanted */
  function draw(wanted) {
    const { model, none, before, symbols, came } = wanted;
    countedSymbols = symbols;
    if (picked !== null && ([...picked].length > 1 || (symbols.length && !symbols.includes(picked)))) {
      const unusable = picked;
      picked = null;
      onUnusable(unusable);
    }
    const chosen = picked ?? came;
    const key = JSON.stringify([model, before]);
    if (model && request.key !== key && state.tab === "models") {
      request = { ...request, key, problem: "" };
      clearTimeout(timer);
      timer = setTimeout(() => fetchEvidence(model, wanted, key), PAUSE);
    }
    const counts = model && symbols.length ? request.found : null; // a model being requested again has no symbols
    const id = !counts ? -1 : chosen !== null && symbols.includes(chosen) ? symbols.indexOf(chosen) : evidence.mostLikely(counts);
    problem.textContent = model ? request.problem : none ? String(words.models_no_ngram) : "";
    box.hidden = explanation.hidden = !counts || id < 0;
    if (counts && model && id >= 0) fill(counts, id, symbols, titleOf(model));
  }

  /** @param {string} model @param {Wanted} wanted @param {string} key */
  async function fetchEvidence(model, wanted, key) {
    const isCurrent = () => request.key === key;
    let counts = null;
    const receive = (/** @type {Frame} */ { head }) => { counts = head; };
    const failure = await receiveAnswer(channel, "evidence", { model, prompt: wanted.before, bias: "" }, { isCurrent, receive, busy: words.refused_reading });
    if (!isCurrent()) return;
    request = { key, found: counts, problem: failure?.sentence ?? "" };
    draw(wanted);
  }

  /** @param {Evidence} of @param {number} id @param {string[]} symbols @param {string} title */
  function fill(of, id, symbols, title) {
    const list = evidence.terms(of, id);
    const symbol = format.called(symbols[id]);
    explanation.textContent = format.say("evidence_about", { title, symbol });
    rows.replaceChildren(...list.map(({ level, count, discount, own, share, part }) => {
      const context = level ? level.context.map((one) => format.seen(symbols[one])).join("") : "";
      const name = level ? (context ? keep(make("code", { text: context })) : make("span", { text: words.evidence_empty })) : make("span", { text: words.evidence_uniform });
      const countText = level ? (level.total ? `${format.grouped(count)} / ${format.grouped(level.total)}` : String(words.evidence_never)) : "";
      const computation = !level ? [`1 / ${format.grouped(of.size)}`] : count ? [`(${format.grouped(count)} − ${discount.toFixed(2)}) / ${format.grouped(level.total)}`, ` = ${formatShare(own)}`] : ["0"];
      return make("tr", level && !level.total ? { class: "never" } : {},
        make("th", { scope: "row" }, name), keep(make("td", { text: countText })), keep(make("td", {}, ...computation.map((text) => make("span", { text })))),
        ...[`× ${formatShare(share)}`, formatShare(part)].map((text) => keep(make("td", { text }))));
    }));
    const p = evidence.total(list);
    footer.replaceChildren(make("tr", {}, make("th", { scope: "row", colspan: 3, text: format.sentence("evidence_sum", { symbol }) }), keep(make("td", { colspan: 2, text: `${formatShare(p)} = ${format.percent(p)}` }))));
  }

  // Selects a symbol if it has counts.
  /** @param {string} symbol */
  function pick(symbol) {
    if (countedSymbols.includes(symbol)) picked = symbol;
  }

  return { node: make("div", { class: "evidence-box" }, problem, explanation, box), draw, pick, linked: () => picked };
}
