// The slider: T = p ÷ (1 − p) for a position p from 0 to 1, with its marks and the typed value.

import { heat, onTheme } from "../charts/theme.js";
import * as characters from "../core/characters.js";
import * as dom from "../core/dom.js";
import { atRest, eachFrame, keep, make, put } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import * as sampling from "../core/sampling.js";
import * as store from "../core/store.js";
import { setTemperature } from "../core/store.js";
import { hint } from "./hint.js";
import * as hurry from "./hurry.js";
import { notches } from "./notches.js";
import * as strip from "./strip.js";

const MARKS = [0, 0.2, 0.5, 1, 1.2, 2, Infinity];
// Characters of the text that the heading repeats: as many as leave its end, where the cursor is, in view. On a phone
// they stand alone beside the temperature.
const shortBefore = () => (innerWidth < 660 ? fitting(innerWidth) : HALF.matches ? fitting(innerWidth / 2) : 18);
const fitting = (/** @type {number} */ wide) => Math.min(30, Math.floor((wide - 190) / 9) - 5);
const HALF = matchMedia("(min-width: 720px) and (max-width: 1099px) and (max-height: 600px)"); // the columns of a low window

// Moves the slider by a part of its length.
/** @param {number} by */
export function move(by) {
  const position = Math.min(1, Math.max(0, sampling.positionOf(store.state.settings.temperature) + by));
  setTemperature(sampling.temperatureAt(Math.round(position * 1e6) / 1e6));
}

/** @param {number} i */
export const mark = (i) => { if (MARKS[i] !== undefined) setTemperature(MARKS[i]); };

/** @type {ReturnType<typeof build> | null} */
let built = null;

// The slider as it is going to be, in an element that stands in for gradio's: of a text that is read to its end.
/** @param {HTMLElement} element @param {Run} run */
export function preview(element, run) {
  built = build();
  element.replaceChildren(...built.nodes);
  built.draw(true, run.settings.temperature);
  built.drawHeading(run, run.steps.length);
}

/** @param {GradioParts} parts */
export function mount({ element }) {
  const { nodes, connect } = built ?? build();
  element.replaceChildren(...nodes);
  connect();
}

