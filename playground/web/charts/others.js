// The bar for all folded symbols, at the right end.

import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as groups from "../core/groups.js";
import { fills } from "./fills.js";

/** @param {() => void} onResize called when the bar has another size and must be redrawn */
export function othersBar(onResize) {
  const column = fills(onResize, 0);
  const bar = make("span", { class: "bar others", role: "img", hidden: "" },
    make("span", { class: "column" }, column.node), keep(make("span", { class: "label", text: words.others })));
  let lastClassName = "";

  /**
   * @param {Distribution} shown @param {(p: number) => number} share of the column for a probability
   * @param {string} heat @param {boolean} outline whether the outline for T = 1 must be redrawn
   */
  function draw({ row, atOne, drawn, whole, truncated, under }, share, heat, outline) {
    const cut = truncated && groups.beyond(row, drawn.left) === 0;
    const isAimed = under === null && !drawn.even;
    const probability = groups.beyond(row, cut ? whole : drawn.probabilities);
    column.draw([{ column: 0, share: share(probability), cut, aimed: isAimed }], heat);
    if (outline) column.outline([[0, share(groups.beyond(row, atOne))]]);
    const className = `bar others${cut ? " cut" : ""}${isAimed ? " under" : ""}`;
    if (lastClassName !== className) bar.className = lastClassName = className;
    const title = format.say("others_title", { ...groups.folded(row, drawn.probabilities), shown: row.ids.length.toLocaleString("en") });
    if (bar.title === title) return;
    bar.title = title;
    bar.setAttribute("aria-label", title);
  }

  return { bar, draw };
}
