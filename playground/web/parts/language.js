// The language of the page: what early.js chose at first, and the switch in the header. Nothing is loaded again; words that
// stand are written anew, and parts that say more than words draw again.

import * as dom from "../core/dom.js";
import { make } from "../core/dom.js";
import * as i18n from "../core/i18n.js";
import * as store from "../core/store.js";
import * as modelnames from "./modelnames.js";

const PLACE = "playground.language"; // in the browser's storage, as in early.js

/** @type {(event: string) => void} */
let send = () => {};

// Chosen by hand; the address says so from then on.
/** @param {string} language */
export function choose(language) {
  try { localStorage.setItem(PLACE, language); } catch { /* storage may be forbidden */ }
  i18n.switchTo(language);
  store.update({ language, spoken: language });
}

i18n.onSwitch(() => {
  dom.rewrite();
  tellPage();
});

// What is not ours to build: the page's own language and title, and gradio's controls.
function tellPage() {
  document.documentElement.lang = i18n.current();
  document.title = i18n.say("title");
  tellGradio();
}

export const tellGradio = () => send("language");

// What gradio's controls are to say: an update each, of what Python named (ui/language.py).
/** @param {Record<string, string>[]} controls */
export const updates = (controls) => controls.map((keys) => ({
  ...(keys.label === "model" ? modelnames.box() : { __type__: "update" }), ...Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, i18n.say(key)])),
}));

// A button for each language, named in that language.
export function buttons() {
  const all = i18n.LANGUAGES.map((language) => make("button", {
    lang: language, text: i18n.nameOf(language), on: { click: () => choose(language) },
  }));
  const draw = () => all.forEach((button, i) => button.setAttribute("aria-pressed", String(i18n.LANGUAGES[i] === i18n.current())));
  i18n.onSwitch(draw);
  draw();
  return dom.keep(make("div", { class: "choice languages", role: "group", "aria-label": i18n.words.language }, ...all));
}

/** @param {(event: string) => void} trigger */
export function connect(trigger) {
  send = trigger;
  const asked = new URLSearchParams(location.search).get("lang") ?? "";
  if (i18n.LANGUAGES.includes(asked)) store.update({ spoken: asked });
  tellPage();
}
