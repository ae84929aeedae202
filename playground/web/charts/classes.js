// A bar for each of a few classes, in their own order on one axis from 0 to 100 %; a dashed mark shows what they have at T = 1. It
// owns its host and knows no models: chart.draw([{ name, share, atOne }]).

import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";

/** @param {HTMLElement} host @param {{ title: string }} options */
export function classes(host, { title }) {
  host.classList.add("classes");
  host.setAttribute("role", "group");
  host.setAttribute("aria-label", title);

  /** @param {{ name: string, share: number, atOne: number }[]} rows */
  function draw(rows) {
    while (host.children.length > rows.length) host.lastElementChild?.remove();
    while (host.children.length < rows.length) {
      host.append(make("div", { class: `of-${host.children.length}` }, make("span", { class: "name" }), make("span", { class: "rail" }, make("i"), make("b")), keep(make("output"))));
    }
    const most = Math.max(...rows.map(({ share }) => share));
    rows.forEach(({ name, share, atOne }, i) => {
      const row = /** @type {HTMLElement} */ (host.children[i]);
      const [called, rail, value] = /** @type {HTMLElement[]} */ ([...row.children]);
      const [bar, mark] = /** @type {HTMLElement[]} */ ([...rail.children]);
      row.classList.toggle("likeliest", share === most);
      called.textContent = name;
      value.textContent = format.percent(share);
      bar.style.transform = `scaleX(${share})`;
      mark.style.left = `${100 * atOne}%`;
    });
  }

  return { draw };
}
