// How long an answer may be silent before the request is repeated, from how long the last answers took. Pure.

const INITIAL = 400; // milliseconds: the expected time before any answer was timed
const MIN = 400; // milliseconds: a network may be silent for this long and recover
const FACTOR = 4; // silent for this many times the usual time, an answer counts as lost

export function patience() {
  let usual = INITIAL;
  return {
    isOver: (/** @type {number} */ silent) => silent > Math.max(MIN, FACTOR * usual),
    // Reports how long a whole answer took.
    took: (/** @type {number} */ time) => { usual = (usual + time) / 2; },
    // Reports a wait without an answer: the next one is longer, so that slow answers are not requested repeatedly.
    waited: (/** @type {number} */ time) => { usual = Math.max(usual, time); },
  };
}
