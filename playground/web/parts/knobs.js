// Controls for truncation, length, stopping and seed. A box accepts all values in range, as links and the API do; the
// slider beside it covers the useful part and ignores values beyond its end or between its steps.

import { make, picture } from "../dom.js";
import { table } from "../core/pagedata.js";
import { words } from "../core/i18n.js";
import * as store from "../core/store.js";
import { hides } from "./hidden.js";
import * as seeds from "./seed.js";

/** @type {Record<string, { max?: number, step: number }>} */
const SLIDERS = { top_k: { max: 100, step: 1 }, top_p: { max: 1, step: 0.01 }, min_p: { max: 1, step: 0.01 } };
/** @type {SettingName[]} */
const SHOWN = ["top_k", "top_p", "min_p", "length", "seed", "stop"];
/** @type {Record<string, string>} */
const HIDE_NAMES = { top_k: "truncation", top_p: "truncation", min_p: "truncation" }; // names in a link's `hide=` that differ from the setting's own
const UNFINISHED = /^[-+.,]*$|e[-+]?$/i; // an unfinished number while it is typed

// Whether the row is folded is remembered. It is open at first.
const STORAGE_KEY = "playground.knobs";
const readFolded = () => { try { return localStorage.getItem(STORAGE_KEY) === "folded"; } catch { return false; } };
/** @param {boolean} folded */
const storeFolded = (folded) => { try { localStorage.setItem(STORAGE_KEY, folded ? "folded" : "open"); } catch { /* storage may be forbidden */ } };

/** @param {GradioParts} parts */
export function mount({ element }) {
  const knobs = /** @type {const} */ (["top_k", "top_p", "min_p", "length", "seed"]).map(knob);
  const newSeed = make("button", {
    class: "quiet", id: "new-seed", text: words.new_seed, on: { click: seeds.newSeed },
  });
  const stopAt = choice();
  knobs.splice(4, 0, stopAt);
  const row = make("div", { class: "row", id: "knobs-row" }, ...knobs.map(({ root }) => root), newSeed);
  const summary = make("span", { class: "muted" });
  const fold = make("button", { class: "fold", "aria-controls": row.id, title: words.knobs, on: { click: toggleFold } }, picture("fold"), make("span", { class: "fold-name", text: words.knobs_name }), summary);
  element.replaceChildren(make("div", { class: "knobs" }, fold, row));
  let folded = readFolded();

  function toggleFold() {
    folded = !folded;
    storeFolded(folded);
    drawFold();
  }

  // When folded, the row is summarized.
  function drawFold() {
    row.hidden = folded;
    fold.setAttribute("aria-expanded", String(!folded));
    const { settings } = store.state;
    const settingTexts = /** @type {const} */ (["top_k", "top_p", "min_p", "length", "seed"]).filter((name) => !hides(HIDE_NAMES[name] ?? name)).map((name) => `${words[`name_${name}`]} ${settings[name]}`);
    summary.textContent = folded ? settingTexts.join(" · ") : "";
  }

  /** @param {"top_k" | "top_p" | "min_p" | "length" | "seed"} name */
  function knob(name) {
    const { link, low, high, whole: isInteger } = table[name];
    const { max, step } = SLIDERS[name] || { step: 1 };
    const box = make("input", {
      type: "text", inputmode: isInteger ? "numeric" : "decimal", id: `${link}-box`, autocomplete: "off", spellcheck: "false",
    });
    const slider = max && make("input", { type: "range", min: low, max, step, value: low, "aria-label": words[name] });
    const root = make("div", { class: slider ? "knob" : "knob plain", id: link }, make("label", { for: box.id, text: words[name] }), box, ...(slider ? [slider] : []));

    // The box's content as the store takes it. A decimal comma is accepted.
    const valueOfBox = () => {
      const text = box.value.trim();
      if (UNFINISHED.test(text)) return "";
      return /e/i.test(text) && !Number.isNaN(Number(text)) ? Number(text) : isInteger ? text : text.replace(",", ".");
    };
    /** @param {unknown} value */
    const set = (value) => store.set({ [name]: value });

    // Steps by one, or ten with Shift, within the range. Decimal sums are rounded: 0.1 + 0.2 is 0.3.
    /** @param {number} sign @param {boolean} byTen */
    function move(sign, byTen) {
      const change = sign * step * (byTen ? 10 : 1);
      const sum = store.state.settings[name] + change;
      set(Math.min(Number(high), Math.max(low ?? 0, isInteger ? sum : Number(sum.toFixed(12)))));
    }

    box.addEventListener("input", () => set(valueOfBox()));
    box.addEventListener("blur", draw);
    box.addEventListener("keydown", (event) => {
      const sign = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (event.key === "Enter") draw();
      if (!sign) return;
      event.preventDefault();
      move(sign, event.shiftKey);
      draw();
    });
    if (slider) slider.addEventListener("input", () => { set(Number(slider.value)); draw(); });

    // A box with an invalid value keeps it, so that it can be corrected.
    function draw() {
      const value = store.state.settings[name];
      const isInvalid = name in store.state.invalid;
      box.setAttribute("aria-invalid", String(isInvalid));
      if (!isInvalid && (document.activeElement !== box || Number(valueOfBox()) !== value)) box.value = String(value);
      if (!slider) return;
      if (Number(slider.value) !== Math.min(value, max)) slider.value = String(value);
      slider.setAttribute("aria-valuetext", String(value));
    }

    return { root, draw };
  }

  // Where a run may stop early: only options for which the model has a symbol.
  function choice() {
    const list = make("select", { id: "stop-at", on: { change: () => store.set({ stop: list.value }) } });
    const root = make("div", { class: "knob plain stop" }, make("label", { for: list.id, text: words.stop_at }), list);

    function draw() {
      const { stops, settings: { stop } } = store.state;
      if ([...list.options].map(({ value }) => value).join() !== stops.join()) {
        list.replaceChildren(...stops.map((value) => make("option", { value, text: words[`stop_${value}`] })));
      }
      list.value = stops.includes(stop) ? stop : "none";
    }

    return { root, draw };
  }

  const drawAll = () => { for (const { draw } of knobs) draw(); drawFold(); };
  // What the knobs show. Dragging the temperature changes none of it and must not redraw them.
  const content = () => JSON.stringify([...SHOWN.map((name) => store.state.settings[name]), Object.keys(store.state.invalid), store.state.stops]);
  let drawn = "";
  store.subscribe((_, patch) => {
    if (drawn === content() && !("language" in patch)) return;
    drawn = content();
    drawAll();
  });
  drawAll();
}
