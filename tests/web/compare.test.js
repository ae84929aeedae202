// Several models at one place, worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axisMarks, nameY, reachSvg, yOf } from "../../playground/web/charts/reachsvg.js";
import { smallBarsSvg } from "../../playground/web/charts/smallbarssvg.js";
import * as compare from "../../playground/web/core/compare.js";
import * as evidence from "../../playground/web/core/evidence.js";

const AS_IS = { temperature: 1, topK: 0, topP: 1, minP: 0, bias: [] };

function run(text, { symbols = ["a", "b", "c"], unit = "character", rows, special = [] } = {}) {
  const logs = rows ?? [...text, "tip"].map(() => [1 / 2, 1 / 4, 1 / 4]);
  const logits = logs.map((row) => Float32Array.from(row, Math.log));
  return {
    symbols, unit, special: new Set(special), text, skipped: 0, normalizer: "none", prompted: text.length,
    promptCells: [...text].map((letter) => ({ text: letter, count: 1 })),
    steps: [...text].map((letter, i) => ({ id: symbols.indexOf(letter), logits: logits[i] })), tip: logits.at(-1),
  };
}

const rounded = (map) => Object.fromEntries([...map].map(([symbol, p]) => [symbol, Number(p.toFixed(6))]));

test("an expectation has a probability per symbol under the settings", () => {
  const abc = run("ab", { rows: [[1 / 2, 1 / 4, 1 / 4], [1 / 8, 1 / 2, 3 / 8], [1, 1, 2].map((n) => n / 4)] });
  assert.deepEqual(rounded(compare.expectationAt(abc, 2, AS_IS).by), { c: 0.5, a: 0.25, b: 0.25 });
  assert.deepEqual(rounded(compare.expectationAt(abc, 1, AS_IS).by), { b: 0.5, c: 0.375, a: 0.125 });
  assert.deepEqual(rounded(compare.expectationAt(abc, 0, { ...AS_IS, topK: 1 }).by), { a: 1, b: 0, c: 0 });
  assert.deepEqual(rounded(compare.expectationAt(abc, 2, AS_IS, "c:-inf").by), { c: 0, a: 0.5, b: 0.5 });
});

test("tokens are summed by first character, and special tokens are separate", () => {
  const tokens = run("", { symbols: ["be", "b", " c", "<end>"], unit: "token", rows: [[1, 2, 4, 1].map((n) => n / 8)], special: [3] });
  const { by, special } = compare.expectationAt(tokens, 0, AS_IS);
  assert.deepEqual(rounded(by), { b: 0.375, " ": 0.5, "<end>": 0.125 });
  assert.deepEqual([...special], ["<end>"]);
});

test("symbols are ordered by total probability, and ties go to the first", () => {
  const first = compare.expectationFrom(["a", "b", "c"], [0.5, 0.3, 0.2]);
  const other = compare.expectationFrom(["c", "b", "d"], [0.5, 0.3, 0.2]);
  assert.deepEqual(compare.order([first, other], 3), ["c", "b", "a"]);
  assert.deepEqual(compare.order([first], 9), ["a", "b", "c"]);
  assert.deepEqual(compare.mostLikely(other), ["c", 0.5]);
  assert.equal(compare.mostLikely({ by: new Map(), special: new Set() }), null);
});

test("a position is a code point, and null inside a cell", () => {
  const wide = run("");
  Object.assign(wide, {
    prompted: 4, promptCells: [{ text: "a", count: 1 }, { text: "👩‍🚀", count: 2 }, { text: "b", count: 1 }],
    steps: [0, 1, 2, 1].map((id) => ({ id, logits: wide.tip })),
  });
  assert.deepEqual([0, 1, 2, 4, 5].map((at) => compare.stepAt(wide, at)), [0, 1, null, 3, 4]);
  assert.equal(compare.stepAt({ ...wide, skipped: 10 }, 3), null);
  assert.equal(compare.stepAt({ ...run("ab"), skipped: 10 }, 11), 1);
  assert.equal(compare.stepAt(run("ab"), 7), null);
});

