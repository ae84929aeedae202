// What is typed into the prompt: how much of it is read, and when. With an input method, a syllable that is being composed
// is no prompt yet: until it is done the page reads nothing, so that no notice comes and nothing moves.

import { eachFrame } from "../core/dom.js";
import { sentence } from "../core/i18n.js";
import { table } from "../core/given.js";
import { subscribe } from "../core/store.js";

let composing = false;
/** @param {any} node */
const isPrompt = (node) => Boolean(node.closest && node.closest("#prompt"));

// Calls `composed` with the prompt whenever a composition in its box has ended.
/** @param {(prompt: string) => void} composed */
export function listen(composed) {
  document.addEventListener("compositionstart", ({ target }) => { if (isPrompt(target)) composing = true; });
  // Some browsers end a composition by leaving the box, without a word.
  for (const event of ["compositionend", "focusout"]) {
    document.addEventListener(event, ({ target }) => {
      if (!composing || !isPrompt(target)) return;
      composing = false;
      composed(/** @type {HTMLInputElement} */ (target).value);
    });
  }
}

export const isComposing = () => composing;

// At rest the box shows one line: the last, which the model goes on from.
function showEnd() {
  const box = document.querySelector("#prompt textarea");
  if (box && box !== document.activeElement) box.scrollTop = box.scrollHeight;
}
const rest = eachFrame(showEnd);
document.addEventListener("focusout", ({ target }) => { if (isPrompt(target)) rest(); });
subscribe((_, patch) => { if ("run" in patch) rest(); });

// What to say of a prompt that the server would not read, so that it is not sent; "" for others.
/** @param {string} prompt */
export function tooLong(prompt) {
  const { most = Infinity } = table.prompt;
  const n = prompt.length > most ? [...prompt].length : 0; // characters, of which some count twice in `length`
  return n > most ? sentence("too_long", { n: n.toLocaleString("en"), most: most.toLocaleString("en") }) : "";
}
