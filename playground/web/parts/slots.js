// This page's slot in the browser's storage (core/slots.js), and what earlier pages left there. If that storage is
// full or forbidden, a text survives a reload but not the end of the browser session.

import * as memory from "../core/memory.js";
import * as slots from "../core/slots.js";

const STORAGE_KEY = "playground.slot"; // session storage key for the page's slot
const ownSlot = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
let previousSlot = ""; // this page's slot before a reload

/** @template T @param {() => T} act @param {T} otherwise */
const attempt = (act, otherwise) => { try { return act(); } catch { return otherwise; } };

// The page was reloaded and restores its content, so it owns its previous slot.
export function takeOver() {
  previousSlot = attempt(() => sessionStorage.getItem(STORAGE_KEY), null) ?? "";
}

// Saves the page's memory, serialized by core/memory.js.
/** @param {Memory} snapshot @param {string} text */
export function keep(snapshot, text) {
  attempt(() => {
    sessionStorage.setItem(STORAGE_KEY, ownSlot);
    if (snapshot.current || snapshot.versions.length) slots.put(localStorage, ownSlot, text, Date.now());
    else slots.remove(localStorage, ownSlot);
    if (previousSlot) slots.remove(localStorage, previousSlot);
    previousSlot = "";
  }, undefined);
}

// The newest memory left by another page, with its slot's name; null if none. Unreadable slots are removed.
/** @returns {{ name: string, memory: Memory } | null} */
export const newest = () => attempt(() => {
  for (const { name } of slots.list(localStorage, Date.now())) {
    if ([ownSlot, previousSlot].includes(name)) continue;
    const stored = memory.read(slots.get(localStorage, name));
    if (stored?.current || stored?.versions.length) return { name, memory: stored };
    slots.remove(localStorage, name);
  }
  return null;
}, null);

/** @param {string} name */
export const remove = (name) => attempt(() => slots.remove(localStorage, name), undefined);
export const clear = () => attempt(() => slots.clear(localStorage, Date.now()), undefined);
