// Keeps a place of the text in view by scrolling only the text's box.

const PHONE = matchMedia("(max-width: 659px)");
const BUTTONS = 60; // height in pixels of a phone's buttons at the bottom (layout.css)

// Scrolls the box to centre a cell that is out of sight. On a phone, only the part of the box between the strip and
// the buttons may be visible.
/** @param {HTMLElement} box @param {HTMLElement | undefined} cell */
export function bringIntoSight(box, cell) {
  if (!cell) return;
  const frame = box.getBoundingClientRect();
  const place = cell.getBoundingClientRect();
  const strip = document.querySelector(".strip:not([hidden])");
  let top = Math.max(frame.top, strip ? strip.getBoundingClientRect().bottom : 0);
  let bottom = Math.min(frame.bottom, innerHeight - (PHONE.matches ? BUTTONS : 0));
  if (bottom - top < 2 * place.height) ({ top, bottom } = frame); // the box is entirely out of sight
  if (place.top >= top && place.bottom <= bottom) return;
  box.scrollTop += place.top - (top + bottom) / 2;
  const line = Number.parseFloat(getComputedStyle(box).lineHeight);
  box.scrollTop = Math.floor(box.scrollTop / line + 0.1) * line; // the top line is not cut off
  const { bottom: end } = cell.getBoundingClientRect();
  if (end > bottom) box.scrollTop += end - bottom; // unless that would cut off the last one
}
