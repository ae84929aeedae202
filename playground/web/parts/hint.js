// A "?" button beside a word, which opens two explaining sentences. Escape or a click elsewhere closes them; the
// browser handles both (popover attribute).

import { make } from "../dom.js";
import { sentence, words } from "../core/i18n.js";

const GAP = 6; // pixels between the button and the box

/** @param {string} name of the sentences, as in "hint_entropy" @param {string} word the word that they explain */
export function hint(name, word) {
  const box = make("div", { class: "hint-box", popover: "auto", id: `hint-${name}`, text: words[`hint_${name}`] });
  const button = make("button", { type: "button", class: "explain", text: "?", "aria-label": sentence("hint_about", { what: word }), popovertarget: box.id });
  box.addEventListener("toggle", () => {
    if (!box.matches(":popover-open")) return;
    const buttonBox = button.getBoundingClientRect();
    const fitsBelow = buttonBox.bottom + GAP + box.offsetHeight <= innerHeight;
    box.style.left = `${Math.max(8, Math.min(innerWidth - box.offsetWidth - 8, buttonBox.left - 12))}px`;
    box.style.top = `${fitsBelow ? buttonBox.bottom + GAP : Math.max(8, buttonBox.top - GAP - box.offsetHeight)}px`;
  });
  return make("span", { class: "hinted" }, button, box);
}
