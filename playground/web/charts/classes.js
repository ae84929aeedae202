// Bars for a few classes, in fixed order on one axis from 0 to 100 %; a dashed mark shows each at T = 1. It owns its
// host and knows no models: chart.draw([{ name, share, atOne }]).

import { csv } from "../core/csv.js";
import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { classesSvg } from "./classessvg.js";
import { menu } from "./menu.js";

/** @typedef {{ name: string, share: number, atOne: number }} ClassRow */

/** @param {HTMLElement} host @param {{ title: string }} options */
export function classes(host, { title }) {
  host.classList.add("classes");
  host.setAttribute("role", "group");
  host.setAttribute("aria-label", title);

  /** @type {ClassRow[]} */
  let drawn = [];
  const save = menu(words.save_bars, "bars", "classes", () => ({
    svg: classesSvg(drawn, title), csv: csv([["class", "probability", "probability (T = 1)"], ...drawn.map(({ name, share, atOne }) => [name, share, atOne])]),
  }));

  /** @param {ClassRow[]} rows */
  function draw(rows) {
    drawn = rows;
    while (host.children.length > rows.length) host.lastElementChild?.remove();
    while (host.children.length < rows.length) {
      host.append(make("div", { class: `of-${host.children.length}` }, make("span", { class: "name" }), make("span", { class: "rail" }, make("i"), make("b")), keep(make("output"))));
    }
    const largest = Math.max(...rows.map(({ share }) => share));
    rows.forEach(({ name, share, atOne }, i) => {
      const row = /** @type {HTMLElement} */ (host.children[i]);
      const [label, rail, value] = /** @type {HTMLElement[]} */ ([...row.children]);
      const [bar, mark] = /** @type {HTMLElement[]} */ ([...rail.children]);
      row.classList.toggle("likeliest", share === largest);
      label.textContent = name;
      value.textContent = format.percent(share);
      bar.style.transform = `scaleX(${share})`;
      mark.style.left = `${100 * atOne}%`;
    });
  }

  return { draw, save };
}
