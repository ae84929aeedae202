// Many texts at each temperature: means and spreads worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { begin, crossing, curve, summary, table, TEMPERATURES } from "../../playground/web/core/seeds.js";

const measuresWith = (loop_rate, known_words = null) => ({ distinct_words: 1, loop_rate, known_words, surprise: 2 });
const assertClose = (a, b) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);

test("a summary has the mean and the sample standard deviation", () => {
  const found = [0.1, 0.2, 0.6].map((rate) => measuresWith(rate));
  const stats = summary({ temperature: 1, found }, "loop_rate");
  assertClose(stats.mean, 0.3);
  assertClose(stats.deviation, Math.sqrt((0.04 + 0.01 + 0.09) / 2));
  assert.equal(stats.n, 3);
});

test("texts without a measure are left out, and the summary is null if none has it", () => {
  const place = { temperature: 1, found: [measuresWith(0.5, 0.9), measuresWith(0.7)] };
  assert.deepEqual(summary(place, "known_words"), { n: 1, mean: 0.9, deviation: 0 });
  assert.equal(summary({ temperature: 1, found: [measuresWith(0.5)] }, "known_words"), null);
});

test("a curve clips its spread and leaves out temperatures without texts", () => {
  const places = begin();
  assert.deepEqual(places.map(({ temperature }) => temperature), TEMPERATURES);
  places[1].found.push(measuresWith(0), measuresWith(1));
  places[2].found.push(measuresWith(1));
  const { points, spread } = curve(places, "loop_rate", (t) => t, 1);
  assert.deepEqual(points, [[0.2, 0.5], [0.35, 1]]);
  assert.deepEqual(spread, [[0.2, 0, 1], [0.35, 1, 1]]);
});

test("the crossing of a level is interpolated linearly", () => {
  assertClose(crossing([[0, 1], [0.5, 0.6], [1, 0.2]], 0.5, true), 0.625);
  assertClose(crossing([[0, 0], [1, 1]], 0.25, false), 0.25);
  assert.equal(crossing([[0, 1], [1, 0.9]], 0.5, true), null);
  assert.equal(crossing([[0, 0.2], [1, 0.9]], 0.5, true), null);
});

test("the table has a row per temperature", () => {
  const found = [measuresWith(0.25), measuresWith(0.75)];
  const [head, row] = table([{ temperature: 0.5, found }], ["loop_rate", "known_words"]);
  assert.deepEqual(head, ["temperature", "texts", "loop_rate", "loop_rate (standard deviation)", "known_words", "known_words (standard deviation)"]);
  assert.deepEqual(row.slice(0, 3), [0.5, 2, 0.5]);
  assertClose(row[3], Math.sqrt(0.125));
  assert.deepEqual(row.slice(4), [undefined, undefined]);
});
