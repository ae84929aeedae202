// Symbols by name, and what is written with them: the bias and the picks, in the form that Python reads.
import assert from "node:assert/strict";
import test from "node:test";

import * as bias from "../../playground/web/core/bias.js";
import * as names from "../../playground/web/core/names.js";
import * as picks from "../../playground/web/core/picks.js";

const SYMBOLS = ["a", "b", " ", "\n", ",", ":", "\\", "#5", "#", "the", "the", "\uf7e2", "한"];

test("a name is the symbol's text, or its id if no text identifies it", () => {
  SYMBOLS.forEach((symbol, id) => {
    const name = names.nameOf(id, SYMBOLS);
    assert.equal(name, id === 10 || id === 11 ? id : symbol);
    assert.equal(names.idOf(name, SYMBOLS), id);
    assert.equal(names.read(names.write(name)), name);
  });
  assert.equal(names.write("#5"), "\\#5");
  assert.equal(names.write("#"), "#");
  assert.equal(names.idOf(99, SYMBOLS), undefined);
});

test("a bias is set per symbol and resolved by id", () => {
  let text = "";
  SYMBOLS.forEach((_, id) => { text = bias.bend(text, SYMBOLS, id, id === 1 ? -Infinity : id + 0.5); });
  assert.equal(text, "a:0.5,b:-inf, :2.5,\n:3.5,\\,:4.5,\\::5.5,\\\\:6.5,\\#5:7.5,#:8.5,the:9.5,#10:10.5,#11:11.5,한:12.5");
  assert.deepEqual(bias.resolve(text, SYMBOLS), SYMBOLS.map((_, id) => [id, id === 1 ? -Infinity : id + 0.5]));
  assert.equal(bias.bend("a:1,b:2", SYMBOLS, 0, 0), "b:2");
  assert.equal(bias.bend("#0:1,b:2", SYMBOLS, 0, 3), "#0:3,b:2"); // written by id, it stays so
  assert.deepEqual(bias.resolve("", SYMBOLS), []);
});

test("symbols that another model lacks are removed, and ids belong to one model", () => {
  assert.deepEqual(bias.sift("a:1,é:2,#3:-inf", SYMBOLS, true), { kept: "a:1,#3:-inf", unknown: ["é"] });
  assert.deepEqual(bias.sift("a:1,é:2,#3:-inf", SYMBOLS, false), { kept: "a:1", unknown: ["é", "#3"] });
  assert.deepEqual(picks.sift("0:a,4:é", SYMBOLS, true), { kept: "0:a", unknown: ["é"] });
});

test("picks are the hand-chosen steps, and those before a step are kept for another run", () => {
  const step = (id, hand) => ({ id, hand });
  const run = { symbols: SYMBOLS, prompted: 1, steps: [step(0, true), step(4, true), step(1, false), step(10, true)] };
  assert.equal(picks.picksOf(run), "0:\\,,2:#10");
  assert.equal(picks.picksBefore(picks.picksOf(run), 2), "0:\\,");
  assert.equal(picks.picksBefore(picks.picksOf(run), 0), "");
  assert.equal(picks.withPick(picks.picksOf(run), 2, ":"), "0:\\,,2:\\:"); // what was chosen there, or behind it, is not any more
  const many = { symbols: SYMBOLS, prompted: 0, steps: Array.from({ length: 500 }, () => step(0, true)) };
  assert.equal(picks.picksOf(many).split(",").length, picks.MAX_PICKS);
});
