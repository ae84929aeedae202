// A refusal: what is said of it, and when the same is asked again.
import assert from "node:assert/strict";
import test from "node:test";

import { Refused, secondsOf, sentenceOf } from "../../playground/web/core/client.js";
import * as server from "../../playground/web/core/server.js";
import { words } from "../../playground/web/core/i18n.js";

const full = new Refused(503, { code: "busy", seconds: 7 });
const over = new Refused(429, { code: "share", seconds: 1 });
const bare = new Refused(502);

test("a full line and a visitor's share have sentences of their own", () => {
  assert.equal(String(sentenceOf(full, "refused", "lost")), "refused_full");
  assert.equal(String(sentenceOf(over, "refused", "lost")), "refused_share");
  assert.equal(sentenceOf(bare, "refused", "lost"), "refused");
  assert.equal(sentenceOf(new Refused(400, { problem: "wrong" }), "refused", "lost"), "wrong");
  assert.equal(sentenceOf(new TypeError("no way"), "refused", "lost"), "lost");
  assert.deepEqual([full, over, bare, new TypeError()].map(secondsOf), [7, 1, 0, 0]);
  assert.equal(words.lost, undefined); // there are no catalogues here: a key stands for its sentence
});

/** @param {import("node:test").TestContext} context @param {number} [seconds] */
function pause(context, seconds) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let waited = 0;
  let acted = 0;
  server.persistent(() => { acted = waited; }).refused("problem", seconds);
  for (waited = 50; waited < 60_000; waited += 50) context.mock.timers.tick(50);
  return acted;
}

test("what was refused is asked again soon, where nobody said when", (context) => {
  const waited = pause(context);
  assert.ok(waited >= 750 && waited <= 1300, String(waited));
});

test("where the server said when, it is not asked before, nor much later", (context) => {
  const waited = pause(context, 20);
  assert.ok(waited >= 20_000 && waited <= 20_550, String(waited));
});
