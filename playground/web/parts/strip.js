// On a phone, once the slider has scrolled out of view: a strip at the top with the slider and the five likeliest
// characters.

import { heat, onTheme } from "../charts/theme.js";
import * as dial from "../core/dial.js";
import { distributionOf } from "../core/distribution.js";
import { eachFrame, keep, make, put, retext } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as store from "../core/store.js";

const BAR_COUNT = 5;
const PHONE = matchMedia("(max-width: 659px)");

// Shows the strip while `rail`, the slider's own place, is above the viewport. `slide` takes a position from 0 to 1.
/** @param {HTMLElement} rail @param {(position: number) => void} slide */
export function follow(rail, slide) {
  /** @type {ReturnType<typeof build> | null} */
  let strip = null; // built on demand
  let isAbove = false;

  function build() {
    const range = make("input", { type: "range", min: 0, max: 1, step: 0.001, "aria-label": words.temperature, on: { input: () => slide(Number(range.value)) } });
    const value = keep(make("output", { class: "value" }));
    const bars = Array.from({ length: BAR_COUNT }, () => {
      const label = make("span", { class: "label" });
      const share = make("span", { class: "share" });
      const fill = make("i");
      return { label, share, fill, root: keep(make("span", { class: "likely" }, label, share, make("span", { class: "track" }, fill))) };
    });
    const root = make("section", { class: "strip", "aria-label": words.strip }, range, value, make("div", { class: "likeliest" }, ...bars.map((bar) => bar.root)));
    document.body.append(root);
    return { root, range, value, bars };
  }

  function draw() {
    const isShown = isAbove && PHONE.matches;
    if (strip && strip.root.hidden === isShown) {
      if (!isShown && strip.root.contains(document.activeElement)) rail.querySelector("input")?.focus({ preventScroll: true });
      strip.root.hidden = !isShown;
    }
    if (!isShown) return;
    strip ??= build();
    const { range, value, bars } = strip;
    const { temperature } = store.state.settings;
    const colour = heat(temperature);
    dial.follow(range, temperature);
    range.setAttribute("aria-valuetext", `${words.temperature} ${format.number(temperature)}`);
    range.style.setProperty("--heat", colour);
    retext(value, `T = ${format.number(temperature)}`);
    value.style.color = colour;
    const moment = store.moment();
    if (!moment) return;
    const { row, drawn: { probabilities } } = distributionOf(moment, store.truncation());
    const likeliest = row.order.filter((place) => place < row.ids.length); // excludes groups
    bars.forEach(({ label, share, fill, root }, i) => {
      put(root, { hidden: i >= likeliest.length });
      if (root.hidden) return;
      const place = likeliest[i];
      retext(label, format.seen(moment.symbols[row.ids[place]]));
      retext(share, `${Math.round(100 * probabilities[place])} %`);
      fill.style.transform = `scaleX(${probabilities[place].toFixed(4)})`;
      fill.style.backgroundColor = colour;
    });
  }

  const redraw = eachFrame(draw);
  new IntersectionObserver(([{ isIntersecting, boundingClientRect: { top } }]) => {
    isAbove = !isIntersecting && top < 0;
    redraw();
  }).observe(rail);
  PHONE.addEventListener("change", redraw);
  onTheme(redraw);
  store.subscribe((_, patch) => {
    if (isAbove && ["settings", "run", "cursor", "peek", "hold", "shown", "playing"].some((name) => name in patch)) redraw();
  });
}
