// The switch of rewriting.js.

import { make } from "../dom.js";
import { words } from "../core/i18n.js";
import * as rewriting from "./rewriting.js";

export function rewritingSwitch() {
  const box = make("input", { type: "checkbox", id: "rewriting", on: { change: () => rewriting.turn(box.checked) } });
  box.checked = rewriting.isOn();
  return make("label", { class: "muted rewriting", title: words.rewriting_title }, box, make("span", { text: words.rewriting }));
}
