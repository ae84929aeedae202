// Keeps a place of the text in view by scrolling only the text's box.

const PHONE = matchMedia("(max-width: 659px)");
const BUTTONS = 60; // height in pixels of a phone's buttons at the bottom (layout.css)

// The part of the window that nothing covers, from and to in pixels: a phone has a strip at the top and buttons at the
// bottom.
function uncovered() {
  const strip = document.querySelector(".strip:not([hidden])");
  return { from: strip ? strip.getBoundingClientRect().bottom : 0, to: innerHeight - (PHONE.matches ? BUTTONS : 0) };
}

// Scrolls the box to centre a cell that is out of sight. On a phone, part of the box may be covered.
/** @param {HTMLElement} box @param {HTMLElement | undefined} cell */
export function bringIntoSight(box, cell) {
  if (!cell) return;
  const frame = box.getBoundingClientRect();
  const place = cell.getBoundingClientRect();
  const { from, to } = uncovered();
  let top = Math.max(frame.top, from);
  let bottom = Math.min(frame.bottom, to);
  if (bottom - top < 2 * place.height) ({ top, bottom } = frame); // the box is entirely out of sight
  if (place.top >= top && place.bottom <= bottom) return;
  box.scrollTop += place.top - (top + bottom) / 2;
  const line = Number.parseFloat(getComputedStyle(box).lineHeight);
  box.scrollTop = Math.floor(box.scrollTop / line + 0.1) * line; // the top line is not cut off
  const { bottom: end } = cell.getBoundingClientRect();
  if (end > bottom) box.scrollTop += end - bottom; // unless that would cut off the last one
}

// Scrolls the page to centre the box if its cell is covered or outside the window; if the box is too high, the cell.
/** @param {HTMLElement} box @param {HTMLElement | undefined} cell @param {ScrollBehavior} behavior */
export function scrollPageTo(box, cell, behavior) {
  const { from, to } = uncovered();
  const place = (cell ?? box).getBoundingClientRect();
  if (place.top >= from && place.bottom <= to) return;
  const frame = box.getBoundingClientRect();
  const { top, bottom } = frame.height <= to - from ? frame : place;
  scrollBy({ top: (top + bottom - from - to) / 2, behavior });
}
