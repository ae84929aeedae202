// A text cut by byte pairs: its pieces, and how many there are, worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { cutAt, lengths, pieces } from "../../playground/web/core/bpe.js";

const TEXT = "aba abab ab";
const JOINED = [0, null, null, 1, 0, null, 0, null, 1, 0]; // a b, then space ab
const cut = (k) => pieces(TEXT, JOINED, k).map(({ text }) => text);

test("a text is split into characters, then into longer and longer pieces", () => {
  assert.deepEqual(cut(0), [..."aba abab ab"]);
  assert.deepEqual(cut(1), ["ab", "a", " ", "ab", "ab", " ", "ab"]);
  assert.deepEqual(cut(2), ["ab", "a", " ab", "ab", " ab"]);
});

test("only the pieces joined by the last merge are marked", () => {
  assert.deepEqual(pieces(TEXT, JOINED, 2).map(({ fresh }) => fresh), [false, false, true, false, true]);
  assert.deepEqual(pieces(TEXT, JOINED, 1).filter(({ fresh }) => fresh).length, 4);
  assert.ok(pieces(TEXT, JOINED, 0).every(({ fresh }) => !fresh));
});

test("the lengths equal the numbers of pieces", () => {
  assert.deepEqual(lengths(JOINED, 2, 11), [11, 7, 5]);
  assert.deepEqual([0, 1, 2].map((k) => cut(k).length), lengths(JOINED, 2, 11));
  assert.deepEqual(lengths([], 0, 1), [1]);
});

test("a surrogate pair is one character, and tokens that share a character form one piece", () => {
  assert.deepEqual(pieces("😀a", [0], 1).map(({ text }) => text), ["😀a"]);
  assert.deepEqual(cutAt("😀 ab", [0, 0, 1, 3]).map(({ text }) => text), ["😀", " a", "b"]);
  assert.deepEqual(cutAt("", []), []);
});
