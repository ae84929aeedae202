// Receiving an answer: its frames while it is wanted, and one sentence if it fails, however it fails.
import assert from "node:assert/strict";
import test from "node:test";

import { beside } from "../../playground/web/core/client.js";
import { receiveAnswer } from "../../playground/web/core/answer.js";
import { configure } from "../../playground/web/core/pagedata.js";

configure({ words: { en: { lost: "lost", broken: "broken", refused_writing: "busy", refused_full: "in {n} s", unknown: "no {name}" }, ko: {} } });

/** @param {object} head */
function frameOf(head) {
  const text = new TextEncoder().encode(JSON.stringify(head));
  return new Uint8Array([...new Uint8Array(new Uint32Array([text.length, 0]).buffer), ...text]);
}

// Sends a request that the server answers with these heads; returns what arrived and the failure.
/** @param {import("node:test").TestContext} context @param {object[]} heads @param {Partial<import("../../playground/web/core/answer.js").Receiver>} [options] */
async function answerOf(context, heads, options = {}) {
  context.mock.timers.reset();
  context.mock.timers.enable({ apis: ["setTimeout"] });
  context.mock.method(globalThis, "fetch", async () => new Response(new Blob(heads.map(frameOf))));
  /** @type {object[]} */
  const received = [];
  const failure = await receiveAnswer(beside("test"), "score", {}, { isCurrent: () => true, receive: ({ head }) => received.push(head), ...options });
  return { received, failure: failure && { ...failure, sentence: String(failure.sentence) } };
}

test("a complete answer is passed on frame by frame", async (context) => {
  assert.deepEqual(await answerOf(context, [{ n: 1 }, { n: 2 }]), { received: [{ n: 1 }, { n: 2 }], failure: null });
});

test("an answer that breaks off, or has no frame, is lost", async (context) => {
  const lost = { sentence: "lost", isInvalid: false };
  assert.deepEqual((await answerOf(context, [{ n: 1 }], { isComplete: () => false })).failure, lost);
  assert.deepEqual((await answerOf(context, [])).failure, lost);
});

test("a problem ends the answer; only an invalid request is not worth a retry", async (context) => {
  const problem = { code: "unknown", text: { en: "no x", ko: "no x" } };
  const invalid = await answerOf(context, [{ n: 1 }, { problem }, { n: 2 }]);
  assert.deepEqual(invalid.received, [{ n: 1 }]);
  assert.equal(invalid.failure?.isInvalid, true);
  assert.deepEqual((await answerOf(context, [{ code: "broken" }])).failure, { sentence: "broken", isInvalid: false });
});

test("a busy server says when to retry, or the caller's own sentence", async (context) => {
  assert.equal((await answerOf(context, [{ code: "busy", seconds: 7 }])).failure?.sentence, "in 7 s");
  assert.equal((await answerOf(context, [{ code: "busy" }])).failure?.sentence, "busy");
  assert.equal((await answerOf(context, [{ code: "busy" }], { busy: "later" })).failure?.sentence, "later");
});

test("an answer that is no longer wanted is not passed on, and nothing is said of it", async (context) => {
  let isWanted = true;
  /** @type {object[]} */
  const received = [];
  const options = { isCurrent: () => isWanted, receive: (/** @type {Frame} */ { head }) => { received.push(head); isWanted = false; } };
  assert.equal((await answerOf(context, [{ n: 1 }, { code: "broken" }], options)).failure, null);
  assert.deepEqual(received, [{ n: 1 }]);
});

test("a connection that hangs is lost once the server does not answer probes", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  context.mock.method(globalThis, "fetch", (/** @type {string} */ path, /** @type {RequestInit} */ options) => (
    path.startsWith("stream/") ? new Promise((_, reject) => { options.signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError"))); })
      : Promise.reject(new TypeError("no way"))));
  const failure = receiveAnswer(beside("test"), "score", {}, { isCurrent: () => true, receive() {} });
  context.mock.timers.tick(4000);
  assert.equal(String((await failure)?.sentence), "lost");
});
