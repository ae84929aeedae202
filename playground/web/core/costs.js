// What reading costs, and how far back a gradient reaches, as the server measures them (server/costs.py). Pure.
//
//   measured = [{ model, kind, title, parameters, whole, kept, costs: [{ symbols, read, step, state, peak, learn }] }]   seconds, and bytes;
//                                                             kept: whether it was measured earlier, on another machine
//   felt     = [{ model, kind, title, norms }]                                                        by symbols back

/**
 * @typedef {{ symbols: number, read: number, step: number, state: number, peak: number | null, learn: number | null }} Cost
 * @typedef {{ model: string, kind: string, title: string, parameters: number, whole: boolean, kept?: boolean, costs: Cost[] }} Measured
 * @typedef {{ model: string, kind: string, title: string, norms: number[] }} Felt
 * @typedef {"read" | "step" | "state" | "learn"} What
 */

// Adds a frame to the measurements; returns whether there is anything new to draw.
/** @param {Measured[]} measured @param {any} head */
export function addFrame(measured, head) {
  if (head.model) measured.push({ ...head, costs: [] });
  else if (head.symbols) measured[measured.length - 1]?.costs.push(head);
  return Boolean(head.model || head.symbols);
}

// Axis marks from 0, in steps of 1, 2 or 5 times a power of ten, at most about `limit`.
/** @param {number} top @param {number} [limit] */
export function marks(top, limit = 5) {
  if (!(top > 0)) return [0];
  const power = 10 ** Math.floor(Math.log10(top / limit));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => top / size <= limit) ?? 10 * power;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

// Cost curves over the number of symbols, both axes from 0, so that linear cost is a straight line and quadratic cost
// is not.
/** @param {Measured[]} measured @param {What} costKind @param {(value: number) => string} formatValue @param {(model: Measured) => string} nameOf @returns {CurvesData} */
export function lines(measured, costKind, formatValue, nameOf) {
  const points = measured.map(({ costs }) => measuredPoints(costs, costKind));
  const longest = Math.max(1, ...points.flat().map(([symbols]) => symbols));
  const top = 1.06 * Math.max(0, ...points.flat().map(([, value]) => value)) || 1;
  return {
    series: measured.map((model, i) => ({ name: nameOf(model), points: points[i].map(([symbols, value]) => [symbols / longest, value]) })),
    ticks: [0, 0.25, 0.5, 0.75, 1].map((at) => [at, String(Math.round(at * longest))]),
    levels: marks(top).map((value) => [value, formatValue(value)]),
    top,
  };
}

// The measured points of one kind of cost: [symbols, value].
/** @param {Cost[]} costs @param {What} costKind @returns {[number, number][]} */
const measuredPoints = (costs, costKind) => costs.flatMap(({ symbols, [costKind]: value }) => (value === null ? [] : [/** @type {[number, number]} */ ([symbols, value])]));

// Compares the time of one symbol generated alone with that of one in a text read at once, at the first measured
// length of `at` or more.
/** @param {Measured} model @param {number} at */
export function compareStep({ costs }, at) {
  const cost = costs.find(({ symbols }) => symbols >= at) ?? costs[costs.length - 1];
  if (!cost) return null;
  const secondsPerSymbol = cost.read / cost.symbols;
  return { each: secondsPerSymbol, step: cost.step, times: cost.step / secondsPerSymbol };
}

// The costs at the measured length nearest to `at`, a fraction of the axis.
/** @param {Measured[]} measured @param {number} at @param {What} costKind */
export function costsNear(measured, at, costKind) {
  const points = measured.flatMap(({ costs }) => measuredPoints(costs, costKind));
  const lengths = [...new Set(points.map(([symbols]) => symbols))];
  const longest = Math.max(1, ...lengths);
  const symbols = lengths.sort((a, b) => Math.abs(a / longest - at) - Math.abs(b / longest - at))[0] ?? 0;
  return { symbols, costs: measured.map(({ costs }) => costs.find((cost) => cost.symbols === symbols) ?? null) };
}

// Gradient norms on a logarithmic axis whose levels are powers of ten.
/** @param {Felt[]} felt @param {(felt: Felt) => string} nameOf @returns {CurvesData} */
export function gradientCurves(felt, nameOf) {
  const logs = felt.flatMap(({ norms }) => norms).filter((norm) => norm > 0).map((norm) => Math.log10(norm));
  const [low, high] = [Math.floor(Math.min(0, ...logs)), Math.ceil(Math.max(0, ...logs))];
  const longest = Math.max(1, ...felt.map(({ norms }) => norms.length - 1));
  return {
    series: felt.map((entry) => ({ name: nameOf(entry), points: entry.norms.map((norm, k) => [k / longest, norm > 0 ? Math.log10(norm) - low : 0]) })),
    ticks: [0, 0.25, 0.5, 0.75, 1].map((at) => [at, String(Math.round(at * longest))]),
    levels: Array.from({ length: high - low + 1 }, (_, i) => [i, i + low > -3 && i + low < 3 ? String(10 ** (i + low)) : `1e${i + low}`]),
    top: high - low || 1,
  };
}

// Seconds and bytes in readable units.
/** @param {number} value */
export const seconds = (value) => (value === 0 ? "0" : value >= 1 ? `${round(value)} s` : value >= 1e-3 ? `${round(value * 1e3)} ms` : `${round(value * 1e6)} µs`);
/** @param {number} value */
export const size = (value) => (value === 0 ? "0" : value >= 1e6 ? `${round(value / 1e6)} MB` : value >= 1e3 ? `${round(value / 1e3)} kB` : `${round(value)} B`);
/** @param {number} value */
const round = (value) => (value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2))));

/** @param {Measured[]} measured @returns {unknown[][]} */
export const costRows = (measured) => [["model", "attends to all", "symbols", "seconds", "seconds of the next", "bytes kept", "bytes at most while reading", "bytes kept to learn"],
  ...measured.flatMap(({ model, whole, costs }) => costs.map(({ symbols, read, step, state, peak, learn }) => [model, whole, symbols, read, step, state, peak ?? "", learn ?? ""]))];
/** @param {Felt[]} felt @returns {unknown[][]} */
export const feltRows = (felt) => [["symbols back", ...felt.map(({ model }) => model)],
  ...(felt[0]?.norms ?? []).map((_, k) => [k, ...felt.map(({ norms }) => norms[k])])];
