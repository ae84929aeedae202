// How much to draw per frame on a slow machine. During a drag, each frame has what is read together: the bars, the
// line with its dart, the figures, the number. Costly details, such as a button's colour, are redrawn four times a
// second and when the drag rests.

const BUDGET = 14; // milliseconds that a full drawing may take in every frame
const FULL_INTERVAL = 250; // milliseconds between full drawings on a slow machine during a drag
export const IDLE = 120; // milliseconds of rest after which the omitted parts are drawn

let cost = 0; // milliseconds of the last full drawing
let lastFullFrame = -Infinity; // start time of the last full frame

// Records how long a full drawing took.
/** @param {number} milliseconds */
export function recordFrameCost(milliseconds) { cost = milliseconds; }

// Whether a full drawing takes too long for every frame.
export const isSlow = () => cost > BUDGET;

// Whether this frame omits what can wait; the same for everything drawn in it.
export function isBriefFrame() {
  const now = Number(document.timeline.currentTime); // when the frame began
  if (now - lastFullFrame > FULL_INTERVAL || !isSlow()) lastFullFrame = now;
  return lastFullFrame !== now;
}
