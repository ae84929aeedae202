// The two matrices of a bigram (server/embeddings.py), and what a symbol becomes on its way through them. Pure.
//
//   one-hot (V) · embedding (V × d)  =  a row of d numbers;   its product with each row of contexts (V × d)  =  the logits (V)

import { csv } from "./csv.js";
import { reader } from "./frames.js";

/**
 * @typedef {{ model: string, title: string, symbols: string[], width: number, share: [number, number], embedding: Float32Array[], context: Float32Array[], places: Float32Array[] }} Matrices
 * @typedef {"vowel" | "consonant" | "capital" | "mark"} Kind
 * @typedef {{ x: number, y: number }} Point
 */

/** @param {{ head: any, body: Uint8Array }} frame @returns {Matrices} */
export function matricesOf({ head, body }) {
  const numbers = reader(body);
  const rows = (/** @type {number} */ width) => head.symbols.map(() => numbers.singles(width));
  return { ...head, embedding: rows(head.width), context: rows(head.width), places: rows(2) };
}

// The product of the embedding with the context of a symbol, number by number, and their sum, which is the logit.
/** @param {Matrices} of @param {number} id @param {number} next */
export function terms(of, id, next) {
  const each = Array.from(of.embedding[id], (value, i) => value * of.context[next][i]);
  return { each, sum: each.reduce((sum, value) => sum + value, 0) };
}

/** @type {WeakMap<Matrices, Map<number, Float32Array>>} */
const known = new WeakMap();
// The logits after a symbol; the same array each time.
/** @param {Matrices} of @param {number} id */
export function logitsAfter(of, id) {
  const rows = known.get(of) ?? new Map();
  known.set(of, rows);
  const row = rows.get(id) ?? Float32Array.from(of.symbols, (_, next) => terms(of, id, next).sum);
  rows.set(id, row);
  return row;
}

// A vowel of either case, another letter, another capital, or what is no letter.
/** @param {string} symbol @returns {Kind} */
export function kindOf(symbol) {
  if (/^[aeiou]$/i.test(symbol)) return "vowel";
  if (/^\p{Lu}$/u.test(symbol)) return "capital";
  return /^\p{L}$/u.test(symbol) ? "consonant" : "mark";
}

// Places in a box of so many pixels, as far apart as `gap` where there is room: each is pushed from its neighbours, a little at a
// time, and stays near where it belongs.
/** @param {ArrayLike<number>[]} places @param {number} wide @param {number} high @param {number} gap @returns {Point[]} */
export function spread(places, wide, high, gap) {
  const [xs, ys] = [0, 1].map((axis) => places.map((place) => place[axis]));
  const into = (/** @type {number[]} */ all, /** @type {number} */ size) => {
    const [low, most] = [Math.min(...all), Math.max(...all)];
    return all.map((value) => gap / 2 + ((size - gap) * (value - low)) / (most - low || 1));
  };
  const [across, up] = [into(xs, wide), into(ys, high)];
  const points = across.map((x, i) => ({ x, y: high - up[i] }));
  for (let round = 0; round < 80; round++) {
    for (let i = 0; i < points.length; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [points[i], points[j]];
        const [dx, dy] = [a.x - b.x || 0.01 * (i - j), a.y - b.y];
        const apart = Math.hypot(dx, dy);
        if (apart >= gap) continue;
        const push = (gap - apart) / 2 / apart;
        a.x += dx * push; a.y += dy * push;
        b.x -= dx * push; b.y -= dy * push;
      }
    }
    for (const point of points) {
      point.x = Math.max(gap / 2, Math.min(wide - gap / 2, point.x));
      point.y = Math.max(gap / 2, Math.min(high - gap / 2, point.y));
    }
  }
  return points;
}

/** @param {Matrices} of */
export const mapCsv = (of) => csv([["symbol", "x", "y", ...Array.from({ length: of.width }, (_, i) => `e${i + 1}`)],
  ...of.symbols.map((symbol, id) => [symbol, ...of.places[id], ...of.embedding[id]])]);
