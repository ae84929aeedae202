// What is written, for those who hear the page: whole phrases while it plays, the character after a step.

import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { wholePhrases } from "../core/phrases.js";
import * as runs from "../core/runs.js";
import { state, subscribe } from "../core/store.js";

const PAUSE = 1500; // milliseconds between two announcements
const MOST = 500; // characters of one

// The element that screen readers listen to.
export function announcer() {
  const live = keep(make("div", { class: "unseen announced", "aria-live": "polite" }));
  let heard = 0; // characters of the writing that were announced
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {boolean} finished */
  function tell(finished) {
    clearTimeout(timer);
    const { run, cursor } = state;
    if (!run) return;
    const text = runs.writingOf(run, Math.max(cursor, run.prompted)).slice(heard);
    const whole = wholePhrases(text, finished);
    if (whole) {
      const phrase = text.slice(0, whole);
      live.textContent = phrase.length > MOST ? `…${phrase.slice(-MOST)}` : phrase;
      heard += whole;
    }
    if (!finished) timer = setTimeout(tell, PAUSE, false);
  }

  let playing = false;
  subscribe((_, patch) => {
    if (state.playing !== playing) {
      playing = state.playing;
      const { run, cursor } = state;
      if (playing && run) heard = runs.writingOf(run, Math.max(cursor, run.prompted)).length;
      tell(!playing);
    }
    const { run } = patch;
    const step = run && patch.here && !playing ? run.steps[state.cursor - 1] : null;
    if (run && step) live.textContent = format.spoken(run.symbols[step.id]);
  });
  return live;
}
