// Many texts at each temperature: means and spreads worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { begin, crossing, curve, summary, table, TEMPERATURES } from "../../playground/web/core/seeds.js";

const like = (loop_rate, known_words = null) => ({ distinct_words: 1, loop_rate, known_words, surprise: 2 });
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);

test("a mean, and the standard deviation of a sample", () => {
  const found = summary({ temperature: 1, found: [like(0.1), like(0.2), like(0.6)] }, "loop_rate");
  near(found.mean, 0.3);
  near(found.deviation, Math.sqrt((0.04 + 0.01 + 0.09) / 2));
  assert.equal(found.n, 3);
});

test("texts without a measure are left out, and where none has it there is none", () => {
  const place = { temperature: 1, found: [like(0.5, 0.9), like(0.7)] };
  assert.deepEqual(summary(place, "known_words"), { n: 1, mean: 0.9, deviation: 0 });
  assert.equal(summary({ temperature: 1, found: [like(0.5)] }, "known_words"), null);
});

test("a curve has its spread within its bounds, and leaves out temperatures that have no text yet", () => {
  const places = begin();
  assert.deepEqual(places.map(({ temperature }) => temperature), TEMPERATURES);
  places[1].found.push(like(0), like(1));
  places[2].found.push(like(1));
  const { points, spread } = curve(places, "loop_rate", (t) => t, 1);
  assert.deepEqual(points, [[0.2, 0.5], [0.35, 1]]);
  assert.deepEqual(spread, [[0.2, 0, 1], [0.35, 1, 1]]);
});

test("where a curve falls through a level is on the straight line between two points", () => {
  near(crossing([[0, 1], [0.5, 0.6], [1, 0.2]], 0.5, true), 0.625);
  near(crossing([[0, 0], [1, 1]], 0.25, false), 0.25);
  assert.equal(crossing([[0, 1], [1, 0.9]], 0.5, true), null);
  assert.equal(crossing([[0, 0.2], [1, 0.9]], 0.5, true), null);
});

test("the table has a row for each temperature", () => {
  const [head, row] = table([{ temperature: 0.5, found: [like(0.25), like(0.75)] }], ["loop_rate", "known_words"]);
  assert.deepEqual(head, ["temperature", "texts", "loop_rate", "loop_rate (standard deviation)", "known_words", "known_words (standard deviation)"]);
  assert.deepEqual(row.slice(0, 3), [0.5, 2, 0.5]);
  near(row[3], Math.sqrt(0.125));
  assert.deepEqual(row.slice(4), [undefined, undefined]);
});
