// Slots in the browser's storage, which outlives the browser session: one per page, so that tabs do not overwrite
// each other. Few are kept, and none for long. Pure: the storage is passed in, and any call to it may throw.
//
//   "playground.slot.NAME" → "MILLISECONDS TEXT"       when it was written, and what

const PREFIX = "playground.slot.";
const MAX_SLOTS = 6;
const DAY = 24 * 60 * 60 * 1000; // milliseconds
const MAX_AGE = 30 * DAY;
// A later timestamp comes from a clock that was ahead: the slot would stay the newest and never expire.
const MAX_AHEAD = DAY; // tolerates clock corrections and other time zones

/** @param {string} name */
const keyOf = (name) => PREFIX + name;

// The slots with their timestamps, newest first. Expired or invalid ones are removed.
/** @param {Storage} storage @param {number} now */
export function list(storage, now) {
  const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "").filter((key) => key.startsWith(PREFIX));
  const slots = keys.map((key) => ({ name: key.slice(PREFIX.length), time: parseInt(storage.getItem(key) ?? "", 10) }));
  const valid = slots.filter(({ time }) => now - time < MAX_AGE && time - now < MAX_AHEAD); // NaN compares false
  for (const { name } of slots) if (!valid.some((slot) => slot.name === name)) remove(storage, name);
  return valid.sort((a, b) => b.time - a.time);
}

// Writes a slot, removing the oldest others if there are too many or the storage is full. False if there is no room
// even then; the others are restored.
/** @param {Storage} storage @param {string} name @param {string} text @param {number} now */
export function put(storage, name, text, now) {
  const others = () => list(storage, now).filter((slot) => slot.name !== name).map((slot) => slot.name);
  // Only checked for a new slot: this runs twice a second, and listing the others takes longer.
  if (storage.getItem(keyOf(name)) === null) for (const other of others().slice(MAX_SLOTS - 1)) remove(storage, other);
  /** @type {[string, string][]} */
  const removed = [];
  for (;;) {
    try {
      storage.setItem(keyOf(name), `${now} ${text}`);
      return true;
    } catch {
      const oldest = others().pop();
      if (oldest === undefined) break;
      removed.push([keyOf(oldest), storage.getItem(keyOf(oldest)) ?? ""]);
      remove(storage, oldest);
    }
  }
  for (const [key, value] of removed) storage.setItem(key, value);
  return false;
}

/** @param {Storage} storage @param {string} name */
export function get(storage, name) {
  const entry = storage.getItem(keyOf(name)) ?? "";
  return entry.slice(entry.indexOf(" ") + 1);
}

/** @param {Storage} storage @param {string} name */
export const remove = (storage, name) => storage.removeItem(keyOf(name));

/** @param {Storage} storage @param {number} now */
export function clear(storage, now) {
  for (const { name } of list(storage, now)) remove(storage, name);
}
