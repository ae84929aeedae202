// Characters, bytes, cells and addresses.
import assert from "node:assert/strict";
import test from "node:test";

import { describe, query } from "../../playground/web/core/address.js";
import { read } from "../../playground/web/core/hidden.js";
import * as branches from "../../playground/web/core/branches.js";
import * as bytes from "../../playground/web/core/bytes.js";
import * as characters from "../../playground/web/core/characters.js";
import * as client from "../../playground/web/core/client.js";
import * as format from "../../playground/web/core/format.js";
import { frames } from "../../playground/web/core/frames.js";
import { table } from "../../playground/web/core/pagedata.js";
import * as runs from "../../playground/web/core/runs.js";

const escaped = (text) => [...Buffer.from(text)].map((byte) => String.fromCharCode(0xf700 + byte)).join("");
const bytesOf = (...columns) => new Uint8Array(Buffer.concat(columns.map((column) => Buffer.from(column.buffer))));
const zeros = (rows, symbols) => new Float32Array(rows * symbols.length);

// The first frame of an answer about a prompt, of a model of characters; its tip is 0, 1, 2, …
function head(text, symbols) {
  const ids = [...text].map((c) => symbols.indexOf(c));
  const about = {
    card: {}, unit: "character", start: null, normalizer: "none", symbols, special: [], drops_first_space: false, names: {},
    folded: false, stops: ["none"],
  };
  const prompt = {
    text, skipped: 0, drop: [0, 0], keep: [0, 0], whole: true, cells: [...text].map((c) => [c, 1]), unknown: {}, n: ids.length,
  };
  const tip = Float32Array.from(symbols, (_, i) => i);
  return {
    head: { id: "1", model: "m", about, names: {}, prompt, first: 0, length: 3, settings: { temperature: "inf" } },
    body: bytesOf(zeros(1, symbols), Uint32Array.from(ids), zeros(ids.length, symbols), tip),
  };
}
const steps = (ids, symbols, more = {}) => ({
  head: { n: ids.length, done: false, stopped: null, ...more },
  body: bytesOf(Uint32Array.from(ids), new Float64Array(ids.length).fill(0.5), zeros(ids.length, symbols)),
});
function makeRun(text, symbols, ...parts) {
  const run = runs.open(head(text, symbols));
  for (const ids of parts) runs.extend(run, steps(ids, symbols));
  return run;
}

test("bytes that form a character become that character, and others stay", () => {
  assert.equal(bytes.whole(escaped("é한😀")), "é한😀");
  assert.equal(bytes.whole("\uf7e2x"), "\uf7e2x");
  assert.equal(bytes.whole("\uf7ed\uf7a0\uf780"), "\uf7ed\uf7a0\uf780"); // half a surrogate pair
  assert.equal(bytes.pending(`a${escaped("한").slice(0, 2)}`), escaped("한").slice(0, 2));
  assert.deepEqual(bytes.plain(escaped("é")[0]), { symbol: "\ufffd", bytes: "c3" });
});

test("invisible symbols have a sign, and no two symbols look alike", () => {
  assert.equal(format.seen(" "), "␣");
  assert.equal(format.seen("␣"), "(␣)");
  assert.equal(format.seen("\u200d"), "U+200D");
  assert.equal(format.seen("ᆨ"), "-ㄱ");
  assert.equal(format.seen("ㄱ"), "(ㄱ)");
  assert.equal(format.seen("\uf7e2"), "⟨E2⟩");
  assert.equal(characters.sign("\u0301"), "◌\u0301");
});

test("numbers have about three digits", () => {
  assert.deepEqual([1, 0.5, 0.0123, 1e-9, 0].map(format.percent), ["100.0\u00a0%", "50.0\u00a0%", "1.2\u00a0%", "1·10⁻⁷\u00a0%", "0\u00a0%"]);
  assert.deepEqual([0, 0.05, 0.5, 12.34, 123.4, 1e6, Infinity].map(format.number), ["0", "0.050", "0.50", "12.3", "123", "1.0e+6", "∞"]);
});

test("a run is built from frames, and letters with their marks are cells", () => {
  const symbols = ["a", "e", "\u0301"];
  const run = makeRun("a", symbols);
  assert.equal(run.settings.temperature, Infinity);
  assert.equal(run.prompted, 1);
  assert.deepEqual([...run.tip], [0, 1, 2]);
  runs.extend(run, steps([1, 2], symbols));
  assert.deepEqual([...run.steps[1].logits], [0, 1, 2]);
  runs.extend(run, steps([0], symbols, { done: true, stopped: "length" }));
  assert.equal(runs.textOf(run), "ae\u0301a");
  assert.deepEqual(runs.cells(run).map(({ text, from, to }) => [text, from, to]), [["a", 0, 1], ["é", 1, 3], ["a", 3, 4]]);
  assert.equal(runs.startOfCell(run, 2, true), 1);
  assert.equal(runs.startOfCell(run, 2, false), 3);
  assert.equal(run.expected, 3);
  assert.equal(run.stopped, "length");
  assert.equal(runs.textOf(runs.cut(run, 2)), "ae");
});

