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

// The elementwise product of a symbol's embedding and another's context vector, and its sum, the logit.
/** @param {Matrices} of @param {number} id @param {number} next */
export function terms(of, id, next) {
  const products = Array.from(of.embedding[id], (value, i) => value * of.context[next][i]);
  return { each: products, sum: products.reduce((sum, value) => sum + value, 0) };
}

/** @type {WeakMap<Matrices, Map<number, Float32Array>>} */
const cache = new WeakMap();
// The logits after a symbol; cached, so the same array is returned each time.
/** @param {Matrices} of @param {number} id */
export function logitsAfter(of, id) {
  const rows = cache.get(of) ?? new Map();
  cache.set(of, rows);
  const row = rows.get(id) ?? Float32Array.from(of.symbols, (_, next) => terms(of, id, next).sum);
  rows.set(id, row);
  return row;
}

// Classifies a symbol as vowel, capital, consonant or other mark.
/** @param {string} symbol @returns {Kind} */
export function kindOf(symbol) {
  if (/^[aeiou]$/i.test(symbol)) return "vowel";
  if (/^\p{Lu}$/u.test(symbol)) return "capital";
  return /^\p{L}$/u.test(symbol) ? "consonant" : "mark";
}

// Scales points to a box and pushes overlapping ones apart until they are `gap` pixels apart, if there is room.
/** @param {ArrayLike<number>[]} places @param {number} width @param {number} height @param {number} gap @returns {Point[]} */
export function spread(places, width, height, gap) {
  const [xs, ys] = [0, 1].map((axis) => places.map((place) => place[axis]));
  const scaleTo = (/** @type {number[]} */ values, /** @type {number} */ size) => {
    const [low, most] = [Math.min(...values), Math.max(...values)];
    return values.map((value) => gap / 2 + ((size - gap) * (value - low)) / (most - low || 1));
  };
  const [xPositions, yPositions] = [scaleTo(xs, width), scaleTo(ys, height)];
  const points = xPositions.map((x, i) => ({ x, y: height - yPositions[i] }));
  for (let round = 0; round < 80; round++) {
    for (let i = 0; i < points.length; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [points[i], points[j]];
        const [dx, dy] = [a.x - b.x || 0.01 * (i - j), a.y - b.y];
        const distance = Math.hypot(dx, dy);
        if (distance >= gap) continue;
        const push = (gap - distance) / 2 / distance;
        a.x += dx * push; a.y += dy * push;
        b.x -= dx * push; b.y -= dy * push;
      }
    }
    for (const point of points) {
      point.x = Math.max(gap / 2, Math.min(width - gap / 2, point.x));
      point.y = Math.max(gap / 2, Math.min(height - gap / 2, point.y));
    }
  }
  return points;
}

/** @param {Matrices} of */
export const mapCsv = (of) => csv([["symbol", "x", "y", ...Array.from({ length: of.width }, (_, i) => `e${i + 1}`)],
  ...of.symbols.map((symbol, id) => [symbol, ...of.places[id], ...of.embedding[id]])]);
