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
const names = (there, now = NOW) => slots.list(there, now).map(({ name }) => name);

test("each page has its own slot, and the newest is the first", () => {
  const there = storage();
  slots.put(there, "a", "text of a", NOW);
  slots.put(there, "b", "text of b", NOW + 1);
  assert.deepEqual(names(there, NOW + 2), ["b", "a"]);
  slots.put(there, "a", "a later", NOW + 2);
  assert.deepEqual(slots.list(there, NOW + 2), [{ name: "a", time: NOW + 2 }, { name: "b", time: NOW + 1 }]);
  assert.equal(slots.get(there, "a"), "a later");
  assert.equal(slots.get(there, "b"), "text of b");
  assert.equal(slots.get(there, "c"), "");
  slots.remove(there, "a");
  assert.deepEqual(names(there, NOW + 2), ["b"]);
});

test("few are kept", () => {
  const there = storage();
  for (let i = 0; i < 10; i++) slots.put(there, `p${i}`, "x", NOW + i);
  assert.deepEqual(names(there, NOW + 10), ["p9", "p8", "p7", "p6", "p5", "p4"]);
});

test("what is older than a month, or has no time, is removed, and nothing that is not ours", () => {
  const there = storage();
  there.setItem("theme", "dark");
  there.setItem("playground.language", "ko");
  slots.put(there, "old", "x", NOW - 31 * DAY);
  slots.put(there, "new", "x", NOW - 29 * DAY);
  there.setItem("playground.slot.odd", "what is this");
  assert.deepEqual(names(there), ["new"]);
  assert.deepEqual([...there.items.keys()].sort(), ["playground.language", "playground.slot.new", "theme"]);
  slots.clear(there, NOW);
  assert.deepEqual([...there.items.keys()].sort(), ["playground.language", "theme"]);
});

test("a storage that is full loses the oldest, and what finds no room even so is not kept", () => {
  const there = storage(220);
  for (const [i, name] of ["a", "b", "c"].entries()) assert.ok(slots.put(there, name, "x".repeat(30), NOW + i));
  assert.ok(slots.put(there, "d", "y".repeat(100), NOW + 3));
  assert.deepEqual(names(there, NOW + 4), ["d", "c"]);
  assert.ok(!slots.put(there, "e", "z".repeat(300), NOW + 5));
  assert.deepEqual(names(there, NOW + 6), ["d", "c"]);
});
