// Measures of many texts by temperature: means and spreads. Pure.

/** @typedef {import("./columns.js").Measures} Measures */
/** @typedef {keyof Measures} Measure */
/** @typedef {{ temperature: number, found: Measures[] }} Place  the texts at one temperature that were measured */

// The slider's marks and some values between them, so that the curves have a point wherever they bend.
export const TEMPERATURES = [0, 0.2, 0.35, 0.5, 0.65, 0.8, 1, 1.2, 1.5, 2, 4];
export const SEEDS = 20;
export const LENGTH = 200; // symbols of each

/** @returns {Place[]} */
export const begin = () => TEMPERATURES.map((temperature) => ({ temperature, found: [] }));

// The mean and sample standard deviation (÷ (n − 1)) of a measure over the texts that have it; null if none has.
/** @param {Place} place @param {Measure} name */
export function summary({ found }, name) {
  const measured = found.map((measures) => measures[name]);
  const values = /** @type {number[]} */ (measured.filter((value) => typeof value === "number"));
  if (!values.length) return null;
  if (values.every((value) => value === values[0])) return { n: values.length, mean: values[0], deviation: 0 }; // exactly, without rounding
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { n: values.length, mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

// A measure against temperature: means, and one standard deviation to either side, clipped to [0, highest].
/** @param {Place[]} places @param {Measure} name @param {(temperature: number) => number} position @param {number} highest @returns {Pick<Curve, "points" | "spread">} */
export function curve(places, name, position, highest) {
  /** @type {[number, number][]} */
  const points = [];
  /** @type {[number, number, number][]} */
  const spread = [];
  for (const place of places) {
    const stats = summary(place, name);
    if (!stats) continue;
    const x = position(place.temperature);
    points.push([x, stats.mean]);
    spread.push([x, Math.max(0, stats.mean - stats.deviation), Math.min(highest, stats.mean + stats.deviation)]);
  }
  return { points, spread };
}

// Where a curve first crosses a level, interpolated between two points on the slider's scale; null if never. `falls`:
// whether it crosses downwards.
/** @param {[number, number][]} points @param {number} level @param {boolean} falls */
export function crossing(points, level, falls) {
  for (let i = 1; i < points.length; i++) {
    const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];
    const crosses = falls ? y0 >= level && y1 < level : y0 <= level && y1 > level;
    if (crosses) return x0 + ((level - y0) / (y1 - y0)) * (x1 - x0);
  }
  return null;
}

// A table of all measures; its first row has the column names.
/** @param {Place[]} places @param {readonly Measure[]} names */
export const table = (places, names) => [
  ["temperature", "texts", ...names.flatMap((name) => [name, `${name} (standard deviation)`])],
  ...places.map((place) => [place.temperature, place.found.length, ...names.flatMap((name) => {
    const stats = summary(place, name);
    return [stats?.mean, stats?.deviation];
  })]),
];
