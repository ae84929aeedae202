// What the text was written under, in a line below it: "T = 1.50, seed 42 · same seed". It gives way to what is said of a cell.

import { eachFrame, keep, make } from "../core/dom.js";
import { words } from "../core/i18n.js";
import { writtenUnder } from "../core/spans.js";
import { state, subscribe } from "../core/store.js";
import { play } from "./player.js";

export function under() {
  const told = keep(make("span", { class: "told-under", title: words.under_title }));
  const dot = make("span", { text: "·" });
  const again = make("button", {
    type: "button", class: "link", id: "same-seed", text: words.same_seed, title: words.same_seed_title, on: { click: () => play.repeat() },
  });
  const node = make("div", { class: "under", hidden: "" }, told, dot, again);

  const draw = eachFrame(() => {
    const { run, peek, busy, playing } = state;
    told.textContent = run ? writtenUnder(run) : "";
    node.hidden = !told.textContent || peek !== null;
    again.disabled = dot.hidden = busy || playing;
  });
  subscribe((_, patch) => {
    if (["run", "peek", "busy", "playing", "language"].some((name) => name in patch)) draw();
  });
  return node;
}
