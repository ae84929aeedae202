// The bar of what is folded together, at the right end of the bars.

import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as groups from "../core/groups.js";
import { fills } from "./fills.js";

/** @param {() => void} resized called when the bar has another size and is to be drawn anew */
export function othersBar(resized) {
  const column = fills(resized, 0);
  const bar = make("span", { class: "bar others", role: "img", hidden: "" },
    make("span", { class: "column" }, column.node), keep(make("span", { class: "label", text: words.others })));
  let look = "";

  /**
   * @param {Distribution} shown @param {(p: number) => number} share of the column, for a probability
   * @param {string} heat @param {boolean} outline whether the outline of T = 1 is to be drawn too
   */
  function draw({ row, atOne, drawn, whole, truncated, under }, share, heat, outline) {
    const cut = truncated && groups.beyond(row, drawn.left) === 0;
    const aimed = under === null && !drawn.even;
    column.draw([{ column: 0, share: share(groups.beyond(row, cut ? whole : drawn.probabilities)), cut, aimed }], heat);
    if (outline) column.outline([[0, share(groups.beyond(row, atOne))]]);
    const fresh = `bar others${cut ? " cut" : ""}${aimed ? " under" : ""}`;
    if (look !== fresh) bar.className = look = fresh;
    const title = format.say("others_title", { ...groups.folded(row, drawn.probabilities), shown: row.ids.length.toLocaleString("en") });
    if (bar.title === title) return;
    bar.title = title;
    bar.setAttribute("aria-label", title);
  }

  return { bar, draw };
}
