// The browser's storage with a slot for each page: bounded in number and age, whatever else lies there, and however full it is.
import assert from "node:assert/strict";
import test from "node:test";

import * as slots from "../../playground/web/core/slots.js";

const DAY = 24 * 60 * 60 * 1000;
const NOW = 1_000 * DAY;

// As browsers have it; `room` is how many characters it takes.
function storage(room = Infinity) {
  const items = new Map();
  const size = () => [...items].reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return {
    items,
    get length() { return items.size; },
    key: (i) => [...items.keys()][i] ?? null,
    getItem: (key) => items.get(key) ?? null,
    removeItem: (key) => void items.delete(key),
    setItem(key, value) {
      const before = items.get(key)?.length ?? -key.length;
      if (size() - before + value.length > room) throw new Error("QuotaExceededError");
      items.set(key, value);
    },
  };
}
const names = (pageStorage, now = NOW) => slots.list(pageStorage, now).map(({ name }) => name);

test("each page has its own slot, and the newest comes first", () => {
  const pageStorage = storage();
  slots.put(pageStorage, "a", "text of a", NOW);
  slots.put(pageStorage, "b", "text of b", NOW + 1);
  assert.deepEqual(names(pageStorage, NOW + 2), ["b", "a"]);
  slots.put(pageStorage, "a", "a later", NOW + 2);
  assert.deepEqual(slots.list(pageStorage, NOW + 2), [{ name: "a", time: NOW + 2 }, { name: "b", time: NOW + 1 }]);
  assert.equal(slots.get(pageStorage, "a"), "a later");
  assert.equal(slots.get(pageStorage, "b"), "text of b");
  assert.equal(slots.get(pageStorage, "c"), "");
  slots.remove(pageStorage, "a");
  assert.deepEqual(names(pageStorage, NOW + 2), ["b"]);
});

test("only a few slots are kept", () => {
  const pageStorage = storage();
  for (let i = 0; i < 10; i++) slots.put(pageStorage, `p${i}`, "x", NOW + i);
  assert.deepEqual(names(pageStorage, NOW + 10), ["p9", "p8", "p7", "p6", "p5", "p4"]);
});

test("slots older than a month or without a time are removed, and foreign keys stay", () => {
  const pageStorage = storage();
  pageStorage.setItem("theme", "dark");
  pageStorage.setItem("playground.language", "ko");
  slots.put(pageStorage, "old", "x", NOW - 31 * DAY);
  slots.put(pageStorage, "new", "x", NOW - 29 * DAY);
  pageStorage.setItem("playground.slot.odd", "what is this");
  assert.deepEqual(names(pageStorage), ["new"]);
  assert.deepEqual([...pageStorage.items.keys()].sort(), ["playground.language", "playground.slot.new", "theme"]);
  slots.clear(pageStorage, NOW);
  assert.deepEqual([...pageStorage.items.keys()].sort(), ["playground.language", "theme"]);
});

test("a slot dated a year ahead is removed, and one dated hours ahead is kept", () => {
  const pageStorage = storage();
  slots.put(pageStorage, "ahead", "x", NOW + 365 * DAY);
  slots.put(pageStorage, "hours", "x", NOW + DAY / 2);
  slots.put(pageStorage, "new", "x", NOW - 1);
  assert.deepEqual(names(pageStorage), ["hours", "new"]);
  assert.deepEqual([...pageStorage.items.keys()].sort(), ["playground.slot.hours", "playground.slot.new"]);
});

test("a full storage drops the oldest slots, and restores them if that is not enough", () => {
  const pageStorage = storage(220);
  for (const [i, name] of ["a", "b", "c"].entries()) assert.ok(slots.put(pageStorage, name, "x".repeat(30), NOW + i));
  assert.ok(slots.put(pageStorage, "d", "y".repeat(100), NOW + 3));
  assert.deepEqual(names(pageStorage, NOW + 4), ["d", "c"]);
  assert.ok(!slots.put(pageStorage, "e", "z".repeat(300), NOW + 5));
  assert.deepEqual(names(pageStorage, NOW + 6), ["d", "c"]);
});
