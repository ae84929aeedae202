// Explains a bar's height beside it: the computation from the logit to the probability.

import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { explainHeight } from "../core/sum.js";

/**
 * @param {HTMLElement} host the element that contains the tip
 * @param {(bar: HTMLElement) => Group | undefined} groupOf the group that a bar shows now: bars are reused for other places and models
 */
export function tooltip(host, groupOf) {
  const node = make("div", { class: "sum", role: "tooltip", hidden: "" });
  /** @type {HTMLElement | null} */
  let explainedBar = null;

  /** @param {HTMLElement} bar @param {Distribution} shown */
  function explain(bar, shown) {
    explainedBar = bar;
    follow(shown);
  }

  // Without an argument: hides it whichever bar it explains.
  /** @param {HTMLElement} [bar] */
  function hush(bar) {
    if (bar && explainedBar !== bar) return;
    explainedBar = null;
    node.hidden = true;
  }

  /** @param {Distribution} shown */
  function follow(shown) {
    if (!explainedBar) return;
    const bar = explainedBar;
    const group = groupOf(bar);
    if (!group) return hush();
    node.hidden = false;
    const { rows, remark } = explainHeight(shown, group);
    node.replaceChildren(
      keep(make("strong", { text: format.called(group.symbol, group.special) })),
      make("table", {}, ...rows.map(([name, value]) =>
        make("tr", {}, keep(make("td", { text: name }), Boolean(group.first)), keep(make("td", { text: value }))))),
      ...(remark ? [make("p", { text: remark })] : []),
      ...(group.first ? [] : [make("p", { class: "hint", text: words.sum_write })]));
    const frame = host.getBoundingClientRect();
    const box = bar.getBoundingClientRect();
    const left = Math.min(Math.max(0, box.left - frame.left + box.width + 6), frame.width - node.offsetWidth);
    node.style.left = `${left}px`;
    node.style.top = `${box.top - frame.top + 8}px`;
  }

  return { node, explain, follow, hush };
}
