// Symbols as links name them: by their own text, or by id where no text names one. The twin of playground/server/names.py, whose
// docstring describes the form. Pure.

const ID = /^#(\d{1,9})$/;

/** @param {string} text @param {string} separator one that has no backslash before it */
export function split(text, separator) {
  const parts = [""];
  for (const piece of text.match(/\\.|./gsu) || []) {
    if (piece === separator) parts.push("");
    else parts[parts.length - 1] += piece;
  }
  return parts;
}

// Names are read only where Python has read them before, or this module wrote them. An id is a number.
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
export const shown = (name) => (typeof name === "number" ? `#${name}` : name);

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

/** @param {string | number} name @param {string[]} symbols @returns {number | undefined} */
export function idOf(name, symbols) {
  if (typeof name === "number") return name < symbols.length ? name : undefined;
  return idsOf(symbols).get(name);
}

// How an id is named: by its text, unless that stands for another id, or for bytes that are no whole character.
/** @param {number} id @param {string[]} symbols */
export function nameOf(id, symbols) {
  const symbol = symbols[id];
  return idsOf(symbols).get(symbol) === id && !/[\0\uf780-\uf7ff]/.test(symbol) ? symbol : id;
}

// Whether a name means something to a vocabulary. An id is an id of one model: of another's, none does.
/** @param {string | number} name @param {string[]} symbols @param {boolean} same */
export const isKnown = (name, symbols, same) => idOf(name, symbols) !== undefined && (same || typeof name === "string");
