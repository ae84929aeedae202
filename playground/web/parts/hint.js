// A small "?" beside a word that needs explaining: two sentences in a box that a click, a tap or Enter opens, and that Escape, or
// a click elsewhere, closes again. The browser does that by itself (the popover attribute).

import { make } from "../core/dom.js";
import { sentence, words } from "../core/i18n.js";

const GAP = 6; // pixels between the button and the box

/** @param {string} name of the sentences, as in "hint_entropy" @param {string} what the word that they explain */
export function hint(name, what) {
  const box = make("div", { class: "hint-box", popover: "auto", id: `hint-${name}`, text: words[`hint_${name}`] });
  const button = make("button", { type: "button", class: "explain", text: "?", "aria-label": sentence("hint_about", { what }), popovertarget: box.id });
  box.addEventListener("toggle", () => {
    if (!box.matches(":popover-open")) return;
    const at = button.getBoundingClientRect();
    const below = at.bottom + GAP + box.offsetHeight <= innerHeight;
    box.style.left = `${Math.max(8, Math.min(innerWidth - box.offsetWidth - 8, at.left - 12))}px`;
    box.style.top = `${below ? at.bottom + GAP : Math.max(8, at.top - GAP - box.offsetHeight)}px`;
  });
  return make("span", { class: "hinted" }, button, box);
}
