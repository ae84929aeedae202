// What charts are drawn from, and what is saved of them.
import assert from "node:assert/strict";
import test from "node:test";

import { barsSvg, cumulativeSvg, heat, lineSvg } from "../../playground/web/charts/svg.js";
import { mix } from "../../playground/web/core/colours.js";
import { barsCsv, csv, cumulativeCsv, lineCsv } from "../../playground/web/core/csv.js";
import { distributionOf } from "../../playground/web/core/distribution.js";
import { catalogues } from "../../playground/web/core/pagedata.js";
import { groups } from "../../playground/web/core/groups.js";
import { outlines } from "../../playground/web/core/outlines.js";
import { segments } from "../../playground/web/core/segments.js";
import { explainHeight } from "../../playground/web/core/sum.js";

catalogues.en = { dart: "u = {u} → {symbol}", any_kept: "any", one_of_others: "other" };

const LN2 = Math.log(2);
const OFF = { temperature: 1, topK: 0, topP: 1, minP: 0 };
const symbols = ["a", '"', "<", "\n"];
const place = { logits: Float64Array.of(0, LN2, 2 * LN2, 0), symbols }; // 1/8, 2/8, 4/8, 1/8
const distributionAt = (settings = {}, more = {}) => distributionOf({ ...place, ...more }, { ...OFF, ...settings });
const assertClose = (actual, expected) => actual.forEach((x, i) => assert.ok(Math.abs(x - expected[i]) < 1e-12, `${actual} is not ${expected}`));

test("a distribution keeps the row's order and has the probabilities at T = 1 and before truncation", () => {
  const { row, atOne, drawn, whole, truncated, under } = distributionAt({ topK: 2, temperature: 0.5 }, { u: 0.79 });
  assert.deepEqual([...row.ids], [2, 1, 0, 3]);
  assertClose([...atOne], [4 / 8, 2 / 8, 1 / 8, 1 / 8]);
  assertClose([...whole], [16 / 22, 4 / 22, 1 / 22, 1 / 22]);
  assertClose([...drawn.probabilities], [0.8, 0.2, 0, 0]);
  assert.equal(truncated, true);
  assert.equal(under, 2);
  assert.equal(distributionAt({}, { u: 0.8 }).under, 0);
  assert.equal(distributionAt().under, undefined);
});

test("the segments fill the interval from 0 to 1 in drawing order", () => {
  for (const temperature of [0, 0.3, 1, 4, Infinity]) {
    const segmentList = segments(distributionAt({ temperature }));
    let from = 0;
    for (const segment of segmentList) {
      assert.ok(Math.abs(segment.from - from) < 1e-12);
      from += segment.width;
    }
    assert.ok(Math.abs(from - 1) < 1e-12);
  }
  assert.deepEqual(segments(distributionAt()).map(({ text }) => text), ["<", '"', "a", "↵"]);
  const uniform = segments(distributionAt({ temperature: Infinity }));
  assert.deepEqual(uniform.map(({ id }) => id), [0, 1, 2, 3]); // all equal: by id
});

test("folded symbols form one segment at the end", () => {
  const logits = { ids: Uint32Array.of(1, 0), logits: [1, 0], counts: [2], means: [0], size: 4 };
  const segmentList = segments(distributionOf({ logits, symbols }, OFF));
  assert.equal(segmentList.length, 3);
  assert.deepEqual({ ...segmentList[2], from: 0, width: 0 }, { from: 0, width: 0, text: "…", veil: 0.75, id: null, special: false, last: true });
  assert.ok(Math.abs(segmentList[2].width - 2 / (Math.E + 3)) < 1e-12);
});

test("bars are sorted by likelihood or by id", () => {
  const order = (alphabet) => groups(distributionAt(), { first: false, alphabet }).map(({ symbol }) => symbol);
  assert.deepEqual(order(false), ["<", '"', "a", "\n"]);
  assert.deepEqual(order(true), ["a", '"', "<", "\n"]);
});

test("tokens that begin with the same character share a bar", () => {
  const tokens = { ...place, symbols: ["the", "to", "a", "t"], unit: "token" };
  const bars = groups(distributionOf(tokens, OFF), { first: true, alphabet: false });
  assert.deepEqual(bars.map(({ symbol, places }) => [symbol, places.length]), [["a", 1], ["t", 3]]);
});

