// A strip at the top of a phone's screen once the slider has been scrolled away: the slider again, with the five likeliest
// characters under it.

import { heat, onTheme } from "../charts/theme.js";
import { eachFrame, keep, make, put, retext } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as sampling from "../core/sampling.js";
import * as store from "../core/store.js";

const MOST = 5;
const PHONE = matchMedia("(max-width: 659px)");

// Shows the strip while `rail`, the slider's own place, is above what is seen. `slide` takes a position from 0 to 1.
/** @param {HTMLElement} rail @param {(position: number) => void} slide */
export function follow(rail, slide) {
  /** @type {ReturnType<typeof build> | null} */
  let strip = null; // built when it is first needed
  let above = false;

  function build() {
    const range = make("input", { type: "range", min: 0, max: 1, step: 0.001, "aria-label": words.temperature, on: { input: () => slide(Number(range.value)) } });
    const value = keep(make("output", { class: "value" }));
    const bars = Array.from({ length: MOST }, () => {
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
    const shown = above && PHONE.matches;
    if (strip && strip.root.hidden === shown) {
      if (!shown && strip.root.contains(document.activeElement)) rail.querySelector("input")?.focus({ preventScroll: true });
      strip.root.hidden = !shown;
    }
    if (!shown) return;
    strip ??= build();
    const { range, value, bars } = strip;
    const { temperature } = store.state.settings;
    const position = sampling.positionOf(temperature);
    const colour = heat(temperature);
    if (Math.abs(Number(range.value) - position) > 0.001) range.value = String(position);
    range.setAttribute("aria-valuetext", `${words.temperature} ${format.number(temperature)}`);
    range.style.setProperty("--heat", colour);
    retext(value, `T = ${format.number(temperature)}`);
    value.style.color = colour;
    const moment = store.moment();
    if (!moment) return;
    const row = sampling.rank(moment.logits);
    const { probabilities } = sampling.stages(row, store.truncation());
    bars.forEach(({ label, share, fill, root }, place) => {
      put(root, { hidden: place >= row.ids.length });
      if (root.hidden) return;
      retext(label, format.seen(moment.symbols[row.ids[place]]));
      retext(share, `${Math.round(100 * probabilities[place])} %`);
      fill.style.transform = `scaleX(${probabilities[place].toFixed(4)})`;
      fill.style.backgroundColor = colour;
    });
  }

  const redraw = eachFrame(draw);
  new IntersectionObserver(([{ isIntersecting, boundingClientRect: { top } }]) => {
    above = !isIntersecting && top < 0;
    redraw();
  }).observe(rail);
  PHONE.addEventListener("change", redraw);
  onTheme(redraw);
  store.subscribe((_, patch) => {
    if (above && ["settings", "run", "cursor", "peek", "hold", "shown", "playing"].some((name) => name in patch)) redraw();
  });
}
