// Behaviour that gradio's Model box lacks.

import { around, keep } from "../dom.js";
import { models } from "../core/pagedata.js";
import { state } from "../core/store.js";
import { titleOf } from "./modelnames.js";

// Focus selects the text, so that typing or pasting replaces it. A first touch only opens the list, since a phone's
// keyboard would cover it; a second one opens the keyboard.
let hasEntered = false; // whether the current click moved focus into the box
/** @param {Event} event */
const inputOf = (event) => /** @type {HTMLInputElement | null} */ (around(event.target, "#model input"));
document.addEventListener("pointerdown", (event) => {
  const input = inputOf(event);
  if (!input) return;
  if (event.pointerType === "touch" && document.activeElement !== input) input.setAttribute("inputmode", "none");
  else input.setAttribute("inputmode", "url");
});
// Gradio identifies a clicked option by its element, which browser translation would wrap. This runs before the list
// opens.
document.addEventListener("focus", (event) => {
  const input = inputOf(event);
  const wrap = around(input, ".wrap");
  if (wrap) keep(wrap);
}, true);
document.addEventListener("focusin", (event) => {
  const input = inputOf(event);
  if (!input) return;
  for (const [name, value] of Object.entries({ autocapitalize: "none", autocorrect: "off", spellcheck: "false" })) input.setAttribute(name, value);
  input.select();
  hasEntered = true;
});
document.addEventListener("click", (event) => { // the click placed the caret, so select again
  const input = inputOf(event);
  if (input && hasEntered) input.select();
  hasEntered = false;
});
// Escape discards what was typed.
document.addEventListener("keydown", (event) => {
  const input = inputOf(event);
  if (!input || event.key !== "Escape") return;
  const current = models.find(([, name]) => name === state.settings.model);
  input.value = current ? titleOf(current) : "";
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.blur();
}, true);

// Gradio opens the list on any key, even Tab, and would leave it open after the focus moves on.
window.addEventListener("keydown", (event) => {
  if (event.key === "Tab" && inputOf(event)) event.stopImmediatePropagation();
}, true);