test("the reach is where the divergence stays below the limit", () => {
  const losses = ([...list]) => list.map((divergence, i) => ({ given: String(2 ** i), divergence, surprise: null }));
  assert.equal(compare.reachOf(losses([1, 0.5, 0, 0]), 0.01), 4, "nothing is left: no less than this was enough");
  assert.equal(compare.reachOf(losses([1, 0.001, 0.5, 0]), 0.01), 8, "it must stay there");
  assert.equal(compare.reachOf(losses([0.001, 0.001]), 0.01), 1);
  // From 1 nat to 1/10,000 between 2 and 4 symbols: half of that way is a hundredth of a nat at √2 times 2.
  assert.ok(Math.abs((compare.reachOf(losses([3, 1, 1e-4]), 0.01) ?? 0) - 2 * Math.SQRT2) < 1e-12);
  assert.equal(compare.reachOf(losses([1, 0.5]), 0.01), null);
  assert.equal(compare.reachOf([{ given: "all", divergence: 0, surprise: null }], 0.01), null);
  assert.deepEqual(compare.columns([losses([1, 1]), [{ given: "all" }, { given: "letters" }, { given: "16" }]]), ["letters", "1", "2", "16", "all"]);
  assert.deepEqual(compare.columns([[{ given: "1" }, { given: "count" }], [{ given: "letters" }, { given: "uniform" }]]), ["uniform", "letters", "1", "count"]);
});

test("numbers are parsed as the server writes them", () => {
  assert.deepEqual([0.5, "inf", null, undefined].map(compare.number), [0.5, Infinity, null, null]);
});

test("the terms of abracadabra's bigram equal those of the Python twin", () => {
  const [a, b, c, d, r] = [0, 1, 2, 3, 4];
  const discounts = [0.5, 1, 1.5];
  const after = { context: [a], ids: [b, c, d], counts: [2, 1, 1], total: 4, discounts, back: 0.5, share: 1 };
  const alone = { context: [], ids: [a, b, c, d, r], counts: [4, 1, 1, 1, 1], total: 8, discounts, back: 3.5 / 8, share: 0.5 };
  const whole = { size: 5, levels: [after, alone] };
  const list = evidence.terms(whole, b);
  assert.deepEqual(list.map(({ part }) => part), [1 / 4, 0.5 * (0.5 / 8), (0.5 * 3.5) / 8 / 5]);
  assert.deepEqual(list.map(({ count, discount }) => [count, discount]), [[2, 1], [1, 0.5], [0, 0]]);
  const sum = [a, b, c, d, r].reduce((all, id) => all + evidence.total(evidence.terms(whole, id)), 0);
  assert.equal(evidence.mostLikely(whole), b, "0.25 + 0.03, where a has 0.22 + 0.04");
  assert.ok(Math.abs(sum - 1) < 1e-12, String(sum));
});

test("an axis starts at 0, and a logarithmic one labels its lowest mark with ≤", () => {
  assert.deepEqual(axisMarks({ top: 3.5 }).map(([value]) => value), [0, 1, 2, 3]);
  assert.deepEqual(axisMarks({ top: 1 }).map(([, text]) => text), ["0", "0.5", "1"]);
  assert.deepEqual(axisMarks({ top: 2, log: true }).map(([, text]) => text), ["≤ 0.0001", "0.001", "0.01", "0.1", "1"]);
  const size = { wide: 900, tall: 256 }; // 200 of them are the axis
  assert.deepEqual([0, 1, 2, 9].map((value) => yOf(value, { top: 2 }, size)), [212, 112, 12, 12]);
  const lower = { ...size, tall: 286, lines: 2 }; // two further lines of names: the axis is the same
  assert.deepEqual([0, 1, 2].map((value) => yOf(value, { top: 2 }, lower)), [212, 112, 12]);
  assert.deepEqual([nameY(size, 0), ...[0, 1, 2].map((line) => nameY(lower, line))], [234, 234, 249, 264]);
  assert.deepEqual([0, 1e-4, 1e-2, 1].map((value) => Math.round(yOf(value, { top: 1, log: true }, size))), [212, 212, 112, 12]);
});

test("SVG files show the same as the charts and escape their texts", () => {
  const data = { columns: ["uniform", "1", "all", "count"], series: [{ name: "<b>", series: 1, values: [2, null, 0, 1] }], rules: [{ name: "ln V", value: 1.5 }], alone: ["count"], top: 2, log: false };
  const chart = reachSvg(data, { title: "T", unitX: "x", unitY: "y" });
  assert.ok(chart.includes("&lt;b&gt;") && chart.includes("ln V 1.50") && !chart.includes("<b>"));
  assert.equal(chart.match(/<polyline points="([^"]*)"/)[1].split(" ").length, 2, "a gap has no point, and no line leads to what stands alone");
  assert.equal(chart.match(/<circle/g).length, 1);
  const bars = smallBarsSvg({ symbols: ["a", " "], rows: [{ name: "m", series: 1, values: new Map([["a", 0.5]]) }, { name: "n", series: 2, values: null }], specials: new Set(), at: null, came: null }, "T");
  assert.deepEqual([...bars.matchAll(/height="([\d.]+)" fill="#0b62c4"/g)].map(([, height]) => Number(height)), [25, 0]);
});
