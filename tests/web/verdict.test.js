// A review as a classifier judges it: its letters, its course, and what padding does, from the frames of the server.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as verdicts from "../../playground/web/core/verdict.js";

const HEAD = {
  model: "m", title: "M", names: {}, classes: ["bad", "good"], widest: 20, flipped: 0.25, accuracy: 0.8,
  cells: [["좋", 3], ["\u200d", 0], ["다", 2]], unknown: { 2: " " }, ids: [1, 2, 3, 4, 5],
};

function fullVerdict() {
  const verdict = verdicts.begin(structuredClone(HEAD));
  verdicts.extend(verdict, { logits: [0, Math.log(3)], shares: [[-1, -2, -3, -4, -5], [1, 2, 3, 4, -5]] });
  verdicts.extend(verdict, { beginnings: [[0, 0]] });
  verdicts.extend(verdict, { beginnings: [[0, Math.log(3)]] });
  verdicts.extend(verdict, { padded: [[5, [0, Math.log(3)], [0, Math.log(3)]], [20, [0, Math.log(3)], [Math.log(4), 0]]] });
  return verdict;
}

test("a syllable has the total share of its jamo towards the last class", () => {
  const { shares, cells, read } = fullVerdict();
  assert.deepEqual(shares, [6, 0, -1]);
  assert.deepEqual(cells.map(({ from, to }) => [from, to]), [[0, 3], [3, 3], [3, 5]]);
  assert.equal(cells[2].unknown, " ");
  assert.deepEqual(read, [0, 2]); // nothing is read of what shows nothing
});

test("the probabilities depend on the temperature", () => {
  const { logits } = fullVerdict();
  const assertClose = (a, b) => assert.ok(Math.abs(a - b) < 1e-12, `${a} ${b}`);
  assertClose(verdicts.positiveProbability(logits, 1), 3 / 4);
  assertClose(verdicts.positiveProbability(logits, 0.5), 9 / 10);
  assertClose(verdicts.positiveProbability(logits, Infinity), 1 / 2);
  assert.equal(verdicts.positiveProbability(logits, 0), 1);
  assert.deepEqual([verdicts.mostLikely(logits), verdicts.mostLikely([2, 1])], [1, 0]);
});

test("the curve has a point at the middle of each letter that is read", () => {
  const points = verdicts.positiveCurve(fullVerdict(), 1);
  assert.deepEqual(points.map(([x]) => x), [0.5 / 3, 2.5 / 3]);
  assert.ok(Math.abs(points[0][1] - 0.5) < 1e-12);
  assert.ok(Math.abs(points[1][1] - 0.75) < 1e-12);
});

test("widths go from the text's own to the widest, and the nearest measured one is found", () => {
  const verdict = fullVerdict();
  assert.deepEqual(verdicts.curveOverWidths(verdict, 1, false).map(([x, y]) => [x, Number(y.toFixed(6))]), [[0, 0.75], [1, 0.2]]);
  assert.deepEqual(verdicts.curveOverWidths(verdict, 1, true).map(([, y]) => Number(y.toFixed(6))), [0.75, 0.75]);
  assert.deepEqual([0, 0.5, 1].map((share) => verdicts.widthAt(verdict, share)), [5, 13, 20]);
  assert.equal(verdicts.shareOf(verdict, 20), 1);
  assert.equal(verdicts.shareOf({ ...verdict, widest: 5 }, 5), 0); // there is no room
  assert.deepEqual([4, 12, 13, 99].map((width) => verdicts.paddedAt(verdict, width)?.[0]), [5, 5, 20, 20]);
  assert.equal(verdicts.paddedAt({ ...verdict, padded: [] }, 5), null);
});

test("an answer is complete once the server says so, and its numbers can be exported", () => {
  const verdict = fullVerdict();
  assert.equal(verdict.done, false);
  verdicts.extend(verdict, { done: true });
  assert.equal(verdict.done, true);
  const [head, ...rows] = verdicts.lettersRows(verdict);
  assert.deepEqual(head, ["character", "share", "logit bad after it", "logit good after it"]);
  assert.deepEqual(rows, [["좋", 6, 0, 0], ["\u200d", 0, "", ""], ["다", -1, 0, Math.log(3)]]);
});
