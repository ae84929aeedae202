// Waits for the server and retries requests.

import { state, update } from "./store.js";

const PROBE_INTERVAL = 4000; // milliseconds
// A timer this late means that the machine slept; in a background page it is late by a minute at most.
const SLEEP_DELAY = 90_000;
export const PAUSES = [1000, 2000, 4000, 8000, 16_000, 30_000]; // milliseconds before each automatic retry

// A request that any running server answers at once.
export async function reach() {
  const response = await fetch("gradio_api/app_id");
  if (!response.ok) throw new Error(`The server answered with status ${response.status}.`);
}

// Calls `lost` if the server is gone while a request is still open. Queues may be long, so waiting alone is no
// failure, nor is a failing probe if part of the answer arrived a moment ago. After the machine slept, a connection
// may be dead without an error, so earlier requests count as lost.
/** @param {() => unknown} isOpen @param {() => void} lost @param {() => number} [lastHeard] */
export function watch(isOpen, lost, lastHeard = () => -Infinity) {
  const heardLately = () => performance.now() - lastHeard() < PROBE_INTERVAL;
  const startedAt = Date.now();
  setTimeout(async () => {
    if (!isOpen()) return;
    if (Date.now() - startedAt > PROBE_INTERVAL + SLEEP_DELAY) return lost();
    try {
      await reach();
      watch(isOpen, lost, lastHeard);
    } catch {
      if (!isOpen()) return;
      if (heardLately()) watch(isOpen, lost, lastHeard);
      else lost();
    }
  }, PROBE_INTERVAL);
}

// Shows a problem with a retry button, or one labelled `label`.
/** @param {string} problem @param {() => void} act @param {string} [label] */
export function offer(problem, act, label) {
  const retry = { problem, act, label };
  update({ problem, retry });
  return retry;
}

// Retries an action that was refused: automatically after growing pauses, a limited number of times (an `unlimited` one
// keeps using the longest pause), and at once when the user asks. Pauses are randomized so that a whole class does
// not retry at the same moment, and are never shorter than the `seconds` the server asked for. `done` removes the
// message once the action succeeded or is no longer wanted.
/** @param {() => void} act @param {boolean} [unlimited] */
export function persistent(act, unlimited = false) {
  let attempts = 0;
  let timer = 0;
  /** @type {State["retry"]} */
  let offered = null;
  return {
    act,
    /** @param {string} problem @param {number} [seconds] */
    refused(problem, seconds = 0) {
      clearTimeout(timer);
      const pause = PAUSES[unlimited ? Math.min(attempts, PAUSES.length - 1) : attempts];
      attempts += 1;
      if (pause) timer = setTimeout(act, Math.max(seconds * 1000, pause * 0.75) + (Math.random() / 2) * pause);
      offered = offer(problem, () => { clearTimeout(timer); act(); });
    },
    done() {
      clearTimeout(timer);
      attempts = 0;
      if (offered && state.retry === offered && state.problem === offered.problem) update({ problem: "" });
      offered = null;
    },
  };
}
