// Characters, bytes, cells and addresses.
import assert from "node:assert/strict";
import test from "node:test";

import { describe, query } from "../../playground/web/core/address.js";
import * as branches from "../../playground/web/core/branches.js";
import * as bytes from "../../playground/web/core/bytes.js";
import * as characters from "../../playground/web/core/characters.js";
import * as format from "../../playground/web/core/format.js";
import { table } from "../../playground/web/core/given.js";
import * as runs from "../../playground/web/core/runs.js";

const packed = (numbers) => Buffer.from(Float32Array.from(numbers).buffer).toString("base64");
const escaped = (text) => [...Buffer.from(text)].map((byte) => String.fromCharCode(0xf700 + byte)).join("");

// A message of wire.py about a prompt, of a model of characters.
function message(text, symbols, more = {}) {
  const ids = [...text].map((c) => symbols.indexOf(c));
  return {
    id: "1", model: "m", unit: "character", normalizer: "none", start: null, folded: false, symbols, special: [], names: {},
    drops_first_space: false, settings: { temperature: "inf", length: 3 }, first: 0, done: false, stopped: null,
    prompt: { text, skipped: 0, ids, logits: packed(ids.flatMap(() => symbols.map(() => 0))), cells: [...text].map((c) => [c, 1]), unknown: {} },
    chunks: [], tip: packed(symbols.map((_, i) => i)), ...more,
  };
}
const chunk = (ids, symbols, us = ids.map(() => 0.5)) => ({ ids, us, logits: packed(ids.flatMap(() => symbols.map(() => 0))) });

test("bytes of a character are that character, and others stay", () => {
  assert.equal(bytes.whole(escaped("é한😀")), "é한😀");
  assert.equal(bytes.whole("\uf7e2x"), "\uf7e2x");
  assert.equal(bytes.whole("\uf7ed\uf7a0\uf780"), "\uf7ed\uf7a0\uf780"); // half a surrogate pair
  assert.equal(bytes.pending(`a${escaped("한").slice(0, 2)}`), escaped("한").slice(0, 2));
  assert.deepEqual(bytes.plain(escaped("é")[0]), { symbol: "\ufffd", bytes: "c3" });
});

test("what cannot be seen has a sign, and no two symbols look alike", () => {
  assert.equal(format.seen(" "), "␣");
  assert.equal(format.seen("␣"), "(␣)");
  assert.equal(format.seen("\u200d"), "U+200D");
  assert.equal(format.seen("ᆨ"), "-ㄱ");
  assert.equal(format.seen("ㄱ"), "(ㄱ)");
  assert.equal(format.seen("\uf7e2"), "⟨E2⟩");
  assert.equal(characters.sign("\u0301"), "◌\u0301");
});

test("numbers have about three digits", () => {
  assert.deepEqual([1, 0.5, 0.0123, 1e-9, 0].map(format.percent), ["100.0 %", "50.0 %", "1.2 %", "1·10⁻⁷ %", "0 %"]);
  assert.deepEqual([0, 0.05, 0.5, 12.34, 123.4, 1e6, Infinity].map(format.number), ["0", "0.050", "0.50", "12.3", "123", "1.0e+6", "∞"]);
});

test("a run is made of messages, and its letters and marks are cells", () => {
  const symbols = ["a", "e", "\u0301"];
  const run = runs.open(message("a", symbols));
  assert.equal(run.settings.temperature, Infinity);
  assert.equal(run.prompted, 1);
  assert.deepEqual([...run.tip], [0, 1, 2]);
  const longer = message("a", symbols, { chunks: [chunk([1, 2], symbols), chunk([0], symbols)], done: true, stopped: "length" });
  runs.extend(run, longer);
  runs.extend(run, longer); // the same again adds nothing
  assert.equal(runs.textOf(run), "ae\u0301a");
  assert.deepEqual(runs.cells(run).map(({ text, from, to }) => [text, from, to]), [["a", 0, 1], ["é", 1, 3], ["a", 3, 4]]);
  assert.equal(runs.startOfCell(run, 2, true), 1);
  assert.equal(runs.startOfCell(run, 2, false), 3);
  assert.equal(run.expected, 3);
  assert.equal(runs.textOf(runs.cut(run, 2)), "ae");
});

test("how surprising a step was is in bits", () => {
  const symbols = ["a", "b", "c", "d"];
  const run = runs.open(message("a", symbols, { chunks: [chunk([1], symbols)] }));
  const { probability, surprise, entropy } = runs.judge({ ...run.steps[1], settings: null });
  assert.deepEqual([probability, surprise, entropy], [0.25, 2, 2]);
});

test("a run that is left stays, unless the new one holds it", () => {
  const symbols = ["a", "b"];
  const open = (ids) => runs.open(message("a", symbols, { chunks: [chunk(ids, symbols)] }));
  const [short, long, other] = [open([0]), open([0, 1]), open([1, 1])];
  const after = (old, run) => branches.after({ branches: [], shown: old.steps.length }, old, run, false);
  assert.deepEqual(after(short, long), []);
  assert.deepEqual(after(other, long).map((run) => runs.writingOf(run)), ["abb"]);
  assert.deepEqual(branches.without([short, other], long).map((run) => runs.writingOf(run)), ["abb"]);
});

test("the address says the settings, and leaves out a prompt that is too long for it", () => {
  Object.assign(table, { model: { link: "model" }, prompt: { link: "prompt" }, temperature: { link: "temperature" }, top_k: { link: "top-k" } });
  const settings = { model: "m", prompt: "O & Ü?", temperature: Infinity, top_k: 5 };
  const say = (patch, state = {}) => describe("https://x.y/?top_k=3&lang=ko", { settings: { ...settings, ...patch }, opened: true, asks: "", tab: "play", linked: {}, ...state });
  const found = new URL(say({}));
  assert.deepEqual(Object.fromEntries(found.searchParams), { lang: "ko", model: "m", prompt: "O & Ü?", temperature: "inf", "top-k": "5" });
  assert.equal(new URL(say({ prompt: "x".repeat(20_000) })).searchParams.has("prompt"), false);
  assert.equal(new URL(say({}, { asks: "a/b" })).searchParams.get("model"), "a/b");
  assert.equal(say({}, { opened: false }), "https://x.y/?top_k=3&lang=ko");
  const tab = new URL(say({}, { tab: "score", linked: { score: { text: "x", models: null } } }));
  assert.deepEqual([tab.searchParams.get("tab"), tab.searchParams.get("text"), tab.searchParams.has("models")], ["score", "x", false]);
});

test("the theme and the signature of a Space go to nobody", () => {
  assert.equal(query("https://x.y/?a=1&__theme=dark&__sign=z"), "?a=1");
  assert.equal(query("https://x.y/?__theme=dark"), "");
});
