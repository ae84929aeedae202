// The buttons that generate, and protection against input that browsers take too literally: held keys, double clicks,
// files dropped on the page.

import { around } from "../dom.js";
import { play } from "./player.js";

document.addEventListener("click", ({ target }) => {
  const act = { generate: play.generate, step: play.step, stop: play.stop }[/** @type {"generate"} */ (around(target, "button")?.id)];
  if (act) act();
});

// Enter in the prompt generates, unless an input method is composing.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  if (around(event.target, "#prompt")) play.generate();
});

// A held Enter would press a button thirty times a second. It counts once, except on the player's own buttons, which
// make no request.
window.addEventListener("keydown", (event) => {
  if (!event.repeat || event.key !== "Enter" || event.shiftKey) return;
  const { target } = event;
  if (!around(target, "button, a, [role=button], #prompt") || around(target, ".transport")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// The second click of a double click is meant for what the first one hit. If another button has appeared there (such
// as Stop instead of Generate), or the button starts costly work, it is ignored. Browsers count clicks, but start
// over if the first button is gone.
const SINGLE_CLICK = "#generate, #hub button";
const DOUBLE_CLICK = { time: 500, space: 6 }; // milliseconds, pixels
/** @type {{ button: HTMLElement | null, time: number, x: number, y: number }} */
let last = { button: null, time: -Infinity, x: 0, y: 0 };
window.addEventListener("click", (event) => {
  const { target, detail, timeStamp: time, clientX: x, clientY: y } = event;
  if (detail === 0) return; // the keyboard or a script
  const button = around(target, "button");
  const isGone = last.button && !last.button.isConnected;
  const isNear = Math.hypot(x - last.x, y - last.y) < DOUBLE_CLICK.space;
  const isSecondClick = isGone && time - last.time < DOUBLE_CLICK.time && isNear;
  if (button && (detail > 1 || isSecondClick) && (button !== last.button || button.matches(SINGLE_CLICK))) {
    event.preventDefault();
    event.stopImmediatePropagation();
    last.time = time; // a third click is ignored too
  } else last = { button, time, x, y };
}, true);

// Otherwise the browser would open a dropped file and the text would be lost.
for (const type of /** @type {const} */ (["dragover", "drop"])) {
  window.addEventListener(type, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  });
}
