// A search as it comes from the server: its tree, its sums, its ranking and its lines, worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf, number } from "../../playground/web/charts/ranking.js";
import { rankingSvg } from "../../playground/web/charts/rankingsvg.js";
import { treeSvg } from "../../playground/web/charts/treesvg.js";
import { humanText } from "../../playground/web/core/human.js";
import { percent, power } from "../../playground/web/core/format.js";
import * as searches from "../../playground/web/core/search.js";

const ln = Math.log;
const round = (n) => Number(n.toFixed(9));
const shown = (symbol) => (symbol === " " ? "␣" : symbol);
const HEAD = { model: "m", title: "M", unit: "character", counted: "character", normalizer: "none", special: [], vocabulary: 3, width: 2, length: 2, penalty: 0, stop: "none" };

// a 0.5, b 0.4, c 0.1; then ba 0.36 and aa 0.2 are kept, ab 0.15 and ac 0.15 dropped.
function search(more = {}) {
  const made = searches.begin({ ...HEAD, ...more });
  searches.extend(made, {
    symbols: { 0: "a", 1: "b", 2: " " },
    step: { kept: [[0, 0, ln(0.5), ln(0.5), null], [0, 1, ln(0.4), ln(0.4), null]], dropped: [[0, 2, ln(0.1), ln(0.1), null]], looked_at: 3, log_mass: ln(0.9), dropped_mass: 0.1 },
  });
  searches.extend(made, {
    step: {
      kept: [[1, 0, ln(0.36), ln(0.36), "length"], [0, 0, ln(0.2), ln(0.2), "length"]], dropped: [[0, 1, ln(0.15), ln(0.15), "length"], [0, 2, ln(0.15), ln(0.15), "length"]],
      looked_at: 6, log_mass: ln(0.56), dropped_mass: 0.34 / 0.9,
    },
  });
  return made;
}

const line = (ids, text, each, more = {}) => ({
  ids, text, log_probabilities: each.map(ln), log_probability: each.reduce((sum, p) => sum + ln(p), 0), length: ids.length, stopped: "length", ...more,
});

test("branches are tree nodes under the text that they extend", () => {
  const made = search();
  const nodes = searches.nodes(made, 2, 2, shown);
  assert.deepEqual(nodes.map(({ parent, text, kept }) => [parent, text, kept]), [
    [-1, "", true], [0, "a", true], [0, "b", true], [0, "␣", false], [2, "a", true], [1, "a", true], [1, "b", false], [1, "␣", false],
  ]);
  assert.deepEqual(searches.nodes(made, 1, 2, shown).length, 4);
  assert.deepEqual(searches.nodes(made, 2, 1, shown).map(({ text }) => text).join(""), "ab␣aab", "one dropped branch a step, the likeliest");
  assert.ok(nodes.every(({ best }) => !best), "which is the best text is not known yet");
});

test("the path to a node has its symbols, their log-probabilities and the running sum", () => {
  const nodes = searches.nodes(search(), 2, 2, shown);
  const [first, second] = searches.pathTo(nodes, 4);
  assert.deepEqual([first.text, round(first.logp), round(first.sum)], ["b", round(ln(0.4)), round(ln(0.4))]);
  assert.deepEqual([second.text, round(second.logp), round(second.sum)], ["a", round(ln(0.9)), round(ln(0.36))]);
  assert.deepEqual(searches.pathTo(nodes, 0), []);
});

test("a large tree is pruned to its last steps and what led to them", () => {
  const made = searches.begin({ ...HEAD, width: 3 });
  const logs = [-1, -2, -3];
  for (let i = 0; i < 60; i++) { // at each step all texts come from the first one, so that two die out
    const branch = (parent, id, stopped = null) => [parent, id, logs[id] - i, logs[id] - i, stopped];
    searches.extend(made, { symbols: i ? {} : { 0: "a", 1: "b", 2: "c" }, step: { kept: [branch(0, 0), branch(0, 1), branch(0, 2)], dropped: [], looked_at: 9, log_mass: 0, dropped_mass: 0 } });
  }
  const few = searches.nodes(made, 10, 1, shown);
  assert.equal(few.length, 1 + 10 * 3);
  const many = searches.nodes(made, 60, 1, shown);
  assert.equal(many.length, 1 + 56 + 4 * 3);
  assert.equal(searches.pathTo(many, many.length - 1).length, 60, "nothing on the way to the last is missing");
  assert.ok(many.every(({ parent }, i) => parent < i));
});

