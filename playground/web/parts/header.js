// The title and the page's own buttons.

import { FIRST } from "../core/address.js";
import * as dom from "../dom.js";
import { around, make } from "../dom.js";
import { sentence, words } from "../core/i18n.js";
import { address, linkOfText, shareableUrl } from "./address.js";
import * as language from "./language.js";
import { play } from "./player.js";
import * as store from "../core/store.js";
import * as slider from "./temperature.js";

/** @param {GradioParts} parts */
export function mount({ element, trigger }) {
  const storedTheme = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  /** @param {boolean} dark */
  const setDark = (dark) => {
    document.body.classList.toggle("dark", dark);
    try { localStorage.setItem("theme", dark ? "dark" : "light"); } catch { /* storage may be forbidden */ }
  };
  if (storedTheme() && !new URLSearchParams(location.search).has("__theme")) setDark(storedTheme() === "dark");

  const keys = make("dialog", { id: "keys" }, make("pre", { text: words.keys_list }),
    make("form", { method: "dialog" }, make("button", { class: "quiet", text: "OK" })));

  const status = make("span", { id: "shared", role: "status" }); // under the button, so that its label and width do not change
  let notReproduced = ""; // the notice about a link that does not reproduce the text
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let clearTimer;
  async function share() {
    const { link, whole: isComplete } = linkOfText();
    const hasPrompt = new URL(link).searchParams.has("prompt");
    history.replaceState(history.state, "", address());
    const copied = await dom.copy(shareableUrl(link));
    status.textContent = !copied ? words.share_failed : hasPrompt ? words.shared : words.shared_in_part;
    const { tab, notices, settings } = store.state;
    const others = notices.filter((notice) => notice !== notReproduced);
    const isPartial = copied && hasPrompt && !isComplete && tab === FIRST;
    notReproduced = isPartial ? sentence("shared_anew", { seed: settings.seed }) : "";
    if (notReproduced || others.length < notices.length) {
      store.update({ notices: notReproduced ? [...others, notReproduced] : others });
    }
    clearTimeout(clearTimer);
    clearTimer = setTimeout(() => { status.textContent = ""; }, 4000);
  }

  // Gradio's buttons take no title. The label stays its accessible name, for voice control.
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
      make("button", { class: "quiet", id: "share", text: words.share, on: { click: share } }),
      status),
    keys);
  language.connect(trigger);

  // The intended key. On non-Latin keyboards, or if an input method hides the key ("Process"), its position decides:
  // N is ㅜ in Korean and т in Russian.
  /** @type {Record<string, string>} */
  const KEYS_BY_CODE = { Space: " ", KeyN: "n", KeyG: "g" };
  /** @param {KeyboardEvent} event */
  function keyOf({ key, code, shiftKey }) {
    if (/^[\x20-\x7e]$/.test(key)) return key.toLowerCase();
    if (![...key][1] || ["Process", "Unidentified"].includes(key)) {
      return KEYS_BY_CODE[code] ?? (/^Digit[1-7]$/.test(code) ? code.at(-1) : code === "Slash" && shiftKey ? "?" : key);
    }
    return key;
  }

  const TYPING = "input:not([type=range], [type=checkbox]), textarea, select, dialog, [contenteditable], [role=listbox]";
  const USE_SPACE = "button, a, summary, [role=button], [type=checkbox]";
  const USE_ARROWS = ".bars, .cells, [type=range]";
  // Shortcuts work unless the user is typing or the focused control uses the key; all but "?" belong to the Play tab.
  document.addEventListener("keydown", (event) => {
    if (around(event.target, TYPING) || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = () => play.step(event.repeat);
    const key = keyOf(event);
    const action = {
      " ": around(event.target, USE_SPACE) ? null : play.toggle,
      n: next,
      g: play.generate,
      "?": () => keys.showModal(),
      ArrowLeft: around(event.target, USE_ARROWS) ? null : () => slider.move(event.shiftKey ? -0.05 : -0.01),
      ArrowRight: around(event.target, USE_ARROWS) ? null : () => slider.move(event.shiftKey ? 0.05 : 0.01),
    }[key] ?? (/^[1-7]$/.test(key) ? () => slider.mark(Number(key) - 1) : null);
    if (!action || (store.state.tab !== FIRST && key !== "?")) return;
    event.preventDefault();
    if (event.repeat && action !== next && !event.key.startsWith("Arrow")) return; // a held key counts once
    action();
  });
}
