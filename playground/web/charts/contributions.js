// The letters of a text, coloured by how much each contributed to a result: one colour per direction, stronger for
// more. A letter that is pointed at, by pointer or arrow keys, is described in words. It owns its host and knows no
// models.
//
//   chart.draw({ letters: [{ text, said, value, marked }], low, high, tell })    low, high: the names of the two sides

import { csv } from "../core/csv.js";
import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { menu } from "./menu.js";
import { contributionsSvg } from "./contributionssvg.js";

/**
 * `said` names a letter aloud; `marked` is one that the model does not know.
 * @typedef {{ text: string, said: string, value: number, marked: boolean }} Contribution
 * @typedef {{ letters: Contribution[], low: string, high: string, tell: (at: number) => string, rest: string }} ContributionsData
 */

/** @param {HTMLElement} host @param {{ title: string }} options */
export function contributions(host, { title }) {
  const strip = keep(make("div", { class: "letters", role: "slider", tabindex: 0, "aria-label": title, "aria-valuemin": 0 }));
  const [low, high] = [make("span"), make("span")];
  const scale = make("div", { class: "scale", "aria-hidden": "true" }, low, make("i"), high);
  const status = keep(make("p", { class: "told", role: "status" }));
  host.classList.add("moved");
  host.replaceChildren(strip, status, scale);
  /** @type {ContributionsData} */
  let drawn = { letters: [], low: "", high: "", tell: () => "", rest: "" };
  /** @type {number | null} */
  let selected = null;
  const save = menu(words.save_chart, "bars", "letters", () => ({
    svg: contributionsSvg(drawn, title),
    csv: csv([["letter", `towards ${drawn.high}`], ...drawn.letters.map(({ text, value }) => [text.replace("\u00a0", " "), value])]),
  }));

  /** @param {ContributionsData} data */
  function draw(data) {
    drawn = data;
    const largest = Math.max(1e-9, ...data.letters.map(({ value }) => Math.abs(value)));
    while (strip.children.length > data.letters.length) strip.lastElementChild?.remove();
    while (strip.children.length < data.letters.length) strip.append(make("span"));
    data.letters.forEach(({ text, value, marked }, i) => {
      const node = /** @type {HTMLElement} */ (strip.children[i]);
      if (node.textContent !== text) node.textContent = text;
      node.className = `${value < 0 ? "down" : "up"}${marked ? " marked" : ""}`;
      node.style.setProperty("--by", (Math.abs(value) / largest).toFixed(3));
    });
    low.textContent = `${data.low} −${format.number(largest)}`;
    high.textContent = `+${format.number(largest)} ${data.high}`;
    strip.setAttribute("aria-valuemax", String(Math.max(0, data.letters.length - 1)));
    point(selected !== null && selected < data.letters.length ? selected : null);
  }

  /** @param {number | null} index */
  function point(index) {
    if (selected !== null) strip.children[selected]?.classList.remove("at");
    selected = index;
    if (selected !== null) strip.children[selected]?.classList.add("at");
    status.textContent = selected === null ? drawn.rest : drawn.tell(selected);
    strip.setAttribute("aria-valuenow", String(selected ?? 0));
    strip.setAttribute("aria-valuetext", selected === null ? "" : status.textContent);
  }

  /** @param {Event} event */
  const pointAtTarget = ({ target }) => {
    const i = target instanceof HTMLElement && target.parentElement === strip ? [...strip.children].indexOf(target) : -1;
    if (i >= 0) point(i);
  };
  strip.addEventListener("pointerover", pointAtTarget);
  strip.addEventListener("pointerdown", pointAtTarget);
  strip.addEventListener("pointerleave", () => point(null));
  strip.addEventListener("blur", () => point(null));
  strip.addEventListener("keydown", (event) => {
    const last = drawn.letters.length - 1;
    const from = selected ?? -1;
    const to = { ArrowLeft: from - 1, ArrowUp: from - 1, ArrowRight: from + 1, ArrowDown: from + 1, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    point(Math.max(0, Math.min(last, to)));
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
  });

  return { draw, save };
}
