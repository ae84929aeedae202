// The slider: T = p ÷ (1 − p) for a position p from 0 to 1, with its marks and the typed value.

import { heat, onTheme } from "../charts/theme.js";
import * as characters from "../core/characters.js";
import * as dial from "../core/dial.js";
import * as dom from "../dom.js";
import { atRest, eachFrame, keep, make, put } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import * as sampling from "../core/sampling.js";
import * as store from "../core/store.js";
import { setTemperature } from "../core/store.js";
import { afterHeading } from "./afterheading.js";
import { hint } from "./hint.js";
import * as hurry from "./hurry.js";
import { notches } from "./notches.js";
import * as strip from "./strip.js";

const MIN_LENGTH = 5; // characters of the value: 0.123, 12.3, 110
// How many characters the heading repeats, so that its end, where the cursor is, stays visible. On a phone they stand
// alone beside the temperature.
const headingLength = () => {
  if (innerWidth < 660) return lengthForWidth(innerWidth);
  return TWO_COLUMNS.matches ? lengthForWidth(innerWidth / 2) : 18;
};
const lengthForWidth = (/** @type {number} */ wide) => Math.min(30, Math.floor((wide - 203) / 9) - 5);
const WIDE_LETTER = /^[\u1100-\u11ff\u2e80-\ud7ff]/; // Hangul and similar characters are 1.6 times as wide
// A low window has two columns.
const TWO_COLUMNS = matchMedia("(min-width: 720px) and (max-width: 1099px) and (max-height: 750px)");

// Moves the slider by a fraction of its length, snapped to hundredths, so that back and forth returns to the same
// place.
/** @param {number} by */
export function move(by) {
  const position = Math.min(1, Math.max(0, sampling.positionOf(store.state.settings.temperature) + by));
  setTemperature(dial.temperatureAt(Math.round(position * 100) / 100));
}

/** @param {number} i */
export const mark = (i) => { if (dial.MARKS[i] !== undefined) setTemperature(dial.MARKS[i]); };

/** @type {ReturnType<typeof build> | null} */
let built = null;

// The slider in the front, for a text read to its end.
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
  const { node: heading, context } = afterHeading();
  const input = make("input", {
    id: "temperature-value", type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": words.temperature_value,
  });
  const value = keep(make("label", { class: "value" }, "T =", input));
  const range = make("input", {
    type: "range", min: 0, max: 1, step: 0.001, value: 0.5, "aria-label": words.temperature,
  });
  const marks = keep(make("div", { class: "marks" }, ...dial.MARKS.map((t) => make("button", {
    class: "mark", tabindex: -1, text: format.number(t).replace(/\.?0+$/, "") || "0",
    style: `--at: ${sampling.positionOf(t)}`, "data-temperature": t, on: { click: () => setTemperature(t) },
  }))));
  const ends = make("div", { class: "ends" }, ...["cold", "middle", "hot"].map((name) => make("span", {},
    make("span", { class: "long", text: words[name] }), make("span", { class: "short", text: words[`${name}_short`] }))));
  const notch = notches();
  const rail = make("div", { class: "rail" }, range, notch.node);
  const top = make("div", { class: "top" }, heading, make("span", { class: "sides" }, hint("notches", words.notches), value));

  /** @param {number} position */
  const slide = (position) => setTemperature(dial.temperatureAt(position));
  range.addEventListener("input", () => slide(Number(range.value)));
  range.addEventListener("keydown", (event) => {
    const sign = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!sign) return;
    event.preventDefault();
    move(sign * (event.shiftKey ? 0.05 : 0.01));
  });

  let boxLength = -1; // characters that fit in the box
  function fit() {
    const needed = Math.max(MIN_LENGTH, input.value.length);
    if (needed === boxLength) return;
    boxLength = needed;
    input.style.width = `calc(${boxLength}ch + 9px)`;
  }

  function read() {
    fit();
    const text = input.value.trim().toLowerCase().replace(",", ".");
    const value = /^(∞|inf|infinity)$/.test(text) ? Infinity : text === "" ? NaN : Number(text);
    input.setAttribute("aria-invalid", String(!(value >= 0)));
    if (value >= 0) setTemperature(value);
  }
  input.addEventListener("input", read);
  input.addEventListener("blur", () => {
    if (input.getAttribute("aria-invalid") === "true") store.refuse("temperature", input.value);
    input.setAttribute("aria-invalid", "false");
    draw(true);
  });
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") input.blur(); });
  input.addEventListener("focus", () => input.select());

  // Draws the heading for the current moment or another place.
  /** @param {Run | null} [run] @param {number} [place] */
  function drawHeading(run = store.state.run, place = store.state.peek ?? store.state.hold ?? store.state.cursor) {
    if (!run) return;
    const at = Math.min(place, run.steps.length);
    const before = at >= run.prompted ? runs.writingOf(run, at) : runs.promptUntil(run, at);
    const letters = characters.lastOf(before, headingLength());
    const widthOf = (/** @type {string[]} */ list) => (
      list.reduce((sum, letter) => sum + (WIDE_LETTER.test(letter) ? 1.6 : 1), 0));
    while (widthOf(letters) > headingLength()) letters.shift();
    const tail = letters.join("");
    const visibleTail = characters.limitMarks(tail).replace(/\n/g, "↵");
    const visible = characters.isVisible(before);
    keep(context, visible);
    context.textContent = visible ? `“${tail.length < before.length ? "…" : ""}${visibleTail}▮”` : words.start_of_text;
  }

  let currentMark = -1; // index of the mark at this temperature
  /** @param {number} i @param {boolean} isCurrent @param {string} colour */
  function setMark(i, isCurrent, colour) {
    const node = /** @type {HTMLElement} */ (marks.children[i]);
    node.classList.toggle("now", isCurrent);
    node.style.color = colour;
  }

  /** @param {boolean} [always] @param {number} [temperature] */
  function draw(always = false, temperature = store.state.settings.temperature) {
    dial.follow(range, temperature);
    range.setAttribute("aria-valuetext", `${words.temperature} ${format.number(temperature)}`);
    if (always || document.activeElement !== input) put(input, { value: format.number(temperature) });
    fit();
    if (hurry.isBriefFrame()) tintWhenIdle(); else tint(temperature);
    const newMark = dial.MARKS.indexOf(temperature);
    if (newMark !== currentMark && currentMark >= 0) setMark(currentMark, false, "");
    if (newMark >= 0) setMark(newMark, true, heat(temperature));
    currentMark = newMark;
  }

  // Colours the number, the thumb and the Generate button.
  function tint(temperature = store.state.settings.temperature) {
    const colour = heat(temperature);
    value.style.color = colour;
    range.style.setProperty("--heat", colour);
    /** @type {HTMLElement | null} */ (document.querySelector("#generate"))?.style.setProperty("--heat", colour);
  }
  const tintWhenIdle = atRest(tint, hurry.IDLE);

  function connect() {
    strip.follow(rail, slide);
    dom.onWidth(() => { notch.forget(); redrawHeading(); }); // the number of letters depends on the width
    const redraw = eachFrame(() => { draw(); notch.draw(); });
    onTheme(redraw);
    const redrawHeading = eachFrame(() => { drawHeading(); notch.draw(); });
    store.subscribe((_, patch) => {
      if ("language" in patch) notch.forget();
      if ("settings" in patch || "language" in patch) redraw();
      if (["run", "cursor", "peek", "hold", "playing", "language"].some((name) => name in patch)) redrawHeading();
    });
    draw(true);
    drawHeading();
    notch.draw();
  }

  return { nodes: [top, rail, marks, ends], draw, drawHeading, connect };
}
