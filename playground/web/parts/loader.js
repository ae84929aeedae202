// Gradio's loading indicator counts seconds in an animation loop that continues after it is gone (StatusTracker of
// gradio 6.31): the page would never idle, and each slider move would wait for one more frame. Gradio cannot stop the
// loop, but its requestAnimationFrame handle can be found: handles are sequential, and while the page is idle each
// frame creates ours and the loop's.

import { state } from "../core/store.js";

const IDLE_FRAMES = 40; // consecutive frames, longer than any animation that ends by itself
const MAX_FRAMES = 6000; // frames within which the page should become idle

function endLoader() {
  let idleFrames = 0;
  let remaining = MAX_FRAMES;
  let lastHandle = 0;
  (function checkFrame() {
    const handle = requestAnimationFrame(checkFrame);
    idleFrames = handle - lastHandle === 2 && !state.playing && !state.busy ? idleFrames + 1 : 0;
    lastHandle = handle;
    remaining -= 1;
    if (idleFrames === IDLE_FRAMES) cancelAnimationFrame(handle - 1);
    if (idleFrames === IDLE_FRAMES || !remaining) cancelAnimationFrame(handle);
  })();
}
document.addEventListener("playground-built", endLoader, { once: true });
