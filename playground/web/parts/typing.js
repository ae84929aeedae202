// Typing in the prompt: how much of it is read, and when. A syllable being composed by an input method is not read
// until it is complete, so that no message appears meanwhile.

import { eachFrame } from "../dom.js";
import { sentence } from "../core/i18n.js";
import { table } from "../core/pagedata.js";
import { subscribe } from "../core/store.js";

let isComposingNow = false;
/** @param {any} node */
const isPrompt = (node) => Boolean(node.closest && node.closest("#prompt"));

// Calls `onChange` with the prompt whenever the user changes it, and when a composition ends. DOM events come at once,
// so that a click right after typing sees the current prompt.
/** @param {(prompt: string) => void} onChange */
export function listen(onChange) {
  document.addEventListener("input", ({ target }) => { if (isPrompt(target)) onChange(/** @type {HTMLInputElement} */ (target).value); });
  document.addEventListener("compositionstart", ({ target }) => { if (isPrompt(target)) isComposingNow = true; });
  // Some browsers end a composition on blur without an event.
  for (const event of ["compositionend", "focusout"]) {
    document.addEventListener(event, ({ target }) => {
      if (!isComposingNow || !isPrompt(target)) return;
      isComposingNow = false;
      onChange(/** @type {HTMLInputElement} */ (target).value);
    });
  }
}

export const isComposing = () => isComposingNow;

// Without focus the box shows one line: the last, from which the model continues.
function showEnd() {
  const box = document.querySelector("#prompt textarea");
  if (box && box !== document.activeElement) box.scrollTop = box.scrollHeight;
}
const showEndInFrame = eachFrame(showEnd);
document.addEventListener("focusout", ({ target }) => { if (isPrompt(target)) showEndInFrame(); });
subscribe((_, patch) => { if ("run" in patch) showEndInFrame(); });

// The message for a prompt that is too long to send; "" otherwise.
/** @param {string} prompt */
export function tooLong(prompt) {
  const { most: limit = Infinity } = table.prompt;
  const n = prompt.length > limit ? [...prompt].length : 0; // characters, of which some count twice in `length`
  return n > limit ? sentence("too_long", { n: n.toLocaleString("en"), most: limit.toLocaleString("en") }) : "";
}
