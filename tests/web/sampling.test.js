// The table that Python is held to as well, and what follows from the definitions.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import * as sampling from "../../playground/web/core/sampling.js";

const table = JSON.parse(readFileSync(new URL("../sampling/sampling_cases.json", import.meta.url), "utf8"));
const NAMES = { temperature: "temperature", top_k: "topK", top_p: "topP", min_p: "minP" };
const fraction = (text) => {
  const [above, below = 1] = String(text).split("/").map(Number);
  return above / below;
};
const ofBias = (bias) => Object.entries(bias).map(([id, value]) => [Number(id), number(value)]);
const number = (value) => (typeof value === "string" ? Number(value.replace("inf", "Infinity")) : value);

for (const { name, logits, sampling: settings, probabilities, draws } of table.cases) {
  test(name, () => {
    const named = Object.fromEntries(Object.entries(settings).map(([key, value]) => [NAMES[key] ?? key, key === "bias" ? ofBias(value) : number(value)]));
    const row = sampling.distribution(logits.map(number), named);
    const right = probabilities.map(fraction);
    assert.equal(row.length, right.length);
    right.forEach((p, id) => {
      assert.ok(Math.abs(row[id] - p) <= 1e-12, `${row[id]} is not ${p}`);
      assert.equal(row[id] === 0, p === 0);
    });
    assert.deepEqual(draws.map(([u]) => sampling.draw(row, u)), draws.map(([, id]) => id));
  });
}

for (const { name, probabilities, draws } of table.darts) {
  test(name, () => {
    assert.deepEqual(draws.map(([u]) => sampling.draw(Float64Array.from(probabilities), u)), draws.map(([, id]) => id));
  });
}

test("the dice are those of Python", () => {
  for (const [seed, step, u] of table.dice) assert.equal(sampling.dice(seed, step), u);
});

test("a position of the slider is a temperature and back", () => {
  assert.equal(sampling.temperatureAt(0), 0);
  assert.equal(sampling.temperatureAt(0.5), 1);
  assert.equal(sampling.temperatureAt(1), Infinity);
  for (const t of [0, 0.2, 1, 7, Infinity]) assert.ok(Object.is(sampling.temperatureAt(sampling.positionOf(t)), t) || Math.abs(sampling.temperatureAt(sampling.positionOf(t)) - t) < 1e-12);
});

test("between two flips one u gives one id, and a flip is to a less likely one", () => {
  const logits = [0.3, 2, -1, 1.5, 0, -3];
  for (const u of [0.1, 0.5, 0.93, 0.999]) {
    const flips = sampling.flips(logits, u);
    const ranks = sampling.ranks(logits);
    flips.forEach(({ from, id }, i) => {
      const to = flips[i + 1]?.from ?? 1e3;
      for (const share of [0.01, 0.5, 0.99]) {
        const temperature = from + (to - from) * share;
        assert.equal(sampling.draw(sampling.distribution(logits, { temperature }), u), id);
      }
      if (i) assert.ok(ranks.indexOf(id) > ranks.indexOf(flips[i - 1].id));
    });
  }
});

test("a wrong setting names itself, its range and its value", () => {
  assert.throws(() => sampling.distribution([0, 1], { topP: 2 }), /topP must be a number from 0 to 1, but was 2/);
  assert.throws(() => sampling.draw(Float64Array.of(1), 1), RangeError);
  assert.throws(() => sampling.rank([NaN]), RangeError);
});
