// How much a frame may show on a slow machine. While a hand drags, each frame has what is read together: the bars, the line with
// its dart, the figures, the number. What costs more than it shows, such as the colour of a button, follows four times a second, and
// when the hand rests.

const BUDGET = 14; // milliseconds that a whole drawing may take in every frame
const SELDOM = 250; // milliseconds between two whole drawings of a slow machine during a drag
export const REST = 120; // milliseconds without a drawing, after which what did not fit in there is drawn

let cost = 0; // milliseconds of the last whole drawing
let whole = -Infinity; // when the last frame began that had all

// A whole drawing took so long.
/** @param {number} milliseconds */
export function took(milliseconds) { cost = milliseconds; }

// Whether drawings take too long for every frame to have all of them.
export const hurries = () => cost > BUDGET;

// Whether this frame leaves out what can wait: the same for all that is drawn in it.
export function brief() {
  const now = Number(document.timeline.currentTime); // when the frame began
  if (now - whole > SELDOM || !hurries()) whole = now;
  return whole !== now;
}
