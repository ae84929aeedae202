// The temperature slider. Its position maps to exactly the temperature shown, so that a value read off a projector
// reproduces the text. Typed, linked or notch values may have more digits and keep them.

import * as format from "./format.js";
import * as sampling from "./sampling.js";

export const MARKS = [0, 0.2, 0.5, 1, 1.2, 2, Infinity];

/** @param {number} position from 0 to 1 */
export function temperatureAt(position) {
  const exact = sampling.temperatureAt(position);
  return exact === Infinity ? exact : Number(format.number(exact));
}

// Moves the thumb to a temperature unless it is already there: while it is dragged, several positions show the same
// value.
/** @param {HTMLInputElement} range @param {number} temperature */
export function follow(range, temperature) {
  if (temperatureAt(Number(range.value)) !== temperature) range.value = String(sampling.positionOf(temperature));
}
