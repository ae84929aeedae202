// This page's slot in the browser's storage (core/slots.js), and what pages before it left there. A storage that is full or
// forbidden changes nothing: then a text outlives a reload, but not the browser's end.

import * as memory from "../core/memory.js";
import * as slots from "../core/slots.js";

const PLACE = "playground.slot"; // in the storage of the tab: the slot of the page that it shows
const mine = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
let before = ""; // the slot of the same page before it was loaded again

/** @template T @param {() => T} act @param {T} otherwise */
const attempt = (act, otherwise) => { try { return act(); } catch { return otherwise; } };

// The page was loaded again, and shows what it showed: its slot from before is its own.
export function takeOver() {
  before = attempt(() => sessionStorage.getItem(PLACE), null) ?? "";
}

// Writes what the page shows, and its text as core/memory.js writes it.
/** @param {Memory} now @param {string} text */
export function keep(now, text) {
  attempt(() => {
    sessionStorage.setItem(PLACE, mine);
    if (now.current || now.versions.length) slots.put(localStorage, mine, text, Date.now());
    else slots.remove(localStorage, mine);
    if (before) slots.remove(localStorage, before);
    before = "";
  }, undefined);
}

// The newest text that another page left, and the name of its slot; null where there is none. What cannot be read is removed.
/** @returns {{ name: string, memory: Memory } | null} */
export const newest = () => attempt(() => {
  for (const { name } of slots.list(localStorage, Date.now())) {
    if ([mine, before].includes(name)) continue;
    const found = memory.read(slots.get(localStorage, name));
    if (found?.current || found?.versions.length) return { name, memory: found };
    slots.remove(localStorage, name);
  }
  return null;
}, null);

/** @param {string} name */
export const remove = (name) => attempt(() => slots.remove(localStorage, name), undefined);
export const clear = () => attempt(() => slots.clear(localStorage, Date.now()), undefined);
