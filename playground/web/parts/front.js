// The page's front (front.html), which stands there until gradio has built the page: it gets the slider and the bars that the
// page is going to have, from the same answer and by the same parts, which move into gradio's elements then.

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
  const frame = await opening.coming();
  const [above, below] = ["temperature", "distribution"].map(placeOf);
  if (!frame || frame.head.problem || frame.head.code || !stands() || !above || !below) return;
  const run = runs.open(frame);
  temperature.preview(above, run);
  distribution.preview(below, run);
}

// Where nothing comes, the page says so, which asks for the same answer (opening.js).
if (stands() && !memory.returns()) draw().catch(() => {});
