// The words of the page, in the language that it is on. The catalogues (ui/i18n) come with the page, so that a switch of the
// language asks the server nothing.
//
// `words.copy` is a word and not a text: wherever it is written it says itself in the language of the moment, and what
// `make` (dom.js) built of it follows the language. `say` gives a text, `sentence` what is said anew in each language, and
// `told` the same for what the server said. A sentence has its values at the places that playground/words.py explains.

import { catalogues } from "./given.js";
import { particle } from "./particles.js";

const PLACE = /\{(\w+)(?:([:#&])([^{}]*))?\}/g;

export const LANGUAGES = Object.keys(catalogues);
const FIRST = "en";

// early.js has written into the page which language it is.
const given = globalThis.document?.documentElement.lang ?? FIRST;
let language = LANGUAGES.includes(given) ? given : FIRST;

export const current = () => language;
// What a language calls itself.
/** @param {string} other @returns {string} */
export const nameOf = (other) => catalogues[other].language_name;

// Whoever wants to hear of another language.
/** @type {Set<() => void>} */
const listeners = new Set();
/** @param {() => void} listener */
export function onSwitch(listener) {
  listeners.add(listener);
}

/** @param {string} other */
export function switchTo(other) {
  if (!LANGUAGES.includes(other) || other === language) return;
  language = other;
  for (const listener of listeners) listener();
}

/** @param {string} key */
const written = (key) => catalogues[language]?.[key] ?? key;

// What is said in the language of the moment, whenever it is asked. It has a text's methods, which ask for it anew.
export class Said extends String {
  /** @param {() => string} say */
  constructor(say) {
    super();
    this.say = say;
  }

  /** @override */
  toString() { return this.say(); }

  /** @override */
  valueOf() { return this.say(); }

  toJSON() { return this.say(); }
}

/** @type {Map<string, Said>} */
const known = new Map();
/** @param {string} key */
function word(key) {
  const found = known.get(key);
  if (found) return found;
  const made = new Said(() => written(key));
  known.set(key, made);
  return made;
}

// Typed as texts, which is what they turn into wherever one is written.
/** @type {Record<string, string>} */
export const words = new Proxy({}, { get: (_, key) => (typeof key === "string" && key in (catalogues[FIRST] ?? {}) ? word(key) : undefined) });

/** @param {string} kind @param {string} rest @param {unknown} value */
function filled(kind, rest, value) {
  if (kind === "#") return rest.split("|")[value === 1 ? 0 : 1];
  if (Array.isArray(value)) return value.join(kind === "&" ? rest : ", ");
  const text = String(value);
  return kind === ":" ? text + particle(text, rest) : text;
}

/** @param {string} key @param {Record<string, unknown>} [values] @returns {string} */
export const say = (key, values = {}) => written(key).replace(PLACE, (_, name, kind, rest) => filled(kind, rest, values[name]));

// The same, as a list of texts and nodes for an element's children. A node's own text says which particle follows it.
/** @template T @param {string} key @param {Record<string, T>} values @returns {(string | T)[]} */
export function rich(key, values) {
  /** @type {(string | T)[]} */
  const parts = [];
  let from = 0;
  for (const place of written(key).matchAll(PLACE)) {
    const [whole, name, kind, rest] = place;
    const value = values[name];
    parts.push(written(key).slice(from, place.index), kind === "#" ? filled(kind, rest, value) : value);
    if (kind === ":") parts.push(particle(/** @type {any} */ (value)?.textContent ?? String(value), rest));
    from = place.index + whole.length;
  }
  return [...parts, written(key).slice(from)];
}

/** @param {string} key @param {Record<string, unknown>} [values] @returns {string} */
export const sentence = (key, values) => /** @type {any} */ (new Said(() => say(key, values)));

// What the server said, { text: { en: "…", ko: "…" } }, as one and the same Said for each; what is a text or Said already, as it is.
/** @type {WeakMap<object, Said>} */
const heard = new WeakMap();
/** @param {any} message @returns {string} */
export function told(message) {
  if (!message?.text) return message;
  const said = heard.get(message) ?? new Said(() => message.text[language] ?? message.text[FIRST]);
  heard.set(message, said);
  return /** @type {any} */ (said);
}
