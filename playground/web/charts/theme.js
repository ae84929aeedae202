// The page's colours, for what is painted and not styled. Asking for them is slow, so they are kept until the theme
// changes.

import { mixed } from "../core/colours.js";
import { eachFrame } from "../core/dom.js";
import * as format from "../core/format.js";
import { positionOf } from "../core/sampling.js";

const NAMES = { card: "--card", ink: "--ink", onHeat: "--on-heat", muted: "--muted", blue: "--blue", violet: "--violet", red: "--red", mono: "--mono" };

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

// The colour of a temperature as format.heat has it, but worked out here: a browser would do so for each element anew.
/** @param {number} temperature */
export function heat(temperature) {
  const tilt = 2 * positionOf(temperature) - 1;
  const { blue, violet, red } = theme();
  return mixed(violet, tilt < 0 ? blue : red, Math.abs(tilt)) ?? format.heat(temperature);
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