test("an ended text stays in the beam without a new node", () => {
  const made = search();
  searches.extend(made, { step: { kept: [[1, null, ln(0.2), ln(0.2), "line"], [0, 1, ln(0.1), ln(0.1), "length"]], dropped: [[0, null, ln(0.05), ln(0.05), "line"]], looked_at: 4, log_mass: 0, dropped_mass: 0 } });
  searches.extend(made, { beams: [line([0, 0], "aa", [0.5, 0.4])] });
  const nodes = searches.nodes(made, 3, 2, shown);
  assert.equal(nodes.length, 9, "only the b is new");
  assert.deepEqual(nodes.map(({ best }, i) => (best ? i : -1)).filter((i) => i >= 0), [0, 1, 5], "the prompt, a, aa");
  assert.equal(searches.nodes(made, 2, 2, shown).some(({ best }) => best), false, "before the last step nobody knows");
});

test("the ranking sorts all texts by score, and the gain compares beam and greedy", () => {
  const made = search();
  searches.extend(made, { beams: [line([1, 0], "ba", [0.4, 0.9]), line([0, 0], "aa", [0.5, 0.4])] });
  searches.extend(made, { greedy: line([0, 0], "aa", [0.5, 0.4]), samples: [line([2, 2], "  ", [0.1, 0.5], { seed: 5 }), line([1, 0], "ba", [0.4, 0.9], { seed: 6 })] });
  const ranks = searches.ranking(made);
  assert.deepEqual(ranks.map(({ kind, text }) => [kind, text]), [["beam", "ba"], ["sample", "ba"], ["beam", "aa"], ["greedy", "aa"], ["sample", "  "]]);
  assert.equal(round(ranks[0].score), round(ln(0.36)));
  assert.equal(round(searches.gain(made)), round(0.36 / 0.2));
  made.greedy.length = 1;
  assert.equal(searches.gain(made), null, "texts of other lengths are not compared so");
});

test("the length penalty is that of Wu et al.: for seven symbols the divisor is 2 to the alpha", () => {
  assert.deepEqual([searches.penaltyOf(7, 1), searches.penaltyOf(7, 2), searches.penaltyOf(7, 0), searches.penaltyOf(1, 2)], [2, 4, 1, 1]);
  const made = search({ penalty: 1 });
  const long = line([0, 0, 0, 0, 0, 0, 0], "aaaaaaa", Array.from({ length: 7 }, () => 0.7));
  searches.extend(made, { beams: [line([2], " ", [0.1]), long] });
  assert.deepEqual(searches.ranking(made).map(({ text }) => text), ["aaaaaaa", " "]);
  assert.equal(round(searches.ranking(made)[0].score), round((7 * ln(0.7)) / 2));
});

test("surprise adds up in bits, samples are averaged, and the human text's context is excluded", () => {
  const made = search();
  searches.extend(made, { greedy: line([0, 0], "aa", [0.5, 0.5]), samples: [line([0, 1], "ab", [1 / 2, 1 / 8]), line([0, 1], "ab", [1 / 8, 1 / 8])] });
  searches.extend(made, { dull: line([0, 0], "aa", [1, 1 / 2]) });
  const head = { model: "m", title: "M", unit: "character", counted: "character", start: "", cells: [["a", 1], ["b", 1], ["é", 1]], unknown: {}, ids: [0, 1, 2], special: [], names: {}, characters: 3 };
  searches.extend(made, { human: { head, skipped: 1, log_probabilities: [ln(1 / 16), ln(1 / 4), "-inf"] } });
  const { human, samples, beam } = searches.surpriseSeries(made);
  assert.deepEqual([human, samples.map(round), beam.map(round)], [[ln(1 / 4), -Infinity], [round(-2 * ln(2)), round(-3 * ln(2))], [0, round(-ln(2))]]);
  assert.deepEqual(searches.sums(samples).map(([n, bits]) => [n, round(bits)]), [[0, 0], [1, 2], [2, 5]]);
  assert.equal(round(searches.mean(beam)), 0.5);
  assert.deepEqual(searches.humanLetters(made.human).map(({ text, at, bits }) => [text, at, Number.isNaN(bits) ? "read" : bits]), [["a", -1, "read"], ["b", 0, 2], ["é", 1, Infinity]]);
  assert.deepEqual(searches.lettersOf(made, made.samples[0]).map(({ text, at, bits }) => [text, at, round(bits)]), [["a", 0, 1], ["b", 1, 3]]);
  const csv = searches.surpriseCsv(made);
  assert.match(csv, /^symbol,human text \(bits\),"samples, mean \(bits\)",beam \(bits\)\r\n1,2,2/);
});

