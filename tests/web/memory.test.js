// What is kept of a page over a reload.
import assert from "node:assert/strict";
import test from "node:test";

import * as memory from "../../playground/web/core/memory.js";
import * as runs from "../../playground/web/core/runs.js";
import * as sampling from "../../playground/web/core/sampling.js";

const SYMBOLS = ["a", "b", "c"];
const SETTINGS = {
  model: "m", prompt: "ab", temperature: Infinity, top_k: 0, top_p: 1, min_p: 0, seed: 7, length: 3, stop: "none", bias: "c:2", picks: "",
};
const row = () => new Float32Array(3);

// Two of the prompt and four that were written: two under one seed, one by hand, one under another seed.
function makeRun(change = {}) {
  const other = { ...SETTINGS, seed: 9, bias: "" };
  const step = (id, i, settings, hand = false) => ({
    id, u: settings && !hand ? sampling.dice(settings.seed, i) : null, hand, settings, logits: row(), own: null,
    bias: settings?.bias ? [[2, 2]] : [],
  });
  return {
    id: "1", model: "m", card: {}, stops: ["none"], unit: "character", normalizer: "none", start: null, folded: false, symbols: SYMBOLS,
    special: new Set(), dropsFirstSpace: false, text: "ab", skipped: 0, promptCells: [{ text: "a", count: 1 }, { text: "b", count: 1 }],
    prompted: 2, tip: row(), settings: other, bias: [], expected: 6, most: 9, stopped: null,
    steps: [
      step(0, 0, null), step(1, 0, null),
      step(2, 0, SETTINGS), step(0, 1, SETTINGS), step(1, 2, SETTINGS, true), step(2, 3, other),
    ],
    ...change,
  };
}
const stateOf = (change = {}) => ({
  settings: SETTINGS, run: makeRun(), branches: [], cursor: 4, shown: 6, here: true, busy: false, playing: false, unlinked: { score: "long" }, ...change,
});
const stored = (change) => memory.read(memory.write(memory.snapshot(stateOf(change), "http://x/")));

test("a run restored from storage and a new answer is the same run", () => {
  const { current, place, settings, at, texts } = stored();
  assert.deepEqual(texts, { score: "long" });
  assert.equal(at, "http://x/");
  assert.deepEqual(settings, SETTINGS);
  assert.deepEqual(place, { cursor: 2, shown: 4, here: true, busy: false, playing: false });
  const before = makeRun();
  const answered = makeRun({ settings: {}, bias: [[0, 1]], expected: 4, most: 4, stopped: "length" });
  answered.steps = answered.steps.map((step, i) => (i < 2 ? step : { ...step, u: null, hand: true, settings: {}, bias: [] }));
  memory.complete(answered, current);
  assert.deepEqual(answered, before);
  const { settings: asked, again, written } = memory.question(current);
  assert.deepEqual(again, [2, 0, 1, 2]);
  assert.deepEqual(written, []);
  assert.equal(asked.prompt, "ab");
  assert.equal(asked.length, 1); // however long it is: no more than that need be written
});

test("a version without rows has its text and is recognized among others", () => {
  const record = stored().current;
  const version = memory.outlineOf(record);
  assert.equal(runs.writingOf(version), runs.writingOf(makeRun()));
  assert.ok(runs.holds(makeRun(), version));
  assert.equal(memory.recordOf(version), record);
  assert.ok(!runs.holds(makeRun({ text: "b" }), version));
});

test("a page without generated text stores no run", () => {
  assert.equal(stored({ run: makeRun({ steps: makeRun().steps.slice(0, 2) }) }).current, null);
  assert.equal(stored({ run: null }).current, null);
});

test("the newest versions that fit are stored", () => {
  const versions = Array.from({ length: 20 }, (_, i) => makeRun({ text: `version ${i}` }));
  assert.deepEqual(stored({ branches: versions }).versions.map(({ prompt }) => prompt), versions.slice(-12).map(({ text }) => text));
  const long = versions.map((version) => ({ ...version, text: `${version.text}${"x".repeat(60_000)}` }));
  const text = memory.write(memory.snapshot(stateOf({ branches: long }), "http://x/"));
  assert.ok(text.length < 510_000);
  const kept = memory.read(text).versions;
  assert.ok(kept.length >= 2 && kept.length < 12);
  assert.ok(kept.at(-1).prompt.startsWith("version 19"));
});

test("invalid stored data is ignored", () => {
  const whole = memory.snapshot(stateOf({ branches: [makeRun()] }), "http://x/");
  const changed = (patch) => memory.read(JSON.stringify({ ...JSON.parse(memory.write(whole)), ...patch }));
  for (const text of [null, "", "{", "[]", "7", "null", "{}", '{"format":1}']) assert.equal(memory.read(text), null);
  assert.equal(changed({ format: 2 }), null);
  assert.equal(changed({ settings: { ...SETTINGS, seed: "x" } }), null);
  assert.equal(changed({ place: { cursor: "a", shown: 0 } }), null);
  assert.deepEqual(changed({ texts: { a: 3, b: "x" } }).texts, { b: "x" });
  assert.deepEqual(changed({ texts: undefined }).texts, {});
  const record = whole.versions[0];
  const wrong = [{ ids: [] }, { ids: [1.5] }, { ids: "x" }, { hands: [-1] }, { under: [] }, { under: [[0, {}]] }, { prompt: 3 }, { expected: null }, { most: "9" }];
  for (const patch of wrong) {
    const restored = changed({ current: { ...record, ...patch }, versions: [{ ...record, ...patch }, record, 5] });
    assert.equal(restored.current, null, JSON.stringify(patch));
    assert.equal(restored.versions.length, 1);
  }
});
