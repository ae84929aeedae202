import assert from "node:assert/strict";
import { test } from "node:test";

import { guesses, parts, ranking, read, trainingLetters } from "../../playground/web/core/translation.js";

const numbers = (/** @type {number[]} */ ...all) => {
  let at = 0;
  return { singles: (/** @type {number} */ count) => Float32Array.from(all.slice(at, (at += count))) };
};

test("rows come before attention, each as long as the alphabet and the source", () => {
  const head = { symbols: ["\n", "a", "→"], source: ["x", "y"], ids: [1, 0], attends: true };
  const { rows, attention } = read(head, numbers(1, 2, 3, 4, 5, 6, 0.25, 0.75, 1, 0));
  assert.deepEqual(rows.map((row) => [...row]), [[1, 2, 3], [4, 5, 6]]);
  assert.deepEqual(attention, [[0.25, 0.75], [1, 0]]);
  assert.equal(read({ ...head, attends: false }, numbers(1, 2, 3, 4, 5, 6)).attention, null);
});

test("two texts part where they first differ, or where one of them ends", () => {
  assert.equal(parts([1, 2, 3], [1, 5, 3]), 1);
  assert.equal(parts([1, 2], [1, 2, 3]), 2);
  assert.equal(parts([], [1]), 0);
});

test("a guess is the largest logit, the first of several", () => {
  assert.deepEqual(guesses({ rows: [Float32Array.of(1, 3, 3), Float32Array.of(0, -1, -2)] }), [1, 0]);
});

test("models are ranked by their loss, the highest first, and are said to have read alike only where they have", () => {
  const other = (/** @type {string} */ name, /** @type {number | null} */ nats, /** @type {number | null} */ seen) =>
    ({ other: name, text: "", log_probability: 0, figures: { parameters: null, nats, chrf: null, seen } });
  const all = [other("luong", 0.7, 9), other("gru", 0.9, 9), other("mine", null, 9)];
  assert.deepEqual(ranking(all).map((one) => one.other), ["mine", "gru", "luong"]);
  assert.equal(trainingLetters(all), 9);
  assert.equal(trainingLetters([...all, other("short", 1, 8)]), 0);
  assert.equal(trainingLetters([other("mine", null, null)]), 0);
});
