// The letters of a text, coloured by what each moved: one colour towards one side, another towards the other, the stronger the
// more. One that is pointed at, by hand or with the arrow keys, is told in words. It owns its host and knows no models.
//
//   chart.draw({ letters: [{ text, said, value, marked }], low, high, tell })    low, high: what the sides are called

import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";

/**
 * `said` names a letter aloud; `marked` is one that the model does not know.
 * @typedef {{ text: string, said: string, value: number, marked: boolean }} MovedLetter
 * @typedef {{ letters: MovedLetter[], low: string, high: string, tell: (at: number) => string, rest: string }} MovedData
 */

/** @param {HTMLElement} host @param {{ title: string }} options */
export function moved(host, { title }) {
  const strip = keep(make("div", { class: "letters", role: "slider", tabindex: 0, "aria-label": title, "aria-valuemin": 0 }));
  const [low, high] = [make("span"), make("span")];
  const scale = make("div", { class: "scale", "aria-hidden": "true" }, low, make("i"), high);
  const told = keep(make("p", { class: "told", role: "status" }));
  host.classList.add("moved");
  host.replaceChildren(strip, told, scale);
  /** @type {MovedData} */
  let drawn = { letters: [], low: "", high: "", tell: () => "", rest: "" };
  /** @type {number | null} */
  let at = null;

  /** @param {MovedData} data */
  function draw(data) {
    drawn = data;
    const most = Math.max(1e-9, ...data.letters.map(({ value }) => Math.abs(value)));
    while (strip.children.length > data.letters.length) strip.lastElementChild?.remove();
    while (strip.children.length < data.letters.length) strip.append(make("span"));
    data.letters.forEach(({ text, value, marked }, i) => {
      const node = /** @type {HTMLElement} */ (strip.children[i]);
      if (node.textContent !== text) node.textContent = text;
      node.className = `${value < 0 ? "down" : "up"}${marked ? " marked" : ""}`;
      node.style.setProperty("--by", (Math.abs(value) / most).toFixed(3));
    });
    low.textContent = `${data.low} −${format.number(most)}`;
    high.textContent = `+${format.number(most)} ${data.high}`;
    strip.setAttribute("aria-valuemax", String(Math.max(0, data.letters.length - 1)));
    point(at !== null && at < data.letters.length ? at : null);
  }

  /** @param {number | null} to */
  function point(to) {
    if (at !== null) strip.children[at]?.classList.remove("at");
    at = to;
    if (at !== null) strip.children[at]?.classList.add("at");
    told.textContent = at === null ? drawn.rest : drawn.tell(at);
    strip.setAttribute("aria-valuenow", String(at ?? 0));
    strip.setAttribute("aria-valuetext", at === null ? "" : told.textContent);
  }

  /** @param {Event} event */
  const under = ({ target }) => {
    const i = target instanceof HTMLElement && target.parentElement === strip ? [...strip.children].indexOf(target) : -1;
    if (i >= 0) point(i);
  };
  strip.addEventListener("pointerover", under);
  strip.addEventListener("pointerdown", under);
  strip.addEventListener("pointerleave", () => point(null));
  strip.addEventListener("blur", () => point(null));
  strip.addEventListener("keydown", (event) => {
    const last = drawn.letters.length - 1;
    const from = at ?? -1;
    const to = { ArrowLeft: from - 1, ArrowUp: from - 1, ArrowRight: from + 1, ArrowDown: from + 1, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    point(Math.max(0, Math.min(last, to)));
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
  });

  return { draw };
}
