// A text as a model predicts it: sums worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ledgerSvg, marks } from "../../playground/web/charts/ledgersvg.js";
import * as scored from "../../playground/web/core/scored.js";

const half = (count) => Array.from({ length: count }, () => -Math.LN2);

function reading(cells, unknown = {}) {
  const ids = cells.flatMap(([, count]) => Array.from({ length: count }, (_, i) => i));
  return scored.begin({ model: "m", unit: "character", counted: "character", cells, unknown, ids, special: [], names: {} });
}

test("surprise adds up in bits", () => {
  const text = reading([["a", 1], ["b", 1], ["c", 1]]);
  scored.extend(text, [Math.log(1 / 2), Math.log(1 / 4)]);
  assert.equal(text.done, 2);
  assert.deepEqual([...text.bits].map((bits) => bits.toFixed(9)), ["1.000000000", "2.000000000", "0.000000000"]);
  scored.extend(text, [Math.log(1 / 8)]);
  assert.equal(text.done, 3);
  assert.equal(text.sums[3].toFixed(9), "6.000000000");
  const { bits, perCharacter, perplexity } = scored.figures(text);
  assert.deepEqual([bits, perCharacter, perplexity].map((n) => n.toFixed(9)), ["6.000000000", "2.000000000", "4.000000000"]);
});

test("the probabilities of a character's symbols are multiplied once all are known", () => {
  const text = reading([["한", 3], ["a", 1]]);
  scored.extend(text, half(2));
  assert.equal(text.done, 0);
  scored.extend(text, half(2));
  assert.equal(text.done, 2);
  assert.equal(text.bits[0].toFixed(9), "3.000000000");
  assert.equal(scored.figures(text).perCharacter.toFixed(9), "2.000000000");
  assert.equal(scored.figures(text).perplexity.toFixed(9), "2.000000000");
});

test("an impossible symbol has infinite surprise, and the server's figures are final", () => {
  const text = reading([["a", 1]]);
  scored.extend(text, [-Infinity]);
  assert.equal(text.bits[0], Infinity);
  text.figures = { nats: "inf", bits_per_character: "inf", perplexity: "inf" };
  assert.deepEqual(scored.figures(text), { bits: Infinity, perCharacter: Infinity, perplexity: Infinity });
});

test("a position is a code point whatever the cells are", () => {
  const text = reading([["😀", 1], ["the ", 1], ["é", 1]]);
  assert.deepEqual(text.cells.map(({ at, end }) => [at, end]), [[0, 1], [1, 5], [5, 6]]);
  assert.deepEqual([0, 1, 4, 5, 99].map((at) => scored.cellAt(text, at)), [0, 1, 1, 2, 2]);
});

test("a skipped cell without ids has no surprise", () => {
  const text = reading([["a", 1], ["\u0301", 0], ["b", 1]], { 1: "" });
  scored.extend(text, half(2));
  assert.equal(text.done, 3);
  assert.deepEqual([...text.bits].map((bits) => bits.toFixed(3)), ["1.000", "0.000", "1.000"]);
  assert.equal(text.cells[1].unknown, "");
});

test("the most surprising places come first, and ties go to the earlier", () => {
  const text = reading(["a", "b", "c", "d"].map((letter) => [letter, 1]));
  scored.extend(text, [-1, -3, -3, -2]);
  assert.deepEqual(scored.mostSurprising(text, 3), [1, 2, 3]);
});

test("blocks are lines or parts of long lines", () => {
  const text = reading([..."ab\n\nc"].map((letter) => [letter, 1]));
  assert.deepEqual(scored.blocks(text), [
    { first: 0, end: 3, ends: true, line: 0 }, { first: 3, end: 4, ends: true, line: 3 }, { first: 4, end: 5, ends: true, line: 4 },
  ]);
  const long = reading(Array.from({ length: 700 }, () => ["x", 1]));
  assert.deepEqual(scored.blocks(long).map(({ first, end, ends, line }) => [first, end, ends, line]), [
    [0, 300, false, 0], [300, 600, false, 0], [600, 700, true, 0],
  ]);
});

test("points start at zero, end at the last cell and are limited in number", () => {
  const text = reading(Array.from({ length: 1000 }, () => ["x", 1]));
  scored.extend(text, half(1000));
  const points = scored.points(text, 100);
  assert.ok(points.length <= 101);
  assert.deepEqual(points[0], [0, 0]);
  assert.deepEqual(points.at(-1).map(Math.round), [1000, 1000]);
  assert.ok(points.every(([x, y]) => Math.abs(x - y) < 1e-6));
});

test("a misspelt line differs from the line in two letters of its longest word", () => {
  assert.equal(scored.misspelt("to be the question:"), "to be the question:\nto be the qeustion:");
  assert.equal(scored.misspelt("옛날 어느 마을에"), "옛날 어느 마을에\n옛날 어느 마에을");
  assert.equal(scored.misspelt("aa b"), "aa b");
  assert.equal(scored.misspelt(""), "");
});

test("the CSV has a row per cell", () => {
  const text = reading([["a", 1], ["\n", 1], ["c", 1]]);
  scored.extend(text, [-Math.LN2, -2 * Math.LN2]);
  assert.equal(scored.table([text]).trim().split("\r\n")[1], "m,0,a,0.5,1,1");
  assert.match(scored.table([text]), /m,1,"\n",0.25,2,3\r\n$/);
});

test("the ledger's SVG has a line per model and only finite numbers", () => {
  const series = [{ name: "<A>", points: [[0, 0], [2, 5]], mark: null }, { name: "B", points: [[0, 0], [2, Infinity]], mark: null }];
  const svg = ledgerSvg({ series, length: 2, at: null, told: "" }, { title: "Sum", unitX: "characters", unitY: "bits" });
  assert.equal(svg.match(/<polyline /g).length, 2);
  assert.ok(svg.includes("&lt;A&gt;"));
  assert.ok(!/NaN|Infinity/.test(svg));
});

test("an axis has a few round marks", () => {
  assert.deepEqual(marks(9), [0, 2, 4, 6, 8]);
  assert.deepEqual(marks(85), [0, 20, 40, 60, 80]);
  assert.deepEqual(marks(20_000), [0, 5_000, 10_000, 15_000, 20_000]);
  assert.deepEqual(marks(1), [0, 1]);
  for (const length of [2, 7, 64, 333, 1_001, 47_000]) assert.ok(marks(length).length >= 3 && marks(length).length <= 8, String(length));
});
