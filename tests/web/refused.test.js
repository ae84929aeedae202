// A refusal: what is said of it, and when the same is asked again.
import assert from "node:assert/strict";
import test from "node:test";

import { Refused, beside, secondsOf, sentenceOf } from "../../playground/web/core/client.js";
import * as server from "../../playground/web/core/server.js";
import { words } from "../../playground/web/core/i18n.js";

const queueFull = new Refused(503, { code: "busy", seconds: 7 });
const shareExceeded = new Refused(429, { code: "share", seconds: 1 });
const withoutCode = new Refused(502);

test("a full queue and a visitor's share have their own messages", () => {
  assert.equal(String(sentenceOf(queueFull, "refused", "lost")), "refused_full");
  assert.equal(String(sentenceOf(shareExceeded, "refused", "lost")), "refused_share");
  assert.equal(sentenceOf(withoutCode, "refused", "lost"), "refused");
  assert.equal(sentenceOf(new Refused(400, { problem: "wrong" }), "refused", "lost"), "wrong");
  assert.equal(sentenceOf(new TypeError("no way"), "refused", "lost"), "lost");
  assert.deepEqual([queueFull, shareExceeded, withoutCode, new TypeError()].map(secondsOf), [7, 1, 0, 0]);
  assert.equal(words.lost, undefined); // there are no catalogues here: a key stands for its sentence
});

test("an answer refused after it began is reported as refused", async (context) => {
  const frameOf = (/** @type {object} */ head) => {
    const text = new TextEncoder().encode(JSON.stringify(head));
    const sizes = new Uint8Array(new Uint32Array([text.length, 0]).buffer);
    return new Uint8Array([...sizes, ...text]);
  };
  const body = new Blob([frameOf({ runs: 40 }), frameOf({ code: "share", seconds: 4 })]);
  context.mock.method(globalThis, "fetch", async () => new Response(body));
  /** @type {object[]} */
  const heads = [];
  const reading = (async () => {
    for await (const { head } of beside("test").ask("temperatures", {})) heads.push(head);
  })();
  await assert.rejects(reading, (error) => (
    error instanceof Refused && error.code === "share" && secondsOf(error) === 4));
  assert.deepEqual(heads, [{ runs: 40 }]);
});

/** @param {import("node:test").TestContext} context @param {number} [seconds] */
function retryDelay(context, seconds) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let elapsed = 0;
  let retriedAt = 0;
  server.persistent(() => { retriedAt = elapsed; }).refused("problem", seconds);
  for (elapsed = 50; elapsed < 60_000; elapsed += 50) context.mock.timers.tick(50);
  return retriedAt;
}

test("without a given time, a refused request is retried soon", (context) => {
  const waited = retryDelay(context);
  assert.ok(waited >= 750 && waited <= 1300, String(waited));
});

test("with a given time, a retry is neither earlier nor much later", (context) => {
  const waited = retryDelay(context, 20);
  assert.ok(waited >= 20_000 && waited <= 20_550, String(waited));
});
