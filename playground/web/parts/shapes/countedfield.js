// A text field with a letter count and the maximum. A text that is too long is kept, and the count shows by how much:
// a maxlength would silently cut it.

import { keep, make } from "../../dom.js";
import * as format from "../../core/format.js";

/** @param {{ id: string, label: HTMLElement["textContent"], limit: number, value: string, onInput: (text: string) => void }} options */
export function countedField({ id, label, limit, value, onInput }) {
  const count = make("span", { class: "muted count" });
  const box = keep(make("input", { type: "text", id, class: "typed", autocomplete: "off", spellcheck: "false", value, on: { input: () => onInput(box.value) } }));
  const node = make("div", { class: "field" }, make("div", { class: "named" }, make("label", { class: "muted", for: id, text: label }), count), box);

  function draw() {
    const n = [...box.value.trim()].length;
    count.textContent = format.say("score_count", { n, most: limit });
    count.classList.toggle("over", n > limit);
  }
  return { box, node, draw };
}
