// The settings the text was generated under, in a line below it: "T = 1.50, seed 42 · same seed". Hidden while a
// cell's details are shown.

import { eachFrame, keep, make, setDisabled } from "../dom.js";
import { words } from "../core/i18n.js";
import { describeSettings } from "../core/spans.js";
import { state, subscribe } from "../core/store.js";
import { play } from "./player.js";

export function settingsLine() {
  const settingsText = keep(make("span", { class: "told-under", title: words.under_title }));
  const dot = make("span", { text: "·" });
  const repeatButton = make("button", {
    type: "button", class: "link", id: "same-seed", text: words.same_seed, title: words.same_seed_title, on: { click: () => play.repeat() },
  });
  const node = make("div", { class: "under", hidden: "" }, settingsText, dot, repeatButton);

  const draw = eachFrame(() => {
    const { run: stateRun, draft, peek, busy, playing } = state;
    const run = draft ?? stateRun;
    settingsText.textContent = run ? describeSettings(run) : "";
    const isFocused = document.activeElement === repeatButton; // it would lose the focus if it were hidden
    node.hidden = !settingsText.textContent && !isFocused;
    node.classList.toggle("away", peek !== null); // it keeps its height: the text above must not grow under the pointer
    setDisabled(repeatButton, busy || playing || !settingsText.textContent);
    dot.hidden = (busy || playing) && !isFocused; // like the button (text.css)
  });
  subscribe((_, patch) => {
    if (["run", "draft", "peek", "busy", "playing", "language"].some((name) => name in patch)) draw();
  });
  return node;
}
