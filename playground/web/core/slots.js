// What pages keep in the browser's storage, so that it outlives the browser's end: a slot for each page, so that tabs side by side
// do not overwrite each other's. Few are kept, and none for long. Pure: the storage is given, and may fail in any call.
//
//   "playground.slot.NAME" → "MILLISECONDS TEXT"       when it was written, and what

const PREFIX = "playground.slot.";
const MOST = 6;
const OLDEST = 30 * 24 * 60 * 60 * 1000; // milliseconds

/** @param {string} name */
const keyOf = (name) => PREFIX + name;

// The names of the slots with the times of their writing, the newest first. What is too old, or has no time, is removed.
/** @param {Storage} storage @param {number} now */
export function list(storage, now) {
  const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "").filter((key) => key.startsWith(PREFIX));
  const slots = keys.map((key) => ({ name: key.slice(PREFIX.length), time: parseInt(storage.getItem(key) ?? "", 10) }));
  const good = slots.filter(({ time }) => now - time < OLDEST); // no number compares false
  for (const { name } of slots) if (!good.some((slot) => slot.name === name)) remove(storage, name);
  return good.sort((a, b) => b.time - a.time);
}

// Writes a slot. Where there are too many, or the storage is full, the oldest others go. False where there is no room even so:
// then the others stay.
/** @param {Storage} storage @param {string} name @param {string} text @param {number} now */
export function put(storage, name, text, now) {
  const others = () => list(storage, now).filter((slot) => slot.name !== name).map((slot) => slot.name);
  // It is written twice a second, and to look at all others would take longer than that.
  if (storage.getItem(keyOf(name)) === null) for (const other of others().slice(MOST - 1)) remove(storage, other);
  /** @type {[string, string][]} */
  const gone = [];
  for (;;) {
    try {
      storage.setItem(keyOf(name), `${now} ${text}`);
      return true;
    } catch {
      const oldest = others().pop();
      if (oldest === undefined) break;
      gone.push([keyOf(oldest), storage.getItem(keyOf(oldest)) ?? ""]);
      remove(storage, oldest);
    }
  }
  for (const [key, value] of gone) storage.setItem(key, value);
  return false;
}

/** @param {Storage} storage @param {string} name */
export function get(storage, name) {
  const found = storage.getItem(keyOf(name)) ?? "";
  return found.slice(found.indexOf(" ") + 1);
}

/** @param {Storage} storage @param {string} name */
export const remove = (storage, name) => storage.removeItem(keyOf(name));

/** @param {Storage} storage @param {number} now */
export function clear(storage, now) {
  for (const { name } of list(storage, now)) remove(storage, name);
}
