// The bar of what is folded together, at the right end of the bars.

import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as groups from "../core/groups.js";

export function othersBar() {
  const fill = make("span", { class: "fill" });
  const ghost = make("span", { class: "ghost" });
  const bar = make("span", { class: "bar others", role: "img", hidden: "" },
    make("span", { class: "column" }, fill, ghost), keep(make("span", { class: "label", text: words.others })));

  /** @param {Distribution} shown @param {(p: number) => string} lack what a bar of that height lacks @param {string} heat */
  function draw({ row, drawn, whole, truncated, under }, lack, heat) {
    const cut = truncated && groups.beyond(row, drawn.left) === 0;
    fill.style.transform = `translateY(${lack(groups.beyond(row, cut ? whole : drawn.probabilities))})`;
    fill.style.backgroundColor = heat;
    bar.className = `bar others${cut ? " cut" : ""}${under === null && !drawn.even ? " under" : ""}`;
    bar.title = format.say("others_title", { ...groups.folded(row, drawn.probabilities), shown: row.ids.length.toLocaleString("en") });
    bar.setAttribute("aria-label", bar.title);
  }

  return { bar, ghost, draw };
}
