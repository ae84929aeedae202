// Gaps in a text: taken out and put back, kept through an edit, and a stretch of them on its way.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as gaps from "../../playground/web/core/gaps.js";

test("a letter is taken out, and put back, and no more than fit", () => {
  assert.deepEqual(gaps.toggled([2, 7], 4, 3), [2, 4, 7]);
  assert.deepEqual(gaps.toggled([2, 4, 7], 4, 3), [2, 7]);
  assert.equal(gaps.toggled([2, 4, 7], 5, 3), null);
  assert.deepEqual(gaps.toggled([2, 4, 7], 7, 3), [2, 4]);
});

test("an edit moves the gaps behind it and closes those in it", () => {
  assert.deepEqual(gaps.moved("to be or not", "to be, or not", [1, 4, 9]), [1, 4, 10]);
  assert.deepEqual(gaps.moved("to be or not", "to or not", [1, 4, 9]), [1, 6]);
  assert.deepEqual(gaps.moved("abc", "axc", [0, 1, 2]), [0, 2]);
  assert.deepEqual(gaps.moved("abc", "", [0, 2]), []);
  assert.deepEqual(gaps.moved("a\u{1f600}b", "xa\u{1f600}b", [1, 2]), [2, 3]); // code points, not units
  assert.deepEqual(gaps.moved("aaa", "aaaa", [0, 2]), [0, 2]); // an equal letter after the others
});

test("gaps are read from the address, and what is none is passed over", () => {
  assert.deepEqual(gaps.read("7,12", 20, 5), [7, 12]);
  assert.deepEqual(gaps.read("12,7,7,x,-1,2.5,20", 20, 5), [7, 12]);
  assert.deepEqual(gaps.read("1,2,3", 20, 2), [1, 2]);
  assert.deepEqual(gaps.read("", 20, 5), []);
  assert.equal(gaps.read(null, 20, 5), null);
});

test("around a gap stand the letters of both sides, and every gap is open", () => {
  assert.deepEqual(gaps.around("abcdefg", [3, 4], 3, 2), { from: 1, letters: ["b", "c", null, null, "f"] });
  assert.deepEqual(gaps.around("abc", [0], 0, 2), { from: 0, letters: [null, "b", "c"] });
});

test("a stretch shows as many steps as are shown, in their order", () => {
  const steps = [{ place: 2, symbol: "c" }, { place: 0, symbol: "a" }, { place: 1, symbol: "b" }];
  assert.deepEqual(gaps.stretch(steps, 0, 3), { symbols: [null, null, null], last: -1 });
  assert.deepEqual(gaps.stretch(steps, 2, 3), { symbols: ["a", null, "c"], last: 0 });
  assert.deepEqual(gaps.stretch(steps, 9, 3), { symbols: ["a", "b", "c"], last: 1 });
});
