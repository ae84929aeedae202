// Truncation, length, where to stop, and seed. A box takes whatever the setting's range allows, as a link and the API do; a slider beside it
// reaches the part that a hand needs, and leaves alone what lies beyond its end or between its steps.

import { make, picture } from "../core/dom.js";
import { table } from "../core/given.js";
import { words } from "../core/i18n.js";
import * as store from "../core/store.js";
import * as seeds from "./seed.js";

/** @type {Record<string, { max?: number, step: number }>} */
const SLIDERS = { top_k: { max: 100, step: 1 }, top_p: { max: 1, step: 0.01 }, min_p: { max: 1, step: 0.01 } };
/** @type {SettingName[]} */
const SHOWN = ["top_k", "top_p", "min_p", "length", "seed", "stop"];
const UNFINISHED = /^[-+.,]*$|e[-+]?$/i; // what a number may look like while it is typed

// Whether the row is folded away is kept for the next visit. It is open at first.
const PLACE = "playground.knobs";
const wasFolded = () => { try { return localStorage.getItem(PLACE) === "folded"; } catch { return false; } };
/** @param {boolean} folded */
const keepFolded = (folded) => { try { localStorage.setItem(PLACE, folded ? "folded" : "open"); } catch { /* storage may be forbidden */ } };

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
  const fold = make("button", { class: "fold", "aria-controls": row.id, "aria-label": words.knobs, title: words.knobs, on: { click: turn } }, picture("fold"), summary);
  element.replaceChildren(make("div", { class: "knobs" }, fold, row));
  let folded = wasFolded();

  function turn() {
    folded = !folded;
    keepFolded(folded);
    drawFold();
  }

  // What the row would show is said in its place.
  function drawFold() {
    row.hidden = folded;
    fold.setAttribute("aria-expanded", String(!folded));
    const { settings } = store.state;
    const said = /** @type {const} */ (["top_k", "top_p", "min_p", "length", "seed"]).map((name) => `${words[`name_${name}`]} ${settings[name]}`);
    summary.textContent = folded ? said.join(" · ") : "";
  }

  /** @param {"top_k" | "top_p" | "min_p" | "length" | "seed"} name */
  function knob(name) {
    const { link, low, high, whole } = table[name];
    const { max, step } = SLIDERS[name] || { step: 1 };
    const box = make("input", {
      type: "text", inputmode: whole ? "numeric" : "decimal", id: `${link}-box`, autocomplete: "off", spellcheck: "false",
    });
    const slider = max && make("input", { type: "range", min: low, max, step, value: low, "aria-label": words[name] });
    const root = make("div", { class: slider ? "knob" : "knob plain", id: link }, make("label", { for: box.id, text: words[name] }), box, ...(slider ? [slider] : []));

    // What stands in the box, as the store takes it. A comma is a point, unless the number is a whole one.
    const typed = () => {
      const text = box.value.trim();
      if (UNFINISHED.test(text)) return "";
      return /e/i.test(text) && !Number.isNaN(Number(text)) ? Number(text) : whole ? text : text.replace(",", ".");
    };
    /** @param {unknown} value */
    const set = (value) => store.set({ [name]: value });

    // Steps by one, or ten with Shift, and stays in the range. Sums of decimals are rounded: 0.1 + 0.2 is 0.3.
    /** @param {number} sign @param {boolean} far */
    function move(sign, far) {
      const by = sign * step * (far ? 10 : 1);
      const sum = store.state.settings[name] + by;
      set(Math.min(Number(high), Math.max(low ?? 0, whole ? sum : Number(sum.toFixed(12)))));
    }

    box.addEventListener("input", () => set(typed()));
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

    // A box that holds something else than a value keeps it, so that it can be mended.
    function draw() {
      const value = store.state.settings[name];
      const wrong = name in store.state.invalid;
      box.setAttribute("aria-invalid", String(wrong));
      if (!wrong && (document.activeElement !== box || Number(typed()) !== value)) box.value = String(value);
      if (!slider) return;
      if (Number(slider.value) !== Math.min(value, max)) slider.value = String(value);
      slider.setAttribute("aria-valuetext", String(value));
    }

    return { root, draw };
  }

  // Where a run may end early: only what the model at hand has a symbol for.
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
  // What the knobs show. A drag of the temperature changes none of it, and must not pay for them.
  const content = () => JSON.stringify([...SHOWN.map((name) => store.state.settings[name]), Object.keys(store.state.invalid), store.state.stops]);
  let drawn = "";
  store.subscribe((_, patch) => {
    if (drawn === content() && !("language" in patch)) return;
    drawn = content();
    drawAll();
  });
  drawAll();
}