function build() {
  const heading = make("h2", {}, make("span", { text: words.after }), " ");
  const context = make("code");
  heading.append(context);
  const typed = make("input", {
    id: "temperature-value", type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": words.temperature_value,
  });
  const value = keep(make("label", { class: "value" }, "T =", typed));
  const range = make("input", {
    type: "range", min: 0, max: 1, step: 0.001, value: 0.5, "aria-label": words.temperature,
  });
  const marks = keep(make("div", { class: "marks" }, ...MARKS.map((t) => make("button", {
    class: "mark", tabindex: -1, text: format.number(t).replace(/\.?0+$/, "") || "0",
    style: `--at: ${sampling.positionOf(t)}`, "data-temperature": t, on: { click: () => setTemperature(t) },
  }))));
  const ends = make("div", { class: "ends" }, ...["cold", "middle", "hot"].map((name) => make("span", {},
    make("span", { class: "long", text: words[name] }), make("span", { class: "short", text: words[`${name}_short`] }))));
  const notch = notches();
  const rail = make("div", { class: "rail" }, range, notch.node);
  const top = make("div", { class: "top" }, heading, make("span", { class: "sides" }, hint("notches", words.notches), value));

  // A hand on the slider is within half a step of a mark or nowhere near it: marks are given exactly.
  /** @param {number} position */
  function slide(position) {
    const mark = MARKS.find((t) => Math.abs(sampling.positionOf(t) - position) < 0.0005);
    setTemperature(mark ?? sampling.temperatureAt(position));
  }
  range.addEventListener("input", () => slide(Number(range.value)));
  range.addEventListener("keydown", (event) => {
    const sign = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!sign) return;
    event.preventDefault();
    move(sign * (event.shiftKey ? 0.05 : 0.01));
  });

  let long = -1; // characters that the box has room for
  function fit() {
    if (typed.value.length === long) return;
    long = typed.value.length;
    typed.style.width = `calc(${long}ch + 9px)`;
  }

  function read() {
    fit();
    const text = typed.value.trim().toLowerCase().replace(",", ".");
    const value = /^(∞|inf|infinity)$/.test(text) ? Infinity : text === "" ? NaN : Number(text);
    typed.setAttribute("aria-invalid", String(!(value >= 0)));
    if (value >= 0) setTemperature(value);
  }
  typed.addEventListener("input", read);
  typed.addEventListener("blur", () => {
    if (typed.getAttribute("aria-invalid") === "true") store.refuse("temperature", typed.value);
    typed.setAttribute("aria-invalid", "false");
    draw(true);
  });
  typed.addEventListener("keydown", (event) => { if (event.key === "Enter") typed.blur(); });
  typed.addEventListener("focus", () => typed.select());

  // Of the moment, or of another place in a text.
  /** @param {Run | null} [run] @param {number} [place] */
  function drawHeading(run = store.state.run, place = store.state.peek ?? store.state.hold ?? store.state.cursor) {
    if (!run) return;
    const at = Math.min(place, run.steps.length);
    const before = at >= run.prompted ? runs.writingOf(run, at) : runs.promptUntil(run, at);
    const tail = characters.lastOf(before, shortBefore()).join("");
    const said = characters.bounded(tail).replace(/\n/g, "↵");
    const visible = characters.isVisible(before);
    keep(context, visible);
    context.textContent = visible ? `“${tail.length < before.length ? "…" : ""}${said}▮”` : words.start_of_text;
  }

  let marked = -1; // which of the marks the temperature is at
  /** @param {number} i @param {boolean} now @param {string} colour */
  function light(i, now, colour) {
    const node = /** @type {HTMLElement} */ (marks.children[i]);
    node.classList.toggle("now", now);
    node.style.color = colour;
  }

  /** @param {boolean} [always] @param {number} [temperature] */
  function draw(always = false, temperature = store.state.settings.temperature) {
    const position = sampling.positionOf(temperature);
    if (document.activeElement !== range || Math.abs(Number(range.value) - position) > 0.001) range.value = String(position);
    range.setAttribute("aria-valuetext", `${words.temperature} ${format.number(temperature)}`);
    if (always || document.activeElement !== typed) put(typed, { value: format.number(temperature) });
    fit();
    if (hurry.brief()) rests(); else tint(temperature);
    const now = MARKS.indexOf(temperature);
    if (now !== marked && marked >= 0) light(marked, false, "");
    if (now >= 0) light(now, true, heat(temperature));
    marked = now;
  }

  // The colour of the number, the thumb and the button that writes.
  function tint(temperature = store.state.settings.temperature) {
    const colour = heat(temperature);
    value.style.color = colour;
    range.style.setProperty("--heat", colour);
    /** @type {HTMLElement | null} */ (document.querySelector("#generate"))?.style.setProperty("--heat", colour);
  }
  const rests = atRest(tint, hurry.REST);

  function connect() {
    strip.follow(rail, slide);
    dom.onWidth(() => { notch.forget(); reheading(); }); // another width has room for other letters
    const redraw = eachFrame(() => { draw(); notch.draw(); });
    onTheme(redraw);
    const reheading = eachFrame(() => { drawHeading(); notch.draw(); });
    store.subscribe((_, patch) => {
      if ("language" in patch) notch.forget();
      if ("settings" in patch || "language" in patch) redraw();
      if (["run", "cursor", "peek", "hold", "playing", "language"].some((name) => name in patch)) reheading();
    });
    draw(true);
    drawHeading();
    notch.draw();
  }

  return { nodes: [top, rail, marks, ends], draw, drawHeading, connect };
}
