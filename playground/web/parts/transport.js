// A player's buttons: to the start, back, play or pause, forward, to the end.

import * as dom from "../dom.js";
import { make, picture } from "../dom.js";
import { words } from "../core/i18n.js";

/** @param {{ toStart: () => void, back: () => void, toggle: () => void, forward: () => void, toEnd: () => void }} acts */
export function transport({ toStart, back, toggle, forward, toEnd }) {
  /** @param {string} key @param {() => void} click */
  const button = (key, click) => make("button", { class: "quiet", title: words[key], "aria-label": words[key], on: { click } }, picture(key));
  const play = button("play", toggle);
  play.classList.add("main");
  const node = make("div", { class: "transport" }, button("to_start", toStart), button("back", back), play, button("forward", forward), button("to_end", toEnd));

  // Switches the middle button between play and pause.
  /** @param {boolean} playing */
  function show(playing) {
    const act = playing ? "pause" : "play";
    if (play.title === String(words[act]) && play.firstChild) return;
    play.replaceChildren(picture(act));
    for (const name of ["aria-label", "title"]) dom.write(play, name, words[act]);
  }

  return { node, show, focus: () => play.focus() };
}