test("the jamo of a syllable are one cell with their total surprise", () => {
  const made = searches.begin({ ...HEAD, normalizer: "nfd", counted: "jamo" });
  searches.extend(made, { symbols: { 0: "\u1112", 1: "\u1161", 2: "\u11ab", 3: " " } });
  const letters = searches.lettersOf(made, line([0, 1, 2, 3], "한 ", [1 / 2, 1 / 4, 1 / 2, 1 / 2]));
  assert.deepEqual(letters.map(({ text, at, bits }) => [text, at, round(bits)]), [["한", 0, 4], [" ", 3, 1]]);
});

test("a mark is placed by its value, and SVG files escape their texts", () => {
  assert.deepEqual([placeOf(-30, -30), placeOf(-15, -30), placeOf(0, -30), placeOf(-99, -30)], [0, 0.5, 1, 0]);
  assert.deepEqual([number(-1.256, 2), number(0, 0)], ["−1.26", "0"]);
  const rows = [{ kind: "beam", name: "Beam 1", text: "<b>", value: -2 }, { kind: "greedy", name: "Greedy", text: "x".repeat(99), value: -4 }];
  const svg = rankingSvg({ rows, low: -5, unit: "ln P" }, "Texts");
  assert.ok(svg.includes("&lt;b&gt;") && svg.includes("ln P") && svg.includes("−2.00") && svg.includes("…") && !svg.includes("x".repeat(60)));
  const nodes = searches.nodes(Object.assign(search(), { beams: [line([1, 0], "ba", [0.4, 0.9])] }), 2, 2, shown);
  assert.match(treeSvg({ nodes, depth: 2 }, "tree"), /stroke-width="3.5"/);
});

test("numbers beyond a million are written as powers of ten, like small shares", () => {
  assert.deepEqual([power(6.008e21), power(0.00002), percent(3e-8)], ["6·10²¹", "2·10⁻⁵", "3·10⁻⁶\u00a0%"]);
});

test("every kind of model has a human text, and other models a default", () => {
  const texts = ["shakespeare-lstm", "shakespeare-gru-geron", "nietzsche-lstm", "korean-lstm", "lua-lstm", "names-gru", "openai-community/gpt2"].map(humanText);
  assert.equal(new Set(texts).size, texts.length);
  for (const text of texts) assert.ok([...text].length > 60 && [...text].length < 200, text);
  assert.equal(texts[1], texts[0].toLowerCase());
});

test("dropped texts of jamo are shown as syllables", () => {
  const letters = [..."그렇ㅈ".normalize("NFD")];
  const made = searches.begin({ ...HEAD, normalizer: "nfd", counted: "jamo" });
  letters.forEach((symbol, id) => searches.extend(made, {
    symbols: { [id]: symbol },
    step: { kept: [[0, id, -id, -id, null]], dropped: [[0, id, -id, -id, null]], looked_at: 9, log_mass: 0, dropped_mass: 0 },
  }));
  const said = (n) => searches.droppedAt(made, n)[0].cells.map(({ text }) => text);
  assert.deepEqual(said(letters.length), ["그", "렇", "ㅈ"]);
  assert.deepEqual(said(letters.length - 2), ["그", "러"]);
});

test("dropped branches are shown by the ends of their texts, likeliest first", () => {
  const ends = (n) => searches.droppedAt(search(), n).map(({ cells, logp }) => [cells.map(({ text }) => text).join(""), round(Math.exp(logp))]);
  assert.deepEqual(ends(1), [[" ", 0.1]]);
  assert.deepEqual(ends(2), [["ab", 0.15], ["a ", 0.15]]);
  assert.deepEqual(ends(3), []);
});
