// The bias as the settings hold it, "e:-inf,t:2.5": a number for each of some symbols, by the symbol's own text. The twin of
// playground/server/bias.py, whose docstring describes the form. Pure.

/** @typedef {[string | number, number][]} Pairs names (an id is a number) and what is added to their logits */

export const LARGEST = 1000;
const ID = /^#(\d{1,9})$/;

/** @param {string} text @param {string} separator one that has no backslash before it */
function split(text, separator) {
  const parts = [""];
  for (const piece of text.match(/\\.|./gsu) || []) {
    if (piece === separator) parts.push("");
    else parts[parts.length - 1] += piece;
  }
  return parts;
}

/** @param {string} text one that Python has read, or that was written here @returns {Pairs} */
export function pairs(text) {
  return (text ? split(text, ",") : []).map((part) => {
    const pieces = split(part, ":");
    const number = Number(pieces.pop()?.replace("inf", "Infinity"));
    const name = pieces.join(":");
    const id = ID.exec(name);
    return [id ? Number(id[1]) : name.replace(/\\(.)/gsu, "$1"), number];
  });
}

/** @param {string | number} name */
function escaped(name) {
  if (typeof name === "number") return `#${name}`;
  const text = name.replace(/[\\,:]/g, "\\$&");
  return ID.test(name) ? `\\${text}` : text;
}

/** @param {Pairs} list */
export const write = (list) => list.filter(([, number]) => number !== 0)
  .map(([name, number]) => `${escaped(name)}:${String(number).replace("Infinity", "inf")}`).join(",");

// The ids of a vocabulary by text; of several symbols that are written alike, the first.
/** @type {WeakMap<string[], Map<string, number>>} */
const known = new WeakMap();
/** @param {string[]} symbols */
function idsOf(symbols) {
  let ids = known.get(symbols);
  if (!ids) {
    ids = new Map();
    for (let id = symbols.length - 1; id >= 0; id--) ids.set(symbols[id], id);
    known.set(symbols, ids);
  }
  return ids;
}

/** @param {string | number} name @param {string[]} symbols */
function idOf(name, symbols) {
  if (typeof name === "number") return name < symbols.length ? name : undefined;
  return idsOf(symbols).get(name);
}

// The numbers by id. What is no symbol of the vocabulary is left out.
/** @param {string | undefined} text @param {string[]} symbols @returns {Bias} */
export function resolve(text, symbols) {
  /** @type {Map<number, number>} */
  const found = new Map();
  for (const [name, number] of pairs(text || "")) {
    const id = idOf(name, symbols);
    if (id !== undefined) found.set(id, number);
  }
  return [...found];
}

// How an id is written: by its text, unless that stands for another id, or for bytes that are no whole character.
/** @param {number} id @param {string[]} symbols */
function nameOf(id, symbols) {
  const symbol = symbols[id];
  return idsOf(symbols).get(symbol) === id && !/[\0\uf780-\uf7ff]/.test(symbol) ? symbol : id;
}

// The same bias with another number for one id; 0 takes it out.
/** @param {string} text @param {string[]} symbols @param {number} id @param {number} number */
export function bend(text, symbols, id, number) {
  const list = pairs(text);
  const entry = list.find(([name]) => idOf(name, symbols) === id);
  if (entry) entry[1] = number;
  else list.push([nameOf(id, symbols), number]);
  return write(list);
}

// What of a bias means something to a vocabulary, and the names that do not. An id is an id of one model: without
// `ids` none is taken.
/** @param {string} text @param {string[]} symbols @param {boolean} ids */
export function sift(text, symbols, ids) {
  const list = pairs(text);
  const means = (/** @type {string | number} */ name) => idOf(name, symbols) !== undefined && (ids || typeof name === "string");
  return {
    kept: write(list.filter(([name]) => means(name))),
    unknown: list.filter(([name]) => !means(name)).map(([name]) => (typeof name === "number" ? `#${name}` : name)),
  };
}
