// The measures of many texts, by temperature: what they are on average, and how far they spread. Pure.

/** @typedef {import("./columns.js").Measures} Measures */
/** @typedef {keyof Measures} Measure */
/** @typedef {{ temperature: number, found: Measures[] }} Place  the texts at one temperature that were measured */

// Slider marks and what lies between them, so that the curves have a point wherever they turn.
export const TEMPERATURES = [0, 0.2, 0.35, 0.5, 0.65, 0.8, 1, 1.2, 1.5, 2, 4];
export const SEEDS = 20;
export const LENGTH = 200; // symbols of each

/** @returns {Place[]} */
export const begin = () => TEMPERATURES.map((temperature) => ({ temperature, found: [] }));

// The mean of a measure over the texts that have it, and its standard deviation (of a sample: ÷ (n − 1)); null where none has it.
/** @param {Place} place @param {Measure} name */
export function summary({ found }, name) {
  const values = /** @type {number[]} */ (found.map((one) => one[name]).filter((value) => typeof value === "number"));
  if (!values.length) return null;
  if (values.every((value) => value === values[0])) return { n: values.length, mean: values[0], deviation: 0 }; // and nothing is rounded
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { n: values.length, mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

// A measure against temperature: the means, and a standard deviation to both sides. `highest` bounds a share at 1; nothing is below 0.
/** @param {Place[]} places @param {Measure} name @param {(temperature: number) => number} position @param {number} highest @returns {Pick<Curve, "points" | "spread">} */
export function curve(places, name, position, highest) {
  /** @type {[number, number][]} */
  const points = [];
  /** @type {[number, number, number][]} */
  const spread = [];
  for (const place of places) {
    const found = summary(place, name);
    if (!found) continue;
    const x = position(place.temperature);
    points.push([x, found.mean]);
    spread.push([x, Math.max(0, found.mean - found.deviation), Math.min(highest, found.mean + found.deviation)]);
  }
  return { points, spread };
}

// Where a curve crosses a level for the first time: the temperature in the middle of the two points, on the slider's scale; null
// where it never does. `falls` where it is above before.
/** @param {[number, number][]} points @param {number} level @param {boolean} falls */
export function crossing(points, level, falls) {
  for (let i = 1; i < points.length; i++) {
    const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];
    const crosses = falls ? y0 >= level && y1 < level : y0 <= level && y1 > level;
    if (crosses) return x0 + ((level - y0) / (y1 - y0)) * (x1 - x0);
  }
  return null;
}

// The rows of a table of all measures, the first with the names of the columns.
/** @param {Place[]} places @param {readonly Measure[]} names */
export const table = (places, names) => [
  ["temperature", "texts", ...names.flatMap((name) => [name, `${name} (standard deviation)`])],
  ...places.map((place) => [place.temperature, place.found.length, ...names.flatMap((name) => {
    const found = summary(place, name);
    return [found?.mean, found?.deviation];
  })]),
];
