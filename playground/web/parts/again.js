// What Generate does after a run: the same settings would give the same text, so it takes a new seed and says so, and a link
// beside it gives the same text again.

import { make } from "../core/dom.js";
import { words } from "../core/given.js";
import { repeats } from "../core/spans.js";
import { state, subscribe } from "../core/store.js";
import { play } from "./player.js";

const link = make("button", {
  type: "button", class: "link", id: "same-seed", text: words.same_seed, title: words.same_seed_title, on: { click: () => play.repeat() },
});

function draw() {
  const button = document.querySelector("#generate");
  if (!button) return;
  if (!link.isConnected) document.querySelector("#step")?.after(link);
  const again = repeats(state);
  const text = again ? words.again : words.generate;
  if (button.textContent?.trim() !== text) button.textContent = text;
  link.style.visibility = again ? "visible" : "hidden";
}

subscribe((_, patch) => {
  if (["run", "settings", "here", "cursor", "busy", "playing"].some((name) => name in patch) && !state.playing) draw();
});
