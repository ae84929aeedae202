import assert from "node:assert/strict";
import { test } from "node:test";

import { dice } from "../../playground/web/core/sampling.js";
import { likeliestIds, divergesAt, ranking, read, unchangedSteps, stepsOf, trainingLetters } from "../../playground/web/core/translation.js";

const numbers = (/** @type {number[]} */ ...all) => {
  let at = 0;
  return { singles: (/** @type {number} */ count) => Float32Array.from(all.slice(at, (at += count))) };
};

test("rows precede the attention, with the lengths of the alphabet and the source", () => {
  const head = { symbols: ["\n", "a", "→"], source: ["x", "y"], ids: [1, 0], attends: true };
  const { rows, attention } = read(head, numbers(1, 2, 3, 4, 5, 6, 0.25, 0.75, 1, 0));
  assert.deepEqual(rows.map((row) => [...row]), [[1, 2, 3], [4, 5, 6]]);
  assert.deepEqual(attention, [[0.25, 0.75], [1, 0]]);
  assert.equal(read({ ...head, attends: false }, numbers(1, 2, 3, 4, 5, 6)).attention, null);
});

test("two texts diverge where they first differ or where one ends", () => {
  assert.equal(divergesAt([1, 2, 3], [1, 5, 3]), 1);
  assert.equal(divergesAt([1, 2], [1, 2, 3]), 2);
  assert.equal(divergesAt([], [1]), 0);
});

test("the likeliest id has the largest logit, and ties go to the first", () => {
  assert.deepEqual(likeliestIds({ rows: [Float32Array.of(1, 3, 3), Float32Array.of(0, -1, -2)] }), [1, 0]);
});

test("models are ranked by loss, and a common training size is given only if they share it", () => {
  const other = (/** @type {string} */ name, /** @type {number | null} */ nats, /** @type {number | null} */ seen) =>
    ({ other: name, text: "", log_probability: 0, figures: { parameters: null, nats, chrf: null, seen } });
  const all = [other("luong", 0.7, 9), other("gru", 0.9, 9), other("mine", null, 9)];
  assert.deepEqual(ranking(all).map((one) => one.other), ["mine", "gru", "luong"]);
  assert.equal(trainingLetters(all), 9);
  assert.equal(trainingLetters([...all, other("short", 1, 8)]), 0);
  assert.equal(trainingLetters([other("mine", null, null)]), 0);
});

const SEED = 1;
const SETTINGS = /** @type {any} */ ({ temperature: 1, top_k: 0, top_p: 1, min_p: 0, bias: "", seed: SEED });
const sampling = (/** @type {any} */ settings) => ({ temperature: settings.temperature, topK: 0, topP: 1, minP: 0, bias: [] });

test("letters become steps with u, except hand-chosen ones", () => {
  const of = /** @type {any} */ ({ ids: [1, 0], rows: [Float32Array.of(0, 5), Float32Array.of(5, 0)], picked: [0] });
  const steps = stepsOf(of, SETTINGS, []);
  assert.deepEqual(steps.map(({ id, u, hand }) => [id, u, hand]), [[1, null, true], [0, dice(SEED, 1), false]]);
});

test("under other settings, letters are unchanged up to the first different draw", () => {
  const of = /** @type {any} */ ({ ids: [0, 1, 0], rows: Array(3).fill(Float32Array.of(Math.log(0.6), Math.log(0.4))), picked: [] });
  assert.deepEqual([0, 1, 2].map((t) => dice(SEED, t) >= 0.6), [false, true, false]); // under which 1 is drawn
  const steps = stepsOf(of, SETTINGS, []);
  assert.equal(unchangedSteps(steps, SETTINGS, sampling(SETTINGS)), 3);
  const cold = { ...SETTINGS, temperature: 0 };
  assert.equal(unchangedSteps(steps, cold, sampling(cold)), 1);
  const byHand = stepsOf({ ...of, picked: [0, 1, 2] }, SETTINGS, []);
  assert.equal(unchangedSteps(byHand, cold, sampling(cold)), 3); // no dice are asked
  assert.equal(unchangedSteps(byHand, { ...SETTINGS, seed: SEED + 1 }, sampling(SETTINGS)), 0);
});
