// The page's words in its current language. All catalogues (ui/i18n) come with the page, so switching the language
// needs no request.
//
// `words.copy` is a live word: it always reads in the current language, and elements built with `make` (dom.js)
// follow it. `say` returns a plain text, `sentence` a live one, and `fromServer` a live one for a message of the
// server. Placeholders are explained in playground/words.py.

import { catalogues } from "./pagedata.js";
import { particle } from "./particles.js";

const PLACEHOLDER = /\{(\w+)(?:([:#&])([^{}]*))?\}/g;

const DEFAULT = "en";
let language = DEFAULT;

export const languages = () => Object.keys(catalogues);
export const current = () => language;
// The language's own name.
/** @param {string} other @returns {string} */
export const nameOf = (other) => catalogues[other].language_name;

// Called when the language changes.
/** @type {Set<() => void>} */
const listeners = new Set();
/** @param {() => void} listener */
export function onSwitch(listener) {
  listeners.add(listener);
}

/** @param {string} other */
export function switchTo(other) {
  if (!languages().includes(other) || other === language) return;
  language = other;
  for (const listener of listeners) listener();
}

/** @param {string} key */
const textOf = (key) => catalogues[language]?.[key] ?? key;

// A string that is looked up in the current language each time it is read.
export class LiveText extends String {
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

/** @type {Map<string, LiveText>} */
const cache = new Map();
/** @param {string} key */
function word(key) {
  const cached = cache.get(key);
  if (cached) return cached;
  const text = new LiveText(() => textOf(key));
  cache.set(key, text);
  return text;
}

// Typed as strings, which they become wherever they are written.
/** @type {Record<string, string>} */
export const words = new Proxy({}, { get: (_, key) => (typeof key === "string" && key in (catalogues[DEFAULT] ?? {}) ? word(key) : undefined) });

/** @param {string} kind @param {string} options @param {unknown} value */
function fill(kind, options, value) {
  if (kind === "#") return options.split("|")[value === 1 ? 0 : 1];
  if (Array.isArray(value)) return value.join(kind === "&" ? options : ", ");
  const text = String(value);
  return kind === ":" ? text + particle(text, options) : text;
}

/** @param {string} key @param {Record<string, unknown>} [values] @returns {string} */
export const say = (key, values = {}) => textOf(key).replace(PLACEHOLDER, (_, name, kind, options) => fill(kind, options, values[name]));

// The same as a list of texts and nodes, for an element's children. A node's text decides which Korean particle
// follows it.
/** @template T @param {string} key @param {Record<string, T>} values @returns {(string | T)[]} */
export function rich(key, values) {
  /** @type {(string | T)[]} */
  const parts = [];
  let from = 0;
  for (const place of textOf(key).matchAll(PLACEHOLDER)) {
    const [whole, name, kind, options] = place;
    const value = values[name];
    parts.push(textOf(key).slice(from, place.index), kind === "#" ? fill(kind, options, value) : value);
    if (kind === ":") parts.push(particle(/** @type {any} */ (value)?.textContent ?? String(value), options));
    from = place.index + whole.length;
  }
  return [...parts, textOf(key).slice(from)];
}

/** @param {string} key @param {Record<string, unknown>} [values] @returns {string} */
export const sentence = (key, values) => /** @type {any} */ (new LiveText(() => say(key, values)));

// Turns a message of the server, { text: { en: "…", ko: "…" } }, into a LiveText, the same one each time. Other
// values are returned as they are.
/** @type {WeakMap<object, LiveText>} */
const serverTexts = new WeakMap();
/** @param {any} message @returns {string} */
export function fromServer(message) {
  if (!message?.text) return message;
  const text = serverTexts.get(message) ?? new LiveText(() => message.text[language] ?? message.text[DEFAULT]);
  serverTexts.set(message, text);
  return /** @type {any} */ (text);
}
