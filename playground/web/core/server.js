// Waiting for the server, and asking it again.

import { update } from "./store.js";

const PATIENCE = 4000; // milliseconds
// A timer that is so much too late slept with the machine; that of a page in the background is a minute late at most.
const ASLEEP = 90_000;
export const PAUSES = [1000, 2000, 4000, 8000, 16_000, 30_000]; // before it is asked again by itself

// A request that any running server answers at once.
export async function reach() {
  const answer = await fetch(`${globalThis.gradio_config?.root ?? ""}/gradio_api/app_id`);
  if (!answer.ok) throw new Error(`The server answered with status ${answer.status}.`);
}

// Calls `lost` where the server is gone while a question is still `open`. A queue may be long, so waiting alone ends
// nothing; nor does a network that fails for new requests while the answer to this one was `heard` a moment ago. After a sleep
// nothing may come of a connection any more, and no error either: what was asked before it is lost.
/** @param {() => unknown} open @param {() => void} lost @param {() => number} [heard] */
export function watch(open, lost, heard = () => -Infinity) {
  const lately = () => performance.now() - heard() < PATIENCE;
  const begun = Date.now();
  setTimeout(async () => {
    if (!open()) return;
    if (Date.now() - begun > PATIENCE + ASLEEP) return lost();
    try {
      await reach();
      watch(open, lost, heard);
    } catch {
      if (!open()) return;
      if (lately()) watch(open, lost, heard);
      else lost();
    }
  }, PATIENCE);
}

// Shows a problem with a button that does the thing again, or what else `label` says.
/** @param {string} problem @param {() => void} act @param {string} [label] */
export const offer = (problem, act, label) => update({ problem, retry: { problem, act, label } });

// Does a thing again that was refused: by itself after growing pauses, a bounded number of times, and at once where the
// person asks for it. Pauses differ from visitor to visitor, so that not all of a class come back at the same moment.
// One that is `tireless` goes on with the longest pause. Where the server said after how many `seconds` it may be asked again, a
// pause is no shorter.
/** @param {() => void} act @param {boolean} [tireless] */
export function persistent(act, tireless = false) {
  let tries = 0;
  let timer = 0;
  return {
    act,
    /** @param {string} problem @param {number} [seconds] */
    refused(problem, seconds = 0) {
      clearTimeout(timer);
      const pause = PAUSES[tireless ? Math.min(tries, PAUSES.length - 1) : tries];
      tries += 1;
      if (pause) timer = setTimeout(act, Math.max(seconds * 1000, pause * 0.75) + (Math.random() / 2) * pause);
      offer(problem, () => { clearTimeout(timer); act(); });
    },
    done() {
      clearTimeout(timer);
      tries = 0;
    },
  };
}
