// The table that Python is held to as well, and what follows from the definitions.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { distributionOf } from "../../playground/web/core/distribution.js";
import * as sampling from "../../playground/web/core/sampling.js";
import { segments } from "../../playground/web/core/segments.js";
import { countDraws } from "../../playground/web/core/tally.js";

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

test("the dice equal those of Python", () => {
  for (const [seed, step, u] of table.dice) assert.equal(sampling.dice(seed, step), u);
});

test("slider positions convert to temperatures and back", () => {
  assert.equal(sampling.temperatureAt(0), 0);
  assert.equal(sampling.temperatureAt(0.5), 1);
  assert.equal(sampling.temperatureAt(1), Infinity);
  for (const t of [0, 0.2, 1, 7, Infinity]) assert.ok(Object.is(sampling.temperatureAt(sampling.positionOf(t)), t) || Math.abs(sampling.temperatureAt(sampling.positionOf(t)) - t) < 1e-12);
});

test("between two flips u gives one id, and each flip is to a less likely id", () => {
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

test("dart, line and counts agree even if rounding makes probabilities equal", () => {
  const logits = Float32Array.of(0.1, 3, 1.5, -2, 1.25, 3);
  const symbols = [..."abcdef"];
  let tied = 0;
  for (const temperature of [0.5, 1, 1e14, 3e15, 1e16, 2e16, 1e17, 1e18, Infinity]) {
    for (const topK of [0, 4]) {
      const us = Array.from({ length: 97 }, (_, i) => (i + 0.5) / 97);
      const place = distributionOf({ logits, symbols }, { temperature, topK, topP: 1, minP: 0, bias: [] });
      const byId = sampling.distribution(logits, { temperature, topK });
      const line = segments(place);
      tied += Number(new Set(place.drawn.probabilities).size < 5);
      for (const u of us) {
        const drawn = sampling.draw(byId, u); // as Python draws
        assert.equal(sampling.chosen(place.row, place.drawn, u), drawn);
        assert.equal(line.findLast(({ from }) => from <= u).id, drawn, `T = ${temperature}, u = ${u}`);
        const counts = countDraws(place.row, place.drawn, [u]);
        assert.equal(place.row.ids[counts.indexOf(1)], drawn);
      }
    }
  }
  assert.ok(tied > 5);
});

test("in a folded row, equal entries are drawn by id, and groups come last", () => {
  const logits = { ids: Uint32Array.of(7, 2, 5), logits: [3, 2, 1], counts: [4], means: [0], size: 7 };
  const row = sampling.rank(logits);
  const of = (temperature) => sampling.stages(row, { temperature, topK: 3, topP: 1, minP: 0 });
  for (const temperature of [1e18, Infinity]) {
    assert.deepEqual([0.1, 0.5, 0.9].map((u) => sampling.chosen(row, of(temperature), u)), [2, 5, 7]);
    assert.deepEqual([...sampling.drawOrder(row, of(temperature))].map((place) => row.ids[place] ?? null), [2, 5, 7, null]);
  }
  assert.equal(sampling.drawOrder(row, of(1)), row.order); // nothing is sorted while a hand drags
});

test("an error about a setting has its name, range and value", () => {
  assert.throws(() => sampling.distribution([0, 1], { topP: 2 }), /topP must be a number from 0 to 1, but was 2/);
  assert.throws(() => sampling.draw(Float64Array.of(1), 1), RangeError);
  assert.throws(() => sampling.rank([NaN]), RangeError);
});
