// What reading costs, and how far back a mistake is felt, as they come from the server (server/costs.py). Pure.
//
//   measured = [{ model, kind, title, parameters, whole, costs: [{ symbols, read, step, state, peak, learn }] }]   seconds, and bytes
//   felt     = [{ model, kind, title, norms }]                                                        by symbols back

/**
 * @typedef {{ symbols: number, read: number, step: number, state: number, peak: number | null, learn: number | null }} Cost
 * @typedef {{ model: string, kind: string, title: string, parameters: number, whole: boolean, costs: Cost[] }} Measured
 * @typedef {{ model: string, kind: string, title: string, norms: number[] }} Felt
 * @typedef {"read" | "step" | "state" | "learn"} What
 */

// Takes what a frame says; whether it was something to draw.
/** @param {Measured[]} measured @param {any} head */
export function take(measured, head) {
  if (head.model) measured.push({ ...head, costs: [] });
  else if (head.symbols) measured[measured.length - 1]?.costs.push(head);
  return Boolean(head.model || head.symbols);
}

// Whole steps of an axis from 0: 1, 2 or 5 times a power of ten apart, at most so many.
/** @param {number} top @param {number} [most] */
export function marks(top, most = 5) {
  if (!(top > 0)) return [0];
  const power = 10 ** Math.floor(Math.log10(top / most));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => top / size <= most) ?? 10 * power;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

// Lines over the symbols that were read, both axes from 0: what is linear is straight, and what is quadratic is not.
/** @param {Measured[]} measured @param {What} what @param {(value: number) => string} said @param {(model: Measured) => string} name @returns {CurvesData} */
export function lines(measured, what, said, name) {
  const points = measured.map(({ costs }) => counted(costs, what));
  const most = Math.max(1, ...points.flat().map(([symbols]) => symbols));
  const top = 1.06 * Math.max(0, ...points.flat().map(([, value]) => value)) || 1;
  return {
    series: measured.map((model, i) => ({ name: name(model), points: points[i].map(([symbols, value]) => [symbols / most, value]) })),
    ticks: [0, 0.25, 0.5, 0.75, 1].map((at) => [at, String(Math.round(at * most))]),
    levels: marks(top).map((value) => [value, said(value)]),
    top,
  };
}

// The lengths for which something was counted, and what.
/** @param {Cost[]} costs @param {What} what @returns {[number, number][]} */
const counted = (costs, what) => costs.flatMap(({ symbols, [what]: value }) => (value === null ? [] : [/** @type {[number, number]} */ ([symbols, value])]));

// How many times as long a symbol takes by itself as in a text that is read at once: of the first measured length that is `at` or more.
/** @param {Measured} model @param {number} at */
export function alone({ costs }, at) {
  const cost = costs.find(({ symbols }) => symbols >= at) ?? costs[costs.length - 1];
  if (!cost) return null;
  const each = cost.read / cost.symbols;
  return { each, step: cost.step, times: cost.step / each };
}

// What the models take for the length that is nearest to a share of the axis.
/** @param {Measured[]} measured @param {number} at @param {What} what */
export function near(measured, at, what) {
  const lengths = [...new Set(measured.flatMap(({ costs }) => counted(costs, what).map(([symbols]) => symbols)))];
  const most = Math.max(1, ...lengths);
  const symbols = lengths.sort((a, b) => Math.abs(a / most - at) - Math.abs(b / most - at))[0] ?? 0;
  return { symbols, costs: measured.map(({ costs }) => costs.find((cost) => cost.symbols === symbols) ?? null) };
}

// The gradients on a logarithmic axis: a power of ten is a level, and how often one fits is how much vanishes.
/** @param {Felt[]} felt @param {(felt: Felt) => string} name @returns {CurvesData} */
export function vanishing(felt, name) {
  const logs = felt.flatMap(({ norms }) => norms).filter((norm) => norm > 0).map((norm) => Math.log10(norm));
  const [low, high] = [Math.floor(Math.min(0, ...logs)), Math.ceil(Math.max(0, ...logs))];
  const most = Math.max(1, ...felt.map(({ norms }) => norms.length - 1));
  return {
    series: felt.map((one) => ({ name: name(one), points: one.norms.map((norm, k) => [k / most, norm > 0 ? Math.log10(norm) - low : 0]) })),
    ticks: [0, 0.25, 0.5, 0.75, 1].map((at) => [at, String(Math.round(at * most))]),
    levels: Array.from({ length: high - low + 1 }, (_, i) => [i, i + low > -3 && i + low < 3 ? String(10 ** (i + low)) : `1e${i + low}`]),
    top: high - low || 1,
  };
}

// Seconds, and bytes, as people read them.
/** @param {number} value */
export const seconds = (value) => (value === 0 ? "0" : value >= 1 ? `${trimmed(value)} s` : value >= 1e-3 ? `${trimmed(value * 1e3)} ms` : `${trimmed(value * 1e6)} µs`);
/** @param {number} value */
export const size = (value) => (value === 0 ? "0" : value >= 1e6 ? `${trimmed(value / 1e6)} MB` : value >= 1e3 ? `${trimmed(value / 1e3)} kB` : `${trimmed(value)} B`);
/** @param {number} value */
const trimmed = (value) => (value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2))));

/** @param {Measured[]} measured @returns {unknown[][]} */
export const costRows = (measured) => [["model", "attends to all", "symbols", "seconds", "seconds of the next", "bytes kept", "bytes at most while reading", "bytes kept to learn"],
  ...measured.flatMap(({ model, whole, costs }) => costs.map(({ symbols, read, step, state, peak, learn }) => [model, whole, symbols, read, step, state, peak ?? "", learn ?? ""]))];
/** @param {Felt[]} felt @returns {unknown[][]} */
export const feltRows = (felt) => [["symbols back", ...felt.map(({ model }) => model)],
  ...(felt[0]?.norms ?? []).map((_, k) => [k, ...felt.map(({ norms }) => norms[k])])];
