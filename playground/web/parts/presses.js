// The buttons that write, and what hands do that browsers take too literally: keys held down, double clicks, files dropped
// on the page.

import { around } from "../core/dom.js";
import { play } from "./player.js";

document.addEventListener("click", ({ target }) => {
  const act = { generate: play.generate, step: play.step, stop: play.stop }[/** @type {"generate"} */ (around(target, "button")?.id)];
  if (act) act();
});

// Enter in the prompt generates. While an input method composes, Enter belongs to it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  if (around(event.target, "#prompt")) play.generate();
});

// Enter that is held presses a button again and again, and sends a prompt thirty times a second. It is meant once;
// only the player's own buttons, which ask the server nothing, may repeat.
window.addEventListener("keydown", (event) => {
  if (!event.repeat || event.key !== "Enter" || event.shiftKey) return;
  const { target } = event;
  if (!around(target, "button, a, [role=button], #prompt") || around(target, ".transport")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// The second click of a double click belongs to what the first one hit. Where another button has come there meanwhile,
// such as Stop in the place of Generate, it is not meant; nor is it on a button that asks for much. Browsers count
// clicks, but begin again where the first button is gone.
const ONCE = "#generate, #hub button";
const DOUBLE = { time: 500, space: 6 }; // milliseconds, pixels
/** @type {{ button: HTMLElement | null, time: number, x: number, y: number }} */
let last = { button: null, time: -Infinity, x: 0, y: 0 };
window.addEventListener("click", (event) => {
  const { target, detail, timeStamp: time, clientX: x, clientY: y } = event;
  if (detail === 0) return; // the keyboard or a script
  const button = around(target, "button");
  const gone = last.button && !last.button.isConnected;
  const soon = gone && time - last.time < DOUBLE.time && Math.hypot(x - last.x, y - last.y) < DOUBLE.space;
  if (button && (detail > 1 || soon) && (button !== last.button || button.matches(ONCE))) {
    event.preventDefault();
    event.stopImmediatePropagation();
    last.time = time; // a third click is no more meant
  } else last = { button, time, x, y };
}, true);

// A browser opens a file that is dropped on a page, and what was written is gone.
for (const type of /** @type {const} */ (["dragover", "drop"])) {
  window.addEventListener(type, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  });
}
