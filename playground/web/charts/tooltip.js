// How a bar comes by its height, beside the bar: the whole sum, from the logit to the probability.

import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { sum } from "../core/sum.js";

/** @param {HTMLElement} host what the tip stands in, and stays inside */
export function tooltip(host) {
  const node = make("div", { class: "sum", role: "tooltip", hidden: "" });
  /** @type {{ bar: HTMLElement, group: Group } | null} */
  let explained = null;

  /** @param {HTMLElement} bar @param {Group} group @param {Distribution} shown */
  function explain(bar, group, shown) {
    explained = { bar, group };
    node.hidden = false;
    follow(shown);
  }

  // Without a bar: whichever is explained.
  /** @param {HTMLElement} [bar] */
  function hush(bar) {
    if (bar && explained?.bar !== bar) return;
    explained = null;
    node.hidden = true;
  }

  /** @param {Distribution} shown */
  function follow(shown) {
    if (!explained) return;
    const { group, bar } = explained;
    const { rows, remark } = sum(shown, group);
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
