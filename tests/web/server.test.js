// Waiting for the server: a question is lost where nobody can be reached, and where the machine slept meanwhile.
import assert from "node:assert/strict";
import test from "node:test";

import * as server from "../../playground/web/core/server.js";

/** @param {import("node:test").TestContext} context @param {boolean} there */
function watched(context, there) {
  context.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  context.mock.method(globalThis, "fetch", async () => { if (!there) throw new TypeError("no way"); return { ok: true }; });
  const seen = { lost: 0, open: true };
  server.watch(() => seen.open, () => { seen.lost += 1; seen.open = false; });
  return seen;
}
const answered = () => new Promise((done) => { setImmediate(done); });

test("a server that answers is waited for, however long", async (context) => {
  const seen = watched(context, true);
  for (let i = 0; i < 30; i++) {
    context.mock.timers.tick(4000);
    await answered();
  }
  assert.equal(seen.lost, 0);
});

test("a server that does not answer is lost", async (context) => {
  const seen = watched(context, false);
  context.mock.timers.tick(4000);
  await answered();
  assert.equal(seen.lost, 1);
});

test("what was asked before a sleep is lost, although the server answers again", async (context) => {
  const seen = watched(context, true);
  context.mock.timers.setTime(2 * 60 * 60 * 1000);
  context.mock.timers.tick(0);
  await answered();
  assert.equal(seen.lost, 1);
});

test("the timers of a page in the background are late, and nothing is lost", async (context) => {
  const seen = watched(context, true);
  context.mock.timers.setTime(64_000);
  context.mock.timers.tick(0);
  await answered();
  assert.equal(seen.lost, 0);
});
