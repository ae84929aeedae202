// Columns of one prompt at several temperatures: where they part, what of a text is marked, and how a list is typed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { begin, cellsOf, isWithin, divergesAt, parse, plain, write } from "../../playground/web/core/columns.js";

const symbols = ["a", "b", "\u1112", "\u1161", "\u11ab", " "];
// A run whose prompt is one "a", and whose text goes on with these ids.
const column = (ids, { normalizer = "none", text = "a", cells = [{ text: "a", count: 1 }] } = {}) => ({
  ...begin([1])[0], first: 1,
  run: { symbols, unit: "character", normalizer, special: new Set(), text, promptCells: cells, prompted: 1, steps: [0, ...ids].map((id) => ({ id })) },
});

test("two columns diverge at the first different symbol within their common length", () => {
  assert.equal(divergesAt(column([0, 1, 0]), column([0, 1, 1, 1])), 3);
  assert.equal(divergesAt(column([1]), column([0])), 1);
  assert.equal(divergesAt(column([0, 1]), column([0, 1, 1])), null);
  assert.equal(divergesAt(column([]), column([0])), null);
  assert.equal(divergesAt(begin([1])[0], column([0])), null);
});

test("cells have their positions in the whole text, and a syllable is one cell", () => {
  const cells = cellsOf(column([1, 2, 3, 4, 5], { normalizer: "nfd" }));
  assert.deepEqual(cells.map(({ text, from, to, at, end }) => [text, from, to, at, end]), [["b", 1, 2, 1, 2], ["한", 2, 5, 2, 3], [" ", 5, 6, 3, 4]]);
});

test("a syllable begun by the prompt is the first cell if generated text completes it", () => {
  const steps = [2, 3, 4, 0];
  const run = { symbols, unit: "character", normalizer: "nfd", special: new Set(), text: "하", promptCells: [{ text: "하", count: 2 }], prompted: 2, steps: steps.map((id) => ({ id })) };
  const cells = cellsOf({ ...begin([1])[0], first: 2, run });
  assert.deepEqual(cells.map(({ text, at, end }) => [text, at, end]), [["한", 0, 1], ["a", 1, 2]]);
});

const byte = (...values) => String.fromCharCode(...values.map((value) => 0xf700 + value));
test("invalid bytes count as U+FFFD, and an incomplete character at the end as nothing", () => {
  const tokens = [" ab", " cd", byte(0xed, 0x95), byte(0x9c), byte(0xff), "<end>"];
  const places = (...ids) => {
    const run = { symbols: tokens, unit: "token", normalizer: "", special: new Set([5]), text: "x", promptCells: [{ text: "x", count: 1 }], prompted: 1, steps: [0, ...ids].map((id) => ({ id })) };
    return cellsOf({ ...begin([1])[0], first: 1, run }).map(({ at, end }) => [at, end]);
  };
  assert.deepEqual(places(0, 1), [[1, 4], [4, 7]]);
  assert.deepEqual(places(0, 1, 2), [[1, 4], [4, 7], [7, 7]]);
  assert.deepEqual(places(0, 1, 2, 5), [[1, 4], [4, 7], [7, 7], [7, 7]]);
  assert.deepEqual(places(0, 2, 3, 1), [[1, 4], [4, 5], [5, 8]]);
  assert.deepEqual(places(0, 2, 1), [[1, 4], [4, 5], [5, 8]]);
  assert.deepEqual(places(4, 1, 2), [[1, 2], [2, 5], [5, 5]]);
});

test("a cell is within a range that it overlaps", () => {
  const parts = [[2, 4], [7, 8]];
  assert.deepEqual([0, 1, 2, 3, 4, 6, 7, 8].map((at) => isWithin({ at, end: at + 1 }, parts)), [false, false, true, true, false, false, true, false]);
});

test("a typed list of temperatures is parsed", () => {
  assert.deepEqual(parse("0.2, 0.5 1;1.2"), [0.2, 0.5, 1, 1.2]);
  assert.deepEqual(parse(" ∞ 0 inf"), [Infinity, 0, Infinity]);
  for (const bad of ["", " , ", "-1", "warm", "1, two", "1 2 3 4 5 6 7", "NaN"]) assert.equal(parse(bad), null, bad);
  assert.equal(write([0, 0.25, Infinity]), "0, 0.25, ∞");
  assert.deepEqual(parse(write([0, 0.25, Infinity])), [0, 0.25, Infinity]);
  assert.deepEqual([0.5, Infinity].map(plain), [0.5, "inf"]);
});
