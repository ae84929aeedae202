// Where the boxes and arrows of a diagram stand, and in which order data flows through them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { labelFor, layDiagram } from "../../playground/web/core/diagram.js";

const SIZE = { pitch: 50, box: 40, gap: 20, note: 0 };
const of = (laid, row) => laid.boxes.filter((box) => box.row === row);
const times = (laid, row) => of(laid, row).map(({ at }) => at);
const places = (laid, row) => of(laid, row).map(({ step }) => step);

test("a language model has an input, a hidden box and an output per step, and the flow goes right", () => {
  const laid = layDiagram({ inputs: ["h", "e"], outputs: ["e", "l"], arrows: "right" }, SIZE);
  assert.deepEqual([laid.width, laid.height], [3 + 50 + 40 + 3, 3 + 3 * 40 + 2 * 20 + 3]);
  assert.deepEqual(of(laid, "output").map(({ x, y, text }) => [x, y, text]), [[3, 3, "e"], [53, 3, "l"]]);
  assert.deepEqual(of(laid, "input").map(({ y }) => y), [123, 123]);
  assert.deepEqual([times(laid, "input"), times(laid, "hidden"), times(laid, "output")], [[0, 1], [1, 2], [2, 3]]);
  assert.equal(laid.lines.length, 5); // four up, one to the right
  assert.equal(laid.last, 3);
});

test("one to one has no arrows between steps, and many to one has one output", () => {
  const one = layDiagram({ inputs: ["a"], outputs: ["b"], arrows: "none" }, SIZE);
  assert.equal(one.lines.length, 2);
  const many = layDiagram({ inputs: ["g", "o", "o", "d"], outputs: [null, null, null, "+"], arrows: "right" }, SIZE);
  assert.deepEqual(places(many, "output"), [3]);
  assert.deepEqual(times(many, "output"), [5]);
  assert.equal(many.lines.length, 4 + 3 + 1);
});

test("in one to many, each output is fed to the next step, which waits for it", () => {
  const laid = layDiagram({ inputs: ["^", null, null], outputs: ["a", "n", "n"], arrows: "right", fed: true }, SIZE);
  assert.deepEqual(places(laid, "input"), [0]);
  assert.deepEqual(laid.lines.filter(({ kind }) => kind === "fed").length, 2);
  assert.deepEqual([times(laid, "hidden"), times(laid, "output")], [[1, 4, 7], [2, 5, 8]]);
});

test("encoder steps have no outputs, and decoder steps are marked", () => {
  const laid = layDiagram({ inputs: ["h", "i", null, null], outputs: [null, null, "h", "o"], arrows: "right", fed: true, seam: 2 }, SIZE);
  assert.deepEqual(of(laid, "hidden").map(({ decodes }) => decodes), [false, false, true, true]);
  assert.deepEqual(laid.lines.filter(({ kind }) => kind === "fed").length, 1);
  assert.deepEqual(times(laid, "hidden"), [1, 2, 3, 6]);
});

test("with both directions, all inputs start at once and the output comes last", () => {
  const laid = layDiagram({ inputs: ["l", "", "t"], outputs: [null, "", null], arrows: "both" }, SIZE);
  assert.deepEqual(times(laid, "input"), [0, 0, 0]);
  assert.deepEqual(times(laid, "output"), [4]);
  assert.equal(laid.lines.length, 3 + 1 + 2 * 2);
});

test("a piece is as wide as its characters, and there is no hidden row", () => {
  const laid = layDiagram({ inputs: ["t", "h", "e"], outputs: ["th", null, "e"], arrows: "pieces", spans: [2, 1] }, SIZE);
  assert.deepEqual(of(laid, "output").map(({ x, width, text }) => [x, width, text]), [[3, 90, "th"], [103, 40, "e"]]);
  assert.equal(of(laid, "hidden").length, 0);
  assert.equal(laid.height, 3 + 2 * 40 + 20 + 3);
});

test("notes and misses are attached to their outputs", () => {
  const laid = layDiagram({ inputs: ["a", "b"], outputs: ["b", "c"], notes: ["5 %", null], missed: [true, false], arrows: "right" }, { ...SIZE, note: 20 });
  assert.deepEqual(of(laid, "output").map(({ note, missed, y }) => [note, missed, y]), [["5 %", true, 23], ["", false, 23]]);
});

test("a box has a short label and the full text", () => {
  assert.equal(labelFor("a", 2.4), "a");
  assert.equal(labelFor("⟨E2⟩", 2.4), "⟨E2⟩");
  assert.equal(labelFor("한국", 2.4), "한국");
  assert.equal(labelFor("␣question", 2.4), "␣qu…");
  assert.equal(labelFor("U+200D", 2.4), "▯");
  assert.equal(labelFor("👨⟨U+200D⟩👩", 2.4), "▯");
  assert.equal(labelFor("e\u0301\u0302\u0303\u0304\u0301\u0302\u0303", 2.4), "e\u0301\u0302\u0303\u0304\u0301\u0302\u0303"); // marks take no room
  const laid = layDiagram({ inputs: ["U+200D", "b"], outputs: [null, "c"], arrows: "both" }, SIZE);
  assert.deepEqual(of(laid, "input").map(({ text, full }) => [text, full]), [["▯", "U+200D"], ["b", ""]]);
});
