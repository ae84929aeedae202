// The page's colours for canvas drawing. Reading them is slow, so they are cached until the theme changes.

import { mix } from "../core/colours.js";
import { eachFrame } from "../dom.js";
import * as format from "../core/format.js";
import { positionOf } from "../core/sampling.js";

const NAMES = { card: "--card", ink: "--ink", onHeat: "--on-heat", muted: "--muted", blue: "--blue", violet: "--violet", red: "--red", mono: "--mono" };

/** @type {Record<keyof typeof NAMES, string> | null} */
let cached = null;

export function theme() {
  if (!cached) {
    const style = getComputedStyle(document.body);
    const colours = Object.entries(NAMES).map(([name, property]) => [name, style.getPropertyValue(property).trim()]);
    cached = /** @type {Record<keyof typeof NAMES, string>} */ (Object.fromEntries(colours));
  }
  return cached;
}

// The colour of a temperature, as format.heat has it but computed here: a browser would recompute the CSS mix for
// each element.
/** @param {number} temperature */
export function heat(temperature) {
  const warmth = 2 * positionOf(temperature) - 1;
  const { blue, violet, red } = theme();
  return mix(violet, warmth < 0 ? blue : red, Math.abs(warmth)) ?? format.heat(temperature);
}

/** @type {Set<() => void>} */
const listeners = new Set();
const notify = eachFrame(() => {
  cached = null;
  for (const listener of listeners) listener();
});

// Calls back when the theme has changed.
/** @param {() => void} listener */
export function onTheme(listener) {
  if (!listeners.size) {
    new MutationObserver(notify).observe(document.body, { attributeFilter: ["class"] });
    for (const query of ["(forced-colors: active)", "(prefers-color-scheme: dark)"]) matchMedia(query).addEventListener("change", notify);
  }
  listeners.add(listener);
}