test("for an edited prompt, unchanged rows are reused and only new ones are sent", () => {
  const symbols = ["a", "b", "c"];
  const old = makeRun("abc", symbols);
  const frame = head("abb", symbols);
  const prompt = { text: null, skipped: 0, drop: [1, 1], keep: [1, 1], whole: false, cells: [["b", 1]], unknown: {}, n: 1 };
  const body = bytesOf(Uint32Array.of(1), Float32Array.of(7, 8, 9));
  const run = runs.open({ head: { ...frame.head, about: null, prompt, first: null }, body }, old, "bb");
  assert.equal(run.text, "bb");
  assert.deepEqual(run.steps.map(({ id }) => id), [1, 1]);
  assert.equal(run.steps[0], old.steps[1]);
  assert.equal(run.steps[1].logits, old.steps[2].logits);
  assert.deepEqual([...run.tip], [7, 8, 9]);
  assert.deepEqual(run.promptCells.map(({ text }) => text), ["b", "b"]);
});

test("an edit is described by the unchanged text before and after it", () => {
  const run = { model: "m", text: "a😀bc", skipped: 2 };
  assert.deepEqual(client.promptEdit(run, "m", "a😀xc"), { head: 2, tail: 1, between: "b", skipped: 2 });
  assert.deepEqual(client.promptEdit(run, "m", "a😀bcd"), { head: 4, tail: 0, between: "", skipped: 2 });
  assert.deepEqual(client.promptEdit({ ...run, text: "aa" }, "m", "aaa"), { head: 2, tail: 0, between: "", skipped: 2 });
  assert.equal(client.promptEdit(run, "n", "a"), null);
  assert.equal(client.promptEdit(null, "m", "a"), null);
});

test("frames are parsed however the bytes are split", async () => {
  const makeFrame = (object, body) => {
    const text = Buffer.from(JSON.stringify(object));
    return Buffer.concat([Buffer.from(Uint32Array.of(text.length, body.length).buffer), text, Buffer.from(body)]);
  };
  const sent = [makeFrame({ a: "나" }, [1, 2, 3]), makeFrame({}, []), makeFrame({ b: 2 }, new Array(50).fill(9))];
  const all = Buffer.concat(sent);
  for (const size of [1, 2, 7, 8, 9, 30, all.length]) {
    async function* pieces() {
      for (let at = 0; at < all.length; at += size) yield new Uint8Array(all.subarray(at, at + size));
    }
    const found = [];
    for await (const { head, body } of frames(pieces())) found.push([head, body.length]);
    assert.deepEqual(found, [[{ a: "나" }, 3], [{}, 0], [{ b: 2 }, 50]], `in pieces of ${size}`);
  }
});

test("the surprise of a step is in bits", () => {
  const symbols = ["a", "b", "c", "d"];
  const run = makeRun("aa", symbols);
  const { probability, surprise, entropy } = runs.judge({ ...run.steps[1], settings: null });
  assert.deepEqual([probability, surprise, entropy], [0.25, 2, 2]);
});

test("a replaced run becomes a branch unless the new one contains it", () => {
  const symbols = ["a", "b"];
  const open = (ids) => makeRun("a", symbols, ids);
  const [short, long, other] = [open([0]), open([0, 1]), open([1, 1])];
  const after = (old, run) => branches.branchesAfter({ branches: [], shown: old.steps.length }, old, run, false);
  assert.deepEqual(after(short, long), []);
  assert.deepEqual(after(other, long).map((run) => runs.writingOf(run)), ["abb"]);
  assert.deepEqual(branches.branchesNotIn([short, other], long).map((run) => runs.writingOf(run)), ["abb"]);
});

test("the URL has the settings and leaves out a prompt that is too long", () => {
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

test("hidden controls stay in the URL, and unknown names are removed", () => {
  const state = { settings: {}, opened: true, asks: "", tab: "play", linked: {} };
  const hidden = (text, patch = {}) => new URL(describe(`https://x.y/?hide=${text}`, { ...state, ...patch })).searchParams.get("hide");
  assert.equal(hidden("seed,nobody, share,seed"), "seed,share");
  assert.equal(hidden("nobody"), null);
  assert.equal(hidden("nobody", { opened: false }), "nobody"); // it is still to be told
  assert.match(describe("https://x.y/?hide=seed,share", state), /hide=seed,share/);
  assert.deepEqual(read("a,seed"), { hidden: ["seed"], unknown: ["a"] });
});

test("the theme and the signature of a Space are not shared", () => {
  assert.equal(query("https://x.y/?a=1&__theme=dark&__sign=z"), "?a=1");
  assert.equal(query("https://x.y/?__theme=dark"), "");
});

test("a run can span several answers and knows its expected number of steps", () => {
  const symbols = ["a", "b"];
  const run = runs.ask(makeRun("a", symbols), 5); // the answer is of 3
  runs.extend(run, steps([0, 1, 1], symbols, { done: true, stopped: "length" }));
  assert.deepEqual([run.expected, run.stopped, runs.lengthOf(run)], [5, null, 5]);
  runs.extend(run, steps([0], symbols, { done: true, stopped: "line" }));
  assert.deepEqual([run.expected, run.stopped, runs.lengthOf(run)], [4, "line", 5]);
  // Written on from its fourth step, in which a line ended it: what stands before counts too.
  const first = head("a", symbols);
  const on = runs.open({ ...first, head: { ...first.head, first: 4, prompt: { ...first.head.prompt } } }, run);
  runs.extend(on, steps([1], symbols, { done: true, stopped: "line" }));
  assert.equal(runs.lengthOf(on), 7);
  assert.equal(runs.lengthOf(runs.cut(on, on.prompted + 2)), 2);
});