// What a path encloses: for each of its parts the left, right, top and bottom.
const boxes = (data) => data.split("M").slice(1).map((part) => {
  const [left, bottom, foot, , , right, up, wide, , , , down, end] = part.match(/-?[\d.]+/g).map(Number);
  assert.equal(end, bottom);
  return [left, left + 2 * right + wide, foot + up, bottom, down];
});

test("each bar's outline has the height of its share in its own column", () => {
  const size = { pitch: 38, gap: 6, tall: 200 };
  const rects = boxes(outlines([[0, 1], [2, 0.25], [3, 0], [5, 0.01]], size));
  assert.deepEqual(rects.map((box) => box.slice(0, 4)), [[3, 35, 0, 200], [79, 111, 150, 200], [193, 225, 198, 200]]);
  assert.equal(rects[2][4], 2); // a corner is no higher than its bar
  const [least] = boxes(outlines([[1, 0]], size, { least: 5 }));
  assert.deepEqual(least.slice(0, 4), [41, 73, 195, 200]);
  const edge = outlines([[0, 0.5]], size, { edge: 1 });
  assert.deepEqual(boxes(edge)[0].slice(0, 4), [4, 34, 101, 200]);
  assert.ok(!edge.includes("z")); // it has no bottom
  assert.equal(outlines([[0, 1]], { pitch: 0, gap: 0, tall: 0 }), ""); // before it has a place in a page
});

test("the explanation of a bar ends with its probability", () => {
  const shown = distributionAt({ temperature: 0.5 });
  const { rows } = explainHeight(shown, groups(shown, { first: false, alphabet: false })[1]);
  assert.equal(rows.at(-1)[1], "18.2\u00a0%"); // 4/22
});

test("CSV has numbers at full precision and quotes text according to RFC 4180", () => {
  assert.equal(csv([["a", 'say "x"', "1,2", " ", "\n", null, 0.1]]), 'a,"say ""x""","1,2"," ","\n",,0.1\r\n');
  const lines = barsCsv(distributionAt({ topK: 1 })).split("\r\n");
  assert.equal(lines[0], "symbol,id,logit,probability (T = 1),probability (T = 1)");
  assert.equal(lines[1], `<,2,${2 * LN2},1,0.5`);
  assert.equal(lines[2], `"""",1,${LN2},0,0.25`);
  assert.equal(cumulativeCsv(distributionAt({ temperature: 0 }, { u: 0.5 })), "symbol,id,from,to,u\r\n<,2,0,1,0.5\r\n");
  assert.equal(lineCsv([{ symbol: "a", surprise: 1.5, entropy: 2 }]), "step,symbol,surprise (bits),entropy (bits)\r\n1,a,1.5,2\r\n");
});

test("an SVG file escapes its texts", () => {
  const shown = distributionAt({}, { u: 0.2, symbols: ["</text>", "&", "\u0000", '"'] });
  const order = groups(shown, { first: false, alphabet: false });
  for (const svg of [barsSvg(shown, order, { log: false }), barsSvg(shown, order, { log: true }), cumulativeSvg(shown), lineSvg([{ symbol: "<", surprise: Infinity, entropy: 1 }], { surprise: "<b>", entropy: "&", bits: "<i>", steps: "&" })]) {
    assert.ok(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" '));
    assert.ok(!/<(\/text><|b>)/.test(svg.replaceAll("</text><", "")), svg);
    assert.ok(!svg.includes("\u0000"));
    assert.ok(!/NaN|Infinity|undefined/.test(svg), svg);
    assert.equal(svg.match(/<text/g).length, svg.match(/<\/text>/g).length);
  }
  const rects = barsSvg(distributionAt(), order, { log: false }).match(/<rect/g);
  assert.equal(rects.length, 1 + 2 * 4); // the background, and two per bar
});

test("an SVG file uses the colour of the temperature", () => {
  assert.equal(heat(0), "rgb(37 99 235)");
  assert.equal(heat(1), "rgb(124 58 237)");
  assert.equal(heat(Infinity), "rgb(220 38 38)");
});

test("colours are mixed as CSS mixes them in oklab", () => {
  assert.equal(mix("#7c3aed", "#dc2626", 0), "rgb(124 58 237)");
  assert.equal(mix("#7c3aed", "#dc2626", 1), "rgb(220 38 38)");
  assert.equal(mix("#000000", "#ffffff", 0.5), "rgb(99 99 99)"); // a lightness of 0.5
  assert.equal(mix("CanvasText", "#ffffff", 0.5), null);
});
