// A message in an element of its own, with an optional button that retries.

import { make } from "../dom.js";
import { words } from "../core/i18n.js";

// Shows a sentence; "" removes it.
/** @param {HTMLElement} node @param {string} sentence @param {() => void} [retry] */
export function showMessage(node, sentence, retry) {
  const button = retry && make("button", { class: "quiet", text: words.try_again, on: { click: retry } });
  node.replaceChildren(...(String(sentence) ? [make("span", { text: sentence }), " "] : []), ...(button ? [button] : []));
}
