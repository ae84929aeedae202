// Gradio's sign of loading counts its seconds frame by frame, and goes on when it is gone (StatusTracker of gradio 6.31): the page would
// never rest, and each move of the slider would wait for one more frame. Nothing of gradio's ends that loop, but it can be told apart:
// handles of requestAnimationFrame are numbered, and while the page rests, a frame gives out one for us and one for it.

import { state } from "../core/store.js";

const CALM = 40; // frames in a row: animations that end by themselves are shorter
const PATIENCE = 6000; // frames that a page may take to come to rest

function endLoader() {
  let calm = 0;
  let left = PATIENCE;
  let last = 0;
  (function look() {
    const own = requestAnimationFrame(look);
    calm = own - last === 2 && !state.playing && !state.busy ? calm + 1 : 0;
    last = own;
    left -= 1;
    if (calm === CALM) cancelAnimationFrame(own - 1);
    if (calm === CALM || !left) cancelAnimationFrame(own);
  })();
}
document.addEventListener("playground-built", endLoader, { once: true });
