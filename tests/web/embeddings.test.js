// A bigram's matrices: products by hand, kinds of letters, and a map whose letters do not lie on each other.

import assert from "node:assert/strict";
import { test } from "node:test";

import { lettermapSvg } from "../../playground/web/charts/lettermapsvg.js";
import * as embeddings from "../../playground/web/core/embeddings.js";

const head = { model: "m", title: "M", symbols: ["a", "b"], width: 3, share: [0.5, 0.25] };
const numbers = [1, 2, 3, 4, 5, 6, /* contexts */ 1, 0, -1, 0.5, 2, 0, /* places */ 0, 1, 2, 3];
const of = embeddings.matricesOf({ head, body: new Uint8Array(Float32Array.from(numbers).buffer) });

test("the body of an answer has two matrices and the map positions", () => {
  assert.deepEqual(of.embedding.map((row) => [...row]), [[1, 2, 3], [4, 5, 6]]);
  assert.deepEqual(of.context.map((row) => [...row]), [[1, 0, -1], [0.5, 2, 0]]);
  assert.deepEqual(of.places.map((row) => [...row]), [[0, 1], [2, 3]]);
});

test("a logit is the sum of the products", () => {
  assert.deepEqual(embeddings.terms(of, 0, 0), { each: [1, 0, -3], sum: -2 });
  assert.deepEqual(embeddings.terms(of, 1, 1), { each: [2, 10, 0], sum: 12 });
  assert.deepEqual([...embeddings.logitsAfter(of, 0)], [-2, 4.5]);
  assert.equal(embeddings.logitsAfter(of, 0), embeddings.logitsAfter(of, 0), "the same array, which is ranked once");
});

test("letters are classified", () => {
  assert.deepEqual(["a", "E", "q", "Q", "3", " ", "é", "Ł"].map(embeddings.kindOf), ["vowel", "vowel", "consonant", "capital", "mark", "mark", "consonant", "capital"]);
});

test("letters on a map are spread apart inside the box and keep their relative positions", () => {
  const places = Array.from({ length: 40 }, (_, i) => [Math.sin(i * i), i % 3 ? 0 : Math.cos(i)]);
  const points = embeddings.spread([[-9, -9], [9, 9], ...places], 600, 340, 24);
  assert.ok(points[0].x < points[1].x && points[0].y > points[1].y, "up is up");
  for (const { x, y } of points) assert.ok(x >= 12 && x <= 588 && y >= 12 && y <= 328);
  const nearest = points.map((a, i) => Math.min(...points.filter((_, j) => j !== i).map((b) => Math.hypot(a.x - b.x, a.y - b.y))));
  assert.ok(Math.min(...nearest) > 18);
  assert.deepEqual(embeddings.spread([[1, 1], [1, 1]], 100, 100, 10).map(({ x }) => x > 0), [true, true], "also where all are one place");
  assert.match(lettermapSvg([{ text: "a", kind: "vowel" }], [{ x: 1, y: 2 }], { title: "t", wide: 100, tall: 100 }), /fill="#b45309"/);
});

test("the map's CSV has the positions and the embeddings", () => {
  const [names, first] = embeddings.mapCsv(of).split("\r\n");
  assert.equal(names, "symbol,x,y,e1,e2,e3");
  assert.equal(first, "a,0,1,1,2,3");
});
