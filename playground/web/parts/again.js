// After a run, the same settings would give the same text, so Generate takes a new seed and its label says so, also
// when it continues within the text. The link beside the text's seed (text.js) repeats the same text.

import { words } from "../core/i18n.js";
import { isWithin } from "../core/place.js";
import { wouldRepeat } from "../core/spans.js";
import { state, subscribe } from "../core/store.js";

function draw() {
  const button = document.querySelector("#generate");
  const text = String(!wouldRepeat(state) ? words.generate : isWithin(state) ? words.again_here : words.again);
  if (button && button.textContent?.trim() !== text) button.textContent = text;
}

subscribe((_, patch) => {
  if (["run", "settings", "here", "cursor", "busy", "playing", "language"].some((name) => name in patch) && !state.playing) draw();
});
