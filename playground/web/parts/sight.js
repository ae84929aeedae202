// Keeps a place of the text in view, and moves nothing but the box of the text.

const PHONE = matchMedia("(max-width: 659px)");
const BUTTONS = 60; // pixels that a phone's buttons take at the bottom (layout.css)

// Scrolls the box so that the cell is in its middle, where it is not in sight. Of a phone's box only a part may be, between
// the strip at the top and the buttons at the bottom.
/** @param {HTMLElement} box @param {HTMLElement | undefined} cell */
export function bringIntoSight(box, cell) {
  if (!cell) return;
  const frame = box.getBoundingClientRect();
  const place = cell.getBoundingClientRect();
  const strip = document.querySelector(".strip:not([hidden])");
  let top = Math.max(frame.top, strip ? strip.getBoundingClientRect().bottom : 0);
  let bottom = Math.min(frame.bottom, innerHeight - (PHONE.matches ? BUTTONS : 0));
  if (bottom - top < 2 * place.height) ({ top, bottom } = frame); // it is out of sight as a whole
  if (place.top >= top && place.bottom <= bottom) return;
  box.scrollTop += place.top - (top + bottom) / 2;
  const line = Number.parseFloat(getComputedStyle(box).lineHeight);
  box.scrollTop = Math.floor(box.scrollTop / line) * line; // no line is cut at the top
}
