// Gaps in a text: taken out and put back, kept through an edit, and a stretch of them on its way.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as gaps from "../../playground/web/core/gaps.js";

test("a gap can be added and removed, up to the maximum", () => {
  assert.deepEqual(gaps.toggleGap([2, 7], 4, 3), [2, 4, 7]);
  assert.deepEqual(gaps.toggleGap([2, 4, 7], 4, 3), [2, 7]);
  assert.equal(gaps.toggleGap([2, 4, 7], 5, 3), null);
  assert.deepEqual(gaps.toggleGap([2, 4, 7], 7, 3), [2, 4]);
});

test("an edit shifts the gaps after it and closes those inside it", () => {
  assert.deepEqual(gaps.shiftGaps("to be or not", "to be, or not", [1, 4, 9]), [1, 4, 10]);
  assert.deepEqual(gaps.shiftGaps("to be or not", "to or not", [1, 4, 9]), [1, 6]);
  assert.deepEqual(gaps.shiftGaps("abc", "axc", [0, 1, 2]), [0, 2]);
  assert.deepEqual(gaps.shiftGaps("abc", "", [0, 2]), []);
  assert.deepEqual(gaps.shiftGaps("a\u{1f600}b", "xa\u{1f600}b", [1, 2]), [2, 3]); // code points, not units
  assert.deepEqual(gaps.shiftGaps("aaa", "aaaa", [0, 2]), [0, 2]); // an equal letter after the others
});

test("gaps are parsed from the URL, the selected one first, and invalid ones are ignored", () => {
  assert.deepEqual(gaps.read("7,12", 20, 5), { gaps: [7, 12], at: 7 });
  assert.deepEqual(gaps.read("12,7,7,x,-1,2.5,20", 20, 5), { gaps: [7, 12], at: 12 });
  assert.deepEqual(gaps.read("1,2,3", 20, 2), { gaps: [1, 2], at: 1 });
  assert.deepEqual(gaps.read("", 20, 5), { gaps: [], at: -1 });
});

test("the selected gap is written first and parsed back", () => {
  assert.equal(gaps.write([7, 12, 15], 12), "12,7,15");
  assert.equal(gaps.write([7, 12], 7), "7,12");
  assert.equal(gaps.write([], -1), "");
  assert.deepEqual(gaps.read(gaps.write([7, 12, 15], 15), 20, 5), { gaps: [7, 12, 15], at: 15 });
});

test("the context of a gap has the letters of both sides, with null for every gap", () => {
  assert.deepEqual(gaps.lettersAround("abcdefg", [3, 4], 3, 2), { from: 1, letters: ["b", "c", null, null, "f"] });
  assert.deepEqual(gaps.lettersAround("abc", [0], 0, 2), { from: 0, letters: [null, "b", "c"] });
});

test("a stretch is filled by the given number of steps in order", () => {
  const steps = [{ place: 2, symbol: "c" }, { place: 0, symbol: "a" }, { place: 1, symbol: "b" }];
  assert.deepEqual(gaps.stretchAfter(steps, 0, 3), { symbols: [null, null, null], last: -1 });
  assert.deepEqual(gaps.stretchAfter(steps, 2, 3), { symbols: ["a", null, "c"], last: 0 });
  assert.deepEqual(gaps.stretchAfter(steps, 9, 3), { symbols: ["a", "b", "c"], last: 1 });
});

// Two models with other alphabets: one sure of b, the other torn between c and d.
const SETTINGS = { temperature: 1, topK: 0, topP: 1, minP: 0, bias: [] };
/** @param {number[]} probabilities */
const row = (...probabilities) => Float32Array.from(probabilities, Math.log);
/** @type {import("../../playground/web/core/gaps.js").Side} */
const BOTH = { symbols: ["a", "b", "c", "d"], model: ["", ""], rows: [row(0.25, 0.25, 0.25, 0.25), row(0.05, 0.8, 0.1, 0.05)] };
/** @type {import("../../playground/web/core/gaps.js").Side} */
const LEFT = { symbols: ["d", "c", "b"], model: ["", ""], rows: [row(0.3, 0.3, 0.4), row(0.45, 0.5, 0.05)] };
/** @param {number} p @param {number} q */
const assertClose = (p, q) => assert.ok(Math.abs(p - q) < 1e-6, `${p} is not ${q}`);

test("a prediction has the likeliest symbol and the probability of the removed letter", () => {
  const both = gaps.predictionFor(BOTH, 1, "c", SETTINGS);
  assert.equal(both.best, "b");
  assertClose(both.first, 0.8);
  assertClose(both.truth, 0.1);
  assert.equal(both.shown.came?.id, 2);
  // Squares: 25, 6400, 100, 25 of 6550.
  const cold = gaps.predictionFor(BOTH, 1, "c", { ...SETTINGS, temperature: 0.5 });
  assertClose(cold.first, 6400 / 6550);
  assertClose(cold.truth, 100 / 6550);
  const lacks = gaps.predictionFor(LEFT, 1, "a", SETTINGS);
  assert.deepEqual([lacks.best, lacks.truth, lacks.shown.came], ["c", 0, null]);
});

test("a gap's bars are the likeliest of both sides at T = 1 and the removed letter", () => {
  const sides = (/** @type {number} */ temperature) => [BOTH, LEFT].map((side) => gaps.predictionFor(side, 1, "a", { ...SETTINGS, temperature }).shown);
  for (const temperature of [0, 1, 9]) {
    assert.deepEqual(gaps.barsOf(sides(temperature), "a", 4), ["b", "c", "d", "a"]); // 0.85, 0.6, 0.5, 0.05
    assert.deepEqual(gaps.barsOf(sides(temperature), "c", 2), ["b", "c"]);
    assert.deepEqual(gaps.barsOf(sides(temperature), "a", 2), ["b", "a"]);
    assert.deepEqual(gaps.barsOf(sides(temperature), "ü", 2), ["b", "ü"]); // which no model knows
  }
});

test("shares are taken at the current temperature, and unknown symbols have none", () => {
  const { shown } = gaps.predictionFor(LEFT, 1, "a", { ...SETTINGS, temperature: 0.5 });
  const shares = gaps.sharesOf(shown, ["a", "d", "b"]);
  assert.deepEqual([...shares.keys()].sort(), ["b", "d"]);
  assertClose(shares.get("d") ?? NaN, 0.45 ** 2 / (0.45 ** 2 + 0.5 ** 2 + 0.05 ** 2));
});
