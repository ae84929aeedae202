// Letters on a map, each a button: lettermap(host, …).draw({ letters, chosen }). It owns its host and knows no store.
// All letters share one Tab stop; arrows move between them in the given order.
//
//   letters = [{ text, name, kind, place: [x, y] }]     kind is the class of its colour; place is on axes of any scale

import { spread } from "../core/embeddings.js";
import { keep, make } from "../dom.js";
import { words } from "../core/i18n.js";
import { lettermapSvg } from "./lettermapsvg.js";
import { menu } from "./menu.js";

const [TALL, GAP] = [340, 25]; // pixels: height, and the distance between letters if there is room

/** @typedef {{ text: string, name: string, kind: string, place: ArrayLike<number> }} MapLetter */

/** @param {HTMLElement} host @param {{ title: string, pick: (index: number) => void, csv: () => string }} options */
export function lettermap(host, { title, pick, csv }) {
  /** @type {MapLetter[]} */
  let letters = [];
  /** @type {HTMLButtonElement[]} */
  let buttons = [];
  let wide = 0;
  const plot = keep(make("div", { class: "letters-plot", role: "group", "aria-label": title, style: `height: ${TALL}px` }));
  const points = () => spread(letters.map(({ place }) => place), Math.max(4 * GAP, wide), TALL, GAP);
  const save = menu(words.save_chart, "bars", "embeddings", () => ({ svg: lettermapSvg(letters, points(), { title, wide: Math.max(4 * GAP, wide), tall: TALL }), csv: csv() }));
  /** @type {Record<string, (at: number) => number>} */
  const STEPS = {
    ArrowRight: (at) => at + 1, ArrowDown: (at) => at + 1, ArrowLeft: (at) => at - 1, ArrowUp: (at) => at - 1,
    Home: () => 0, End: () => buttons.length - 1,
  };
  plot.addEventListener("keydown", (event) => {
    const index = buttons.findIndex((button) => button === event.target);
    const target = buttons[STEPS[event.key]?.(index) ?? -1];
    if (index < 0 || !target) return;
    event.preventDefault();
    makeFocusable(target);
    target.focus();
  });
  host.classList.add("lettermap");
  host.replaceChildren(make("div", { class: "tools" }, save), plot);
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === wide) return;
    wide = contentRect.width;
    placeButtons();
  }).observe(plot);

  function placeButtons() {
    if (!letters.length || !wide) return;
    points().forEach(({ x, y }, i) => {
      buttons[i].style.left = `${x.toFixed(1)}px`;
      buttons[i].style.top = `${y.toFixed(1)}px`;
    });
  }

  /** @param {HTMLButtonElement | undefined} focusable the Tab stop */
  function makeFocusable(focusable) {
    for (const button of buttons) button.tabIndex = button === focusable ? 0 : -1;
  }

  /** @param {{ letters: MapLetter[], chosen: number }} data */
  function draw({ letters: newLetters, chosen }) {
    if (newLetters !== letters) {
      letters = newLetters;
      buttons = newLetters.map(({ text, name, kind }, i) => make("button", { class: kind, text, "aria-label": name, on: { click: () => pick(i) } }));
      plot.replaceChildren(...buttons);
      placeButtons();
    }
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === chosen)));
    if (!plot.contains(document.activeElement)) makeFocusable(buttons[chosen] ?? buttons[0]);
  }

  return { draw };
}
