// The page's colours, for what is painted and not styled. Asking for them is slow, so they are kept until the theme
// changes.

import { eachFrame } from "../core/dom.js";

const NAMES = { card: "--card", ink: "--ink", onHeat: "--on-heat", muted: "--muted", rule: "--rule", edge: "--edge", violet: "--violet", surprise: "--surprise", mono: "--mono" };

/** @type {Record<keyof typeof NAMES, string> | null} */
let known = null;

export function theme() {
  if (!known) {
    const style = getComputedStyle(document.body);
    const colours = Object.entries(NAMES).map(([name, property]) => [name, style.getPropertyValue(property).trim()]);
    known = /** @type {Record<keyof typeof NAMES, string>} */ (Object.fromEntries(colours));
  }
  return known;
}

/** @type {Set<() => void>} */
const listeners = new Set();
const changed = eachFrame(() => {
  known = null;
  for (const listener of listeners) listener();
});

// Calls back when the theme has changed.
/** @param {() => void} listener */
export function onTheme(listener) {
  if (!listeners.size) {
    new MutationObserver(changed).observe(document.body, { attributeFilter: ["class"] });
    for (const query of ["(forced-colors: active)", "(prefers-color-scheme: dark)"]) matchMedia(query).addEventListener("change", changed);
  }
  listeners.add(listener);
}
