// The true next character: what the bars are given, worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { distributionOf } from "../../playground/web/core/distribution.js";
import { groups } from "../../playground/web/core/groups.js";
import * as next from "../../playground/web/core/nextcharacter.js";
import * as sampling from "../../playground/web/core/sampling.js";
import { explainHeight } from "../../playground/web/core/sum.js";

const SYMBOLS = ["a", "b", "ab", "ba", "\uf7eb", "<end>"];
const run = { symbols: SYMBOLS, steps: [0, 2, 1].map((id) => ({ id })) };
const settings = { temperature: 1, topK: 0, topP: 1, minP: 0, bias: [] };
const PROBABILITIES = [0.5, 0.25, 0.125, 0.125]; // of a, b, the end, and a byte
const answer = next.answerOf({
  head: { outcomes: ["a", "b", 5, "\uf7eb"], size: 4, folded: false, left_out: 0.01, left_out_of_all: 0.2, cut_anew: 2, whole: false, changed: 0.3 },
  body: new Uint8Array(new Float32Array(PROBABILITIES.map(Math.log)).buffer),
}, run);
const tokens = (more = {}) => distributionOf({
  logits: new Float32Array([0, 2, 1, 3, -1, -2]), symbols: SYMBOLS, special: new Set([5]), unit: "token", u: 0.1, ...more,
}, settings);
const close = (found, expected) => found.forEach((p, i) => assert.ok(Math.abs(p - expected[i]) < 1e-6, `${p} is not ${expected[i]}`));

test("a question has the whole prompt even if the page only has its last ids", () => {
  const long = { model: "m", text: "a long prompt", skipped: 9, prompted: 2, steps: [4, 5, 0, 2].map((id) => ({ id })) };
  assert.deepEqual(next.question(long, 4), { model: "m", prompt: "a long prompt", left: 0, written: [0, 2] });
  assert.deepEqual(next.question(long, 3), { model: "m", prompt: "a long prompt", left: 0, written: [0] });
  assert.deepEqual(next.question(long, 2), { model: "m", prompt: "a long prompt", left: 0, written: [] });
  assert.deepEqual(next.question(long, 0), { model: "m", prompt: "a long prompt", left: 2, written: [] });
});

test("an answer has characters, and the spellings of special tokens", () => {
  assert.deepEqual(answer.symbols, ["a", "b", "<end>", "\uf7eb"]);
  assert.deepEqual(answer.ids, [null, null, 5, null]);
  assert.deepEqual([...answer.special], [2]);
  assert.deepEqual([answer.leftOut, answer.leftOutOfAll, answer.cutAnew, answer.whole, answer.changed], [0.01, 0.2, 2, false, 0.3]);
});

test("the bars are characters ordered by their probability at T = 1", () => {
  const shown = next.distribution(answer, tokens());
  const bars = groups(shown, { first: true, alphabet: false });
  assert.deepEqual(bars.map(({ symbol, special }) => [symbol, special]), [["a", false], ["b", false], ["<end>", true], ["\uf7eb", false]]);
  close(bars.map(({ places: [place] }) => shown.drawn.probabilities[place]), PROBABILITIES);
  assert.deepEqual(groups(shown, { first: true, alphabet: true }).map(({ symbol }) => symbol), ["<end>", "a", "b", "\uf7eb"]);
});

test("a by-characters row tells how much mass was left out", () => {
  const row = sampling.rank(new Float32Array([0.5, 0.25, 0.2].map(Math.log)));
  close([next.leftOut(row)], [0.05]);
  close([next.leftOut(sampling.rank(new Float32Array([0.5, 0.5].map(Math.log))))], [0]);
});

test("the settings act on the characters", () => {
  const cold = next.distribution(answer, { ...tokens(), settings: { ...settings, temperature: 0.5 } });
  const squares = PROBABILITIES.map((p) => p * p);
  const all = squares.reduce((a, b) => a + b);
  close(Array.from(cold.drawn.probabilities), squares.map((p) => p / all));
  const two = next.distribution(answer, { ...tokens(), settings: { ...settings, topK: 2 } });
  close(Array.from(two.drawn.probabilities), [2 / 3, 1 / 3, 0, 0]);
});

test("the first character of the token under the dart is marked", () => {
  assert.equal(SYMBOLS[tokens().under], "ba");
  assert.equal(next.distribution(answer, tokens()).under, 1);
  assert.deepEqual(next.distribution(answer, tokens({ came: { id: 5, hand: true } })).came, { id: 2, hand: true });
  assert.equal(next.distribution(answer, tokens()).came, null);
});

test("a click picks the likeliest token that begins with the character", () => {
  assert.deepEqual([0, 1, 2, 3].map((place) => SYMBOLS[next.tokenOf(answer, tokens(), place)]), ["ab", "ba", "<end>", "\uf7eb"]);
});

test("a character that begins no listed token is picked as its own token, if there is one", () => {
  const folded = { ids: new Uint32Array([3, 1]), logits: [3, 2], counts: [4], means: [0], size: 6 };
  assert.equal(next.tokenOf(answer, tokens({ logits: folded }), 0), 0);
  const odd = { ...answer, symbols: ["z", ...answer.symbols.slice(1)] };
  assert.equal(next.tokenOf(odd, tokens({ logits: folded }), 0), undefined);
});

test("the re-tokenized end is what its tokens spell", () => {
  assert.equal(next.endOf(run, 3, 2), "abb");
  assert.equal(next.endOf({ symbols: ["\uf7eb\uf782", "\uf798"], steps: [{ id: 0 }, { id: 1 }] }, 2, 2), "나");
});

test("a bar explains its height", () => {
  const shown = next.distribution(answer, tokens());
  const [a] = groups(shown, { first: true, alphabet: false });
  const { rows } = explainHeight(shown, a);
  assert.equal(rows.length, 1);
  assert.match(rows[0][1], /^50(\.0)?\u00a0%$/);
});
