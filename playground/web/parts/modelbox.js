// The Model box's manners. Gradio gives its input none.

import { around, keep } from "../core/dom.js";
import { models } from "../core/given.js";
import { state } from "../core/store.js";
import { titleOf } from "./modelnames.js";

// What stands there is selected at once, so that typing or pasting replaces
// it. A first touch only opens the list; the keyboard of a phone would cover it, and comes with the second.
let entered = false; // whether the click under way is the one that came into the box
/** @param {Event} event */
const inBox = (event) => /** @type {HTMLInputElement | null} */ (around(event.target, "#model input"));
document.addEventListener("pointerdown", (event) => {
  const input = inBox(event);
  if (!input) return;
  if (event.pointerType === "touch" && document.activeElement !== input) input.setAttribute("inputmode", "none");
  else input.setAttribute("inputmode", "url");
});
// Gradio knows an option that is clicked by its own element, and a translation would put others inside. This comes before
// gradio opens the list.
document.addEventListener("focus", (event) => {
  const input = inBox(event);
  const wrap = around(input, ".wrap");
  if (wrap) keep(wrap);
}, true);
document.addEventListener("focusin", (event) => {
  const input = inBox(event);
  if (!input) return;
  for (const [name, value] of Object.entries({ autocapitalize: "none", autocorrect: "off", spellcheck: "false" })) input.setAttribute(name, value);
  input.select();
  entered = true;
});
document.addEventListener("click", (event) => { // which had put the caret where it fell
  const input = inBox(event);
  if (input && entered) input.select();
  entered = false;
});
// Escape takes back what was typed.
document.addEventListener("keydown", (event) => {
  const input = inBox(event);
  if (!input || event.key !== "Escape") return;
  const own = models.find(([, name]) => name === state.settings.model);
  input.value = own ? titleOf(own) : "";
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.blur();
}, true);
