// Announces the generated text to screen readers: whole phrases while it plays, the character after a step.

import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { lengthOfWholePhrases } from "../core/phrases.js";
import * as runs from "../core/runs.js";
import { state, subscribe } from "../core/store.js";

const PAUSE = 1500; // milliseconds between two announcements
const MAX_LENGTH = 500; // characters of one

// The element that screen readers listen to.
export function announcer() {
  const liveRegion = keep(make("div", { class: "unseen announced", "aria-live": "polite" }));
  let announced = 0; // characters already announced
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {boolean} finished */
  function announce(finished) {
    clearTimeout(timer);
    const { run, cursor } = state;
    if (!run) return;
    const text = runs.writingOf(run, Math.max(cursor, run.prompted)).slice(announced);
    const length = lengthOfWholePhrases(text, finished);
    if (length) {
      const phrase = text.slice(0, length);
      liveRegion.textContent = phrase.length > MAX_LENGTH ? `…${phrase.slice(-MAX_LENGTH)}` : phrase;
      announced += length;
    }
    if (!finished) timer = setTimeout(announce, PAUSE, false);
  }

  let playing = false;
  subscribe((_, patch) => {
    if (state.playing !== playing) {
      playing = state.playing;
      const { run, cursor } = state;
      if (playing && run) announced = runs.writingOf(run, Math.max(cursor, run.prompted)).length;
      announce(!playing);
    }
    const { run } = patch;
    const step = run && patch.here && !playing ? run.steps[state.cursor - 1] : null;
    if (run && step) liveRegion.textContent = format.spoken(run.symbols[step.id]);
  });
  return liveRegion;
}
