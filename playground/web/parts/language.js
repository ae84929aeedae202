// The page's language: set by early.js at first, switched in the header. Nothing is reloaded: live words are
// rewritten, and other parts redraw.

import * as dom from "../dom.js";
import { make } from "../dom.js";
import * as i18n from "../core/i18n.js";
import * as store from "../core/store.js";
import * as modelnames from "./modelnames.js";

const STORAGE_KEY = "playground.language"; // in the browser's storage, as in early.js

/** @type {(event: string) => void} */
let triggerGradio = () => {};

// Called when the user chooses a language, which then goes into the URL.
/** @param {string} language */
export function choose(language) {
  try { localStorage.setItem(STORAGE_KEY, language); } catch { /* storage may be forbidden */ }
  i18n.switchTo(language);
  store.update({ language, spoken: language });
}

i18n.onSwitch(() => {
  dom.rewrite();
  updatePage();
});

// Updates what we did not build: the document's language and title, and gradio's controls.
function updatePage() {
  document.documentElement.lang = i18n.current();
  document.title = i18n.say("title");
  tellGradio();
}

export const tellGradio = () => triggerGradio("language");

// Label updates for gradio's controls, as listed by Python (ui/language.py).
/** @param {Record<string, string>[]} controls */
export const updates = (controls) => controls.map((keys) => ({
  ...(keys.label === "model" ? modelnames.box() : { __type__: "update" }), ...Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, i18n.say(key)])),
}));

// A button for each language, named in that language.
export function buttons() {
  const languages = i18n.languages();
  const languageButtons = languages.map((language) => make("button", {
    lang: language, text: i18n.nameOf(language), on: { click: () => choose(language) },
  }));
  const draw = () => languageButtons.forEach((button, i) => button.setAttribute("aria-pressed", String(languages[i] === i18n.current())));
  i18n.onSwitch(draw);
  draw();
  const attributes = { class: "choice languages", role: "group", "aria-label": i18n.words.language };
  return dom.keep(make("div", attributes, ...languageButtons));
}

/** @param {(event: string) => void} trigger */
export function connect(trigger) {
  triggerGradio = trigger;
  const requested = new URLSearchParams(location.search).get("lang") ?? "";
  if (i18n.languages().includes(requested)) store.update({ spoken: requested });
  updatePage();
}
