// What reading costs, and how far back a mistake is felt: axes, lines and figures, worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { curvesSvg } from "../../playground/web/charts/curvessvg.js";
import * as costs from "../../playground/web/core/costs.js";

const cost = (symbols, read, step, state, peak = null, learn = null) => ({ symbols, read, step, state, peak, learn });

function measured() {
  const all = [];
  for (const head of [
    { model: "a", kind: "rnn", title: "A", parameters: 10, whole: false }, cost(64, 0.064, 0.004, 100), { done: 0.25 }, cost(128, 0.128, 0.004, 100), { done: 0.5 },
    { model: "b", kind: "transformer", title: "B", parameters: 20, whole: true }, cost(64, 0.01, 0.001, 640, 900, 5000), cost(128, 0.04, 0.002, 1280), { measured: true },
  ]) costs.addFrame(all, head);
  return all;
}

test("frames of a measurement become models with their costs", () => {
  const all = measured();
  assert.deepEqual(all.map(({ model, whole, costs: own }) => [model, whole, own.length]), [["a", false, 2], ["b", true, 2]]);
  assert.equal(costs.addFrame(all, { done: 1 }), false);
  assert.deepEqual(costs.costRows(all).slice(3), [["b", true, 64, 0.01, 0.001, 640, 900, 5000], ["b", true, 128, 0.04, 0.002, 1280, "", ""]]);
});

test("cost curves have axes from 0, so that linear costs are straight lines", () => {
  const { series, ticks, levels, top } = costs.lines(measured(), "read", costs.seconds, ({ model }) => model);
  assert.deepEqual(series, [{ name: "a", points: [[0.5, 0.064], [1, 0.128]] }, { name: "b", points: [[0.5, 0.01], [1, 0.04]] }]);
  assert.deepEqual(ticks.map(([, text]) => text), ["0", "32", "64", "96", "128"]);
  assert.ok(Math.abs(top - 0.128 * 1.06) < 1e-12);
  assert.deepEqual(levels, [[0, "0"], [0.05, "50 ms"], [0.1, "100 ms"]]);
  assert.deepEqual(costs.lines([], "step", costs.seconds, () => "").series, []);
  assert.match(curvesSvg({ series, ticks, levels, top }, { title: "t", unitX: "x", unitY: "y" }), /^<svg/);
});

test("a cost measured for some lengths only has its own axis", () => {
  const { series, ticks } = costs.lines(measured(), "learn", costs.size, ({ model }) => model);
  assert.deepEqual(series, [{ name: "a", points: [] }, { name: "b", points: [[1, 5000]] }]);
  assert.equal(ticks.at(-1)?.[1], "64");
  assert.deepEqual(costs.costsNear(measured(), 0.1, "learn").symbols, 64);
});

test("axis marks are few and 1, 2 or 5 times a power of ten apart", () => {
  assert.deepEqual(costs.marks(1), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(costs.marks(7), [0, 2, 4, 6]);
  assert.deepEqual(costs.marks(25_165_824), [0, 1e7, 2e7]);
  assert.deepEqual(costs.marks(0), [0]);
  for (const top of [0.0013, 3.3, 99, 1e7]) assert.ok(costs.marks(top).length <= 6 && costs.marks(top).length >= 3);
});

test("the time of a single step is compared with that per symbol of a text read at once", () => {
  const [first, other] = measured();
  assert.deepEqual(costs.compareStep(first, 128), { each: 0.001, step: 0.004, times: 4 });
  assert.equal(costs.compareStep(other, 999).step, 0.002, "the last where none is as long");
  assert.equal(costs.compareStep({ costs: [] }, 1), null);
});

test("pointing selects the nearest measured length", () => {
  const { symbols, costs: nearest } = costs.costsNear(measured(), 0.7, "read");
  assert.equal(symbols, 64);
  assert.deepEqual(nearest.map(({ read }) => read), [0.064, 0.01]);
  assert.deepEqual(costs.costsNear([], 0.3, "read"), { symbols: 0, costs: [] });
});

test("gradients have an axis of powers of ten", () => {
  const { series, levels, top, ticks } = costs.gradientCurves([{ model: "a", kind: "rnn", title: "A", norms: [1, 0.1, 0.001, 0] }], () => "A");
  assert.deepEqual(levels.map(([, text]) => text), ["1e-3", "0.01", "0.1", "1"]);
  assert.deepEqual(series[0].points.map(([x, y]) => [Number(x.toFixed(3)), Number(y.toFixed(9))]), [[0, 3], [0.333, 2], [0.667, 0], [1, 0]]);
  assert.equal(top, 3);
  assert.deepEqual(ticks.at(-1), [1, "3"]);
  assert.deepEqual(costs.feltRows([{ model: "a", norms: [1, 0.1] }]), [["symbols back", "a"], [0, 1], [1, 0.1]]);
});

test("times and sizes have two digits", () => {
  assert.deepEqual([0, 2.345, 0.0123, 0.000456, 0.25].map(costs.seconds), ["0", "2.3 s", "12 ms", "456 µs", "250 ms"]);
  assert.deepEqual([0, 96, 4096, 25_165_824].map(costs.size), ["0", "96 B", "4.1 kB", "25 MB"]);
});
