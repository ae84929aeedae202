// Actions that wait until a text that the slider rewrote has its logits (rewriting.js).

/** @type {(() => void)[]} */
let acts = [];

export const areWaiting = () => acts.length > 0;
/** @param {() => void} act */
export const add = (act) => void acts.push(act);
export const drop = () => { acts = []; };

export function perform() {
  const due = acts;
  drop();
  for (const act of due) act();
}
