// How long a sign of life is waited for: core/patience.js.

import assert from "node:assert/strict";
import { test } from "node:test";

import { patience } from "../../playground/web/core/patience.js";

test("before any answer was timed, an answer of one second is awaited", () => {
  const answerPatience = patience();
  assert.equal(answerPatience.isOver(1000), false);
  assert.equal(answerPatience.isOver(1601), true);
});

test("patience is short after quick answers, but not shorter than a network's pause", () => {
  const answerPatience = patience();
  for (let i = 0; i < 20; i++) answerPatience.took(50);
  assert.equal(answerPatience.isOver(399), false);
  assert.equal(answerPatience.isOver(401), true);
});

test("patience grows with slow answers", () => {
  const answerPatience = patience();
  for (let i = 0; i < 20; i++) answerPatience.took(1000);
  assert.equal(answerPatience.isOver(3900), false);
});

test("after a lost answer the next wait is longer", () => {
  const answerPatience = patience();
  for (let i = 0; i < 20; i++) answerPatience.took(50);
  answerPatience.waited(450);
  assert.equal(answerPatience.isOver(1700), false);
  assert.equal(answerPatience.isOver(1801), true);
  answerPatience.waited(10); // where it was given up for another reason, that says nothing
  assert.equal(answerPatience.isOver(1700), false);
});
