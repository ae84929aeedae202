// The evidence of an n-gram behind one bar: the counts at each order, and how smoothing mixes them to the probability. The counts
// are the server's, and come once for each place.

import * as client from "../core/client.js";
import { keep, make } from "../core/dom.js";
import * as evidence from "../core/evidence.js";
import * as format from "../core/format.js";
import { told, words } from "../core/i18n.js";
import { state } from "../core/store.js";

/** @typedef {import("../core/evidence.js").Evidence} Evidence */

const PAUSE = 150; // milliseconds that a place is looked at
const HEADS = ["evidence_context", "evidence_count", "evidence_own", "evidence_weight", "evidence_part"];

/** @param {number} p */
const four = (p) => (p === 0 ? "0" : p >= 0.0001 ? p.toFixed(4) : p.toExponential(1));

/** @param {{ titleOf: (model: string) => string }} options */
export function evidencePart({ titleOf }) {
  const way = client.beside("models-evidence");
  const problem = make("p", { class: "muted", role: "status" });
  const said = make("p", { class: "muted" });
  const rows = make("tbody");
  const foot = make("tfoot");
  const table = make("table", { class: "evidence" }, make("thead", {}, make("tr", {}, ...HEADS.map((key) => make("th", { scope: "col", text: words[key] })))), rows, foot);
  const box = make("div", {}, table);
  /** @type {{ key: string, found: Evidence | null, problem: string }} */
  let now = { key: "", found: null, problem: "" };
  let timer = 0;

  /**
   * @typedef {{ model: string | null, none: boolean, before: string, symbols: string[], picked: string | null }} Wanted
   *   model: the n-gram, or null, where `none` says whether that is known
   */
  /** @param {Wanted} wanted */
  function draw(wanted) {
    const { model, none, before, symbols, picked } = wanted;
    const key = JSON.stringify([model, before]);
    if (model && now.key !== key && state.tab === "models") {
      now = { ...now, key, problem: "" };
      clearTimeout(timer);
      timer = setTimeout(() => bring(model, wanted, key), PAUSE);
    }
    const found = model && symbols.length ? now.found : null; // a model that is asked anew has no symbols for a moment
    const id = !found ? -1 : picked !== null && symbols.includes(picked) ? symbols.indexOf(picked) : evidence.likeliest(found);
    problem.textContent = model ? now.problem : none ? String(words.models_no_ngram) : "";
    box.hidden = said.hidden = !found || id < 0;
    if (found && model && id >= 0) fill(found, id, symbols, titleOf(model));
  }

  /** @param {string} model @param {Wanted} wanted @param {string} key */
  async function bring(model, wanted, key) {
    const waits = () => now.key === key;
    let sentence = String(words.lost);
    let found = null;
    try {
      for await (const { head } of way.ask("evidence", { model, prompt: wanted.before, bias: "" })) {
        if (head.problem || head.code) sentence = head.problem ? told(head.problem) : words[head.code];
        else found = head;
      }
    } catch (error) {
      sentence = client.sentenceOf(error, words.refused_reading);
    }
    if (!waits()) return;
    now = { key, found, problem: found ? "" : sentence };
    draw(wanted);
  }

  /** @param {Evidence} of @param {number} id @param {string[]} symbols @param {string} title */
  function fill(of, id, symbols, title) {
    const list = evidence.terms(of, id);
    const symbol = format.called(symbols[id]);
    said.textContent = format.say("evidence_about", { title, symbol });
    rows.replaceChildren(...list.map(({ level, count, discount, own, share, part }) => {
      const context = level ? level.context.map((one) => format.seen(symbols[one])).join("") : "";
      const name = level ? (context ? keep(make("code", { text: context })) : make("span", { text: words.evidence_empty })) : make("span", { text: words.evidence_uniform });
      const seen = level ? (level.total ? `${format.grouped(count)} / ${format.grouped(level.total)}` : String(words.evidence_never)) : "";
      const sum = !level ? `1 / ${format.grouped(of.size)}` : count ? `(${format.grouped(count)} − ${discount.toFixed(2)}) / ${format.grouped(level.total)} = ${four(own)}` : "0";
      return make("tr", level && !level.total ? { class: "never" } : {},
        make("th", { scope: "row" }, name), ...[seen, sum, `× ${four(share)}`, four(part)].map((text) => keep(make("td", { text }))));
    }));
    const p = evidence.total(list);
    foot.replaceChildren(make("tr", {}, make("th", { scope: "row", colspan: 4, text: format.sentence("evidence_sum", { symbol }) }), keep(make("td", { text: `${four(p)} = ${format.percent(p)}` }))));
  }

  return { node: make("div", { class: "evidence-box" }, problem, said, box), draw };
}
