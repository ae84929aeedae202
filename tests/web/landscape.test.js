// A place at every temperature, and a distribution drawn from many times: numbers worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { landscape, temperatureNear, temperaturesOf, definitions } from "../../playground/web/core/landscape.js";
import * as sampling from "../../playground/web/core/sampling.js";
import { expectedRange, totalVariation, countDraws, drawNumbers } from "../../playground/web/core/tally.js";

const PLAIN = { temperature: 1, topK: 0, topP: 1, minP: 0, bias: [] };
const assertClose = (a, b, within = 1e-12) => assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);
const thirds = [Math.log(1 / 3), Math.log(2 / 3)]; // the second is the likelier

test("columns are evenly spaced along the slider: 1/4 is T = 1/3, 3/4 is T = 3", () => {
  assertClose(temperaturesOf(2)[0], 1 / 3);
  assertClose(temperaturesOf(2)[1], 3);
});

test("at T = 1/3, probabilities 1/3 and 2/3 become 1/9 and 8/9; at T = 3 they are closer", () => {
  const { places, values, entropy, highest } = landscape(thirds, PLAIN, 30, 2);
  assert.deepEqual(places, [0, 1], "places of the ranked row, the likeliest first");
  assertClose(values[0][0], 8 / 9);
  assertClose(values[1][0], 1 / 9);
  assertClose(values[0][1], 2 ** (1 / 3) / (1 + 2 ** (1 / 3)));
  assertClose(entropy[0], -(8 / 9) * Math.log2(8 / 9) - (1 / 9) * Math.log2(1 / 9));
  assertClose(highest, 1);
  assert.ok(entropy[0] < entropy[1] && entropy[1] < highest);
});

test("the map applies truncation and bias and has at most the given rows", () => {
  const logits = [0, 1, 2, 3];
  const { places, values, highest } = landscape(logits, { ...PLAIN, topK: 2 }, 3, 4);
  assert.equal(places.length, 3);
  assert.ok(values[2].every((p) => p === 0), "top-k = 2 leaves nothing to the third");
  assertClose(highest, 2);
  const banned = landscape(logits, { ...PLAIN, bias: [[3, -Infinity]] }, 1, 1);
  assertClose(banned.values[0][0], sampling.distribution([0, 1, 2], { temperature: 1 })[2]);
});

test("a temperature snaps to a nearby mark and otherwise is rounded", () => {
  assert.equal(temperatureNear(0.5004, 0.01, [0, 1, Infinity]), 1);
  assert.equal(temperatureNear(0.999, 0.01, [0, 1, Infinity]), Infinity);
  assert.equal(temperatureNear(0.6, 0.01, [1]), 1.5);
  assert.equal(temperatureNear(0.4, 0.01, [1]), 0.67);
  assert.equal(temperatureNear(0.97, 0.001, [1]), 32.3);
});

test("both definitions agree: at T = 1/2, p² ÷ Σp² and e^(2·logit) ÷ Σ", () => {
  const { ways, sums, lost } = definitions(thirds, { ...PLAIN, temperature: 0.5 }, 5);
  assert.equal(ways.length, 2);
  assert.equal(ways[0].id, 1);
  assertClose(ways[0].p, 2 / 3);
  assertClose(ways[0].power, 4 / 9);
  assertClose(sums.power, 5 / 9);
  assertClose(ways[0].byPower, 4 / 5);
  assertClose(ways[1].scaled, 2 * Math.log(1 / 2));
  assertClose(ways[1].exp, 1 / 4);
  assertClose(sums.exp, 5 / 4);
  assertClose(ways[1].bySoftmax, 1 / 5);
  assert.equal(lost, false);
});

test("both definitions agree to twelve digits for random logits at any temperature", () => {
  const dice = (() => { let n = 0; return () => sampling.dice(7, n++); })();
  for (let i = 0; i < 200; i++) {
    const logits = Array.from({ length: 40 }, () => 12 * dice() - 6);
    const temperature = sampling.temperatureAt(0.05 + 0.9 * dice());
    const { ways } = definitions(logits, { ...PLAIN, temperature }, 5);
    const whole = sampling.distribution(logits, { temperature });
    for (const { id, byPower, bySoftmax } of ways) {
      assertClose(byPower, bySoftmax, 1e-12);
      assertClose(bySoftmax, whole[id], 1e-12);
    }
  }
});

test("at T = 0.001 the powers underflow and softmax does not; 0 and ∞ are limits", () => {
  const { lost, ways } = definitions(thirds, { ...PLAIN, temperature: 0.0005 }, 1);
  assert.equal(lost, true, "(2/3)^2000 is 10^-352");
  assertClose(ways[0].bySoftmax, 1);
  assert.equal(definitions(thirds, { ...PLAIN, temperature: 0 }, 5), null);
  assert.equal(definitions(thirds, { ...PLAIN, temperature: Infinity }, 5), null);
});

test("each group of a folded row counts as many times as it has symbols", () => {
  const folded = { ids: Uint32Array.of(4), logits: [Math.log(4)], counts: [4], means: [0], size: 5 };
  const { ways, sums } = definitions(folded, { ...PLAIN, temperature: 2 }, 5);
  assert.equal(ways.length, 1);
  assertClose(ways[0].p, 1 / 2);
  assertClose(ways[0].power, Math.sqrt(1 / 2));
  assertClose(sums.power, Math.sqrt(1 / 2) + 4 * Math.sqrt(1 / 8));
  assertClose(ways[0].byPower, 1 / 3);
  assertClose(ways[0].bySoftmax, 1 / 3);
  assertClose(landscape(folded, PLAIN, 30, 1).values[0][0], 1 / 2);
});

test("the counts equal those of single draws", () => {
  const logits = [0.3, -1, 2, 0.3, 1];
  const us = drawNumbers(42, 1000);
  assert.deepEqual(drawNumbers(42, 1000, drawNumbers(42, 10)), us);
  for (const temperature of [0, 0.3, 1, 4, Infinity]) {
    for (const topK of [0, 3]) {
      const row = sampling.rank(logits);
      const drawn = sampling.stages(row, { ...PLAIN, temperature, topK });
      const counts = countDraws(row, drawn, us);
      const naive = new Float64Array(5);
      for (const u of us) naive[row.ids.indexOf(sampling.chosen(row, drawn, u))] += 1;
      assert.deepEqual(counts, naive, `T = ${temperature}, top-k = ${topK}`);
    }
  }
});

test("the expected range is ±2 standard deviations, clipped to [0, 1]", () => {
  const [low, high] = expectedRange(0.5, 100); // σ = 0.05
  assertClose(low, 0.4);
  assertClose(high, 0.6);
  assert.deepEqual(expectedRange(1, 10), [1, 1]);
  assert.equal(expectedRange(0.01, 10)[0], 0);
  assert.equal(totalVariation(Float64Array.of(3, 1), Float64Array.of(0.5, 0.5), 4), 0.25);
});

test("a power that underflows is marked as lost even if the others are not", () => {
  const { ways, lost } = definitions([Math.log(0.5), Math.log(0.4995), Math.log(0.0005)], { ...PLAIN, temperature: 0.01 }, 5);
  assert.equal(lost, false);
  assert.deepEqual(ways.map((way) => way.lost), [false, false, true], "0.0005^100 is 1e-330");
  assert.ok(ways[2].bySoftmax > 0, "softmax has it still");
});
