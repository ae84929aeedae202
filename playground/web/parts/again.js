// What Generate does after a run: the same settings would give the same text, so it takes a new seed, and says so. Beside the seed
// that the text was written with (text.js), a link gives the same text again.

import { words } from "../core/i18n.js";
import { repeats } from "../core/spans.js";
import { state, subscribe } from "../core/store.js";

function draw() {
  const button = document.querySelector("#generate");
  const text = String(repeats(state) ? words.again : words.generate);
  if (button && button.textContent?.trim() !== text) button.textContent = text;
}

subscribe((_, patch) => {
  if (["run", "settings", "here", "cursor", "busy", "playing", "language"].some((name) => name in patch) && !state.playing) draw();
});
