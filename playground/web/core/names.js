// Symbol names in links: the symbol's text, or its id if no text identifies it. Mirrors playground/server/names.py,
// whose docstring describes the syntax. Pure.

const ID = /^#(\d{1,9})$/;

/** @param {string} text @param {string} separator only where no backslash is before it */
export function split(text, separator) {
  const parts = [""];
  for (const piece of text.match(/\\.|./gsu) || []) {
    if (piece === separator) parts.push("");
    else parts[parts.length - 1] += piece;
  }
  return parts;
}

// Parses a name that Python has already validated or this module wrote. An id becomes a number.
/** @param {string} text @returns {string | number} */
export function read(text) {
  const id = ID.exec(text);
  return id ? Number(id[1]) : text.replace(/\\(.)/gsu, "$1");
}

/** @param {string | number} name */
export function write(name) {
  if (typeof name === "number") return `#${name}`;
  const text = name.replace(/[\\,:]/g, "\\$&");
  return ID.test(name) ? `\\${text}` : text;
}

/** @param {string | number} name */
export const display = (name) => (typeof name === "number" ? `#${name}` : name);

// Ids by text, cached per vocabulary; of symbols with the same text, the first.
/** @type {WeakMap<string[], Map<string, number>>} */
const cache = new WeakMap();
/** @param {string[]} symbols */
function idsOf(symbols) {
  let ids = cache.get(symbols);
  if (!ids) {
    ids = new Map();
    for (let id = symbols.length - 1; id >= 0; id--) ids.set(symbols[id], id);
    cache.set(symbols, ids);
  }
  return ids;
}

/** @param {string | number} name @param {string[]} symbols @returns {number | undefined} */
export function idOf(name, symbols) {
  if (typeof name === "number") return name < symbols.length ? name : undefined;
  return idsOf(symbols).get(name);
}

// The name of an id: its text, unless that denotes another id or an incomplete character.
/** @param {number} id @param {string[]} symbols */
export function nameOf(id, symbols) {
  const symbol = symbols[id];
  return idsOf(symbols).get(symbol) === id && !/[\0\uf780-\uf7ff]/.test(symbol) ? symbol : id;
}

// Whether a vocabulary has a name. Ids only count for the same model.
/** @param {string | number} name @param {string[]} symbols @param {boolean} sameModel */
export const isKnown = (name, symbols, sameModel) => (
  idOf(name, symbols) !== undefined && (sameModel || typeof name === "string"));
