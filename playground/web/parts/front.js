// The front (front.html), shown until gradio has built the page. Its slider and bars are drawn by the page's own
// parts from the same answer, and later move into gradio's elements.

import * as distribution from "./distribution.js";
import * as memory from "./memory.js";
import * as opening from "./opening.js";
import * as temperature from "./temperature.js";
import * as runs from "../core/runs.js";

const front = globalThis.document?.getElementById("front");

export const stands = () => Boolean(front?.isConnected);
export const end = () => front?.remove();

/** @param {string} name @returns {HTMLElement | null | undefined} */
const placeOf = (name) => front?.shadowRoot?.querySelector(`#${name} .html-container > div`);

async function draw() {
  const frame = await opening.firstFrame();
  const [above, below] = ["temperature", "distribution"].map(placeOf);
  if (!frame || frame.head.problem || frame.head.code || !stands() || !above || !below) return;
  const run = runs.open(frame);
  temperature.preview(above, run);
  distribution.preview(below, run);
}

// Errors are reported by opening.js, which awaits the same answer.
if (stands() && !memory.willRestore()) draw().catch(() => {});
