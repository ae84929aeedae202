// The title and the page's own buttons.

import { FIRST } from "../core/address.js";
import * as dom from "../core/dom.js";
import { around, make } from "../core/dom.js";
import { words } from "../core/i18n.js";
import { address, shared } from "./address.js";
import * as language from "./language.js";
import { play } from "./player.js";
import * as store from "../core/store.js";
import * as slider from "./temperature.js";

/** @param {GradioParts} parts */
export function mount({ element, trigger }) {
  const remembered = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  /** @param {boolean} dark */
  const setDark = (dark) => {
    document.body.classList.toggle("dark", dark);
    try { localStorage.setItem("theme", dark ? "dark" : "light"); } catch { /* storage may be forbidden */ }
  };
  if (remembered() && !new URLSearchParams(location.search).has("__theme")) setDark(remembered() === "dark");

  const keys = make("dialog", { id: "keys" }, make("pre", { text: words.keys_list }),
    make("form", { method: "dialog" }, make("button", { class: "quiet", text: "OK" })));

  /** @param {Event} event */
  async function share(event) {
    const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
    const whole = new URL(address()).searchParams.has("prompt");
    history.replaceState(history.state, "", address());
    const copied = await dom.copy(shared(address()));
    button.textContent = !copied ? words.share_failed : whole ? words.shared : words.shared_in_part;
    setTimeout(() => { button.textContent = words.share; }, 2500);
  }

  // Gradio's button takes no title of its own. Its name stays the word on it, which people say to their computers.
  const step = document.querySelector("#step");
  if (step) dom.write(step, "title", words.step_title);

  element.replaceChildren(
    make("h1", { text: words.title }),
    make("div", { class: "buttons" },
      language.buttons(),
      make("button", { class: "quiet for-keyboard", text: "?", title: words.keys, "aria-label": words.keys, on: { click: () => keys.showModal() } }),
      make("button", {
        class: "quiet", text: "◐", title: words.theme, "aria-label": words.theme,
        on: { click: () => setDark(!document.body.classList.contains("dark")) },
      }),
      make("button", { class: "quiet", id: "share", text: words.share, on: { click: share } })),
    keys);
  language.connect(trigger);

  // The key that is meant. Where the keyboard writes other letters than Latin ones, or an input method keeps the key for
  // itself ("Process"), the place of the key tells: N is ㅜ in Korean and т in Russian.
  /** @type {Record<string, string>} */
  const PLACES = { Space: " ", KeyN: "n", KeyG: "g" };
  /** @param {KeyboardEvent} event */
  function keyOf({ key, code, shiftKey }) {
    if (/^[\x20-\x7e]$/.test(key)) return key.toLowerCase();
    if (![...key][1] || ["Process", "Unidentified"].includes(key)) {
      return PLACES[code] ?? (/^Digit[1-7]$/.test(code) ? code.at(-1) : code === "Slash" && shiftKey ? "?" : key);
    }
    return key;
  }

  // Keys act where nothing is being typed and no control has a use of its own for them; all but "?" are the Play tab's.
  document.addEventListener("keydown", (event) => {
    const busy = around(event.target, "input, textarea, select, dialog, [contenteditable], [role=listbox]");
    if (busy || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = around(event.target, "button, a, [role=button]");
    const next = () => play.step(event.repeat);
    const key = keyOf(event);
    const action = {
      " ": onButton ? null : play.toggle,
      n: next,
      g: play.generate,
      "?": () => keys.showModal(),
      ArrowLeft: around(event.target, ".bars, .cells") ? null : () => slider.move(event.shiftKey ? -0.05 : -0.01),
      ArrowRight: around(event.target, ".bars, .cells") ? null : () => slider.move(event.shiftKey ? 0.05 : 0.01),
    }[key] ?? (/^[1-7]$/.test(key) ? () => slider.mark(Number(key) - 1) : null);
    if (!action || (store.state.tab !== FIRST && key !== "?")) return;
    event.preventDefault();
    if (event.repeat && action !== next && !event.key.startsWith("Arrow")) return; // a key that is held is meant once
    action();
  });
}
