// A message in an element of its own, with an optional button that retries.

import { make } from "../dom.js";
import { words } from "../core/i18n.js";

// Shows a sentence; "" removes it. If the button that retries had the focus, the message keeps it.
/** @param {HTMLElement} node @param {string} sentence @param {() => void} [retry] */
export function showMessage(node, sentence, retry) {
  const button = retry && make("button", { class: "quiet", text: words.try_again, on: { click: retry } });
  const hadFocus = node.contains(document.activeElement);
  node.replaceChildren(...(String(sentence) ? [make("span", { text: sentence }), " "] : []), ...(button ? [button] : []));
  if (!hadFocus) return;
  node.tabIndex = -1;
  (button || node).focus({ preventScroll: true });
}
