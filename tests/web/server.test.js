// Waiting for the server: a question is lost where nobody can be reached, and where the machine slept meanwhile.
import assert from "node:assert/strict";
import test from "node:test";

import * as server from "../../playground/web/core/server.js";
import * as store from "../../playground/web/core/store.js";

/** @param {import("node:test").TestContext} context @param {boolean} isUp */
function watchServer(context, isUp) {
  context.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  context.mock.method(globalThis, "fetch", async () => { if (!isUp) throw new TypeError("no way"); return { ok: true }; });
  const watchState = { lost: 0, open: true };
  server.watch(() => watchState.open, () => { watchState.lost += 1; watchState.open = false; });
  return watchState;
}
const afterAnswer = () => new Promise((done) => { setImmediate(done); });

test("a server that answers probes is awaited however long", async (context) => {
  const watchState = watchServer(context, true);
  for (let i = 0; i < 30; i++) {
    context.mock.timers.tick(4000);
    await afterAnswer();
  }
  assert.equal(watchState.lost, 0);
});

test("a server that does not answer is lost", async (context) => {
  const watchState = watchServer(context, false);
  context.mock.timers.tick(4000);
  await afterAnswer();
  assert.equal(watchState.lost, 1);
});

test("a request from before the machine slept is lost even if the server answers", async (context) => {
  const watchState = watchServer(context, true);
  context.mock.timers.setTime(2 * 60 * 60 * 1000);
  context.mock.timers.tick(0);
  await afterAnswer();
  assert.equal(watchState.lost, 1);
});

test("late timers of a background page lose nothing", async (context) => {
  const watchState = watchServer(context, true);
  context.mock.timers.setTime(64_000);
  context.mock.timers.tick(0);
  await afterAnswer();
  assert.equal(watchState.lost, 0);
});

test("ending a retry removes its own message and keeps those of others", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let tries = 0;
  const again = server.persistent(() => { tries += 1; });
  again.refused("The server is busy.");
  assert.equal(store.state.problem, "The server is busy.");
  assert.equal(store.state.retry?.problem, "The server is busy.");
  again.done();
  assert.equal(store.state.problem, "");
  context.mock.timers.tick(60_000);
  assert.equal(tries, 0);
  again.refused("The server is busy.");
  server.offer("The server is busy.", () => {}); // the same words, of another
  again.done();
  assert.equal(store.state.problem, "The server is busy.");
  store.update({ problem: "" });
});
