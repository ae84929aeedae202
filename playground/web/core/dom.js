// Small tools for building the page. Text always goes in as text, never as markup.

import { web } from "./given.js";
import { Said } from "./i18n.js";

// Symbols, prompts, names and numbers are no words of any language: a browser that translates the page leaves them alone.
/** @template {HTMLElement} T @param {T} node @param {boolean} [yes] */
export function keep(node, yes = true) {
  node.translate = !yes;
  node.classList.toggle("notranslate", yes);
  return node;
}

// What follows the language: of a node, the names of what was written there, "text" or an attribute, and what it says.
/** @type {WeakMap<Node, Map<string, Said>>} */
const following = new WeakMap();

// Writes a text or an attribute of an element. What says itself in each language (i18n.js) is written anew in another one.
/** @param {Element} node @param {string} name @param {unknown} value */
export function write(node, name, value) {
  const own = following.get(node) ?? new Map();
  if (value instanceof Said) following.set(node, own.set(name, value));
  else own.delete(name);
  if (name === "text") node.textContent = String(value);
  else node.setAttribute(name, String(value));
}

// Writes all of this anew, in the language of now.
export function rewrite() {
  for (const node of document.querySelectorAll("*")) for (const [name, said] of following.get(node) ?? []) write(node, name, said);
}

// Builds an element: make("button", { class: "x", text: "…", on: { click } }, …children).
/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Attributes} [options] @param {...(Node | string)} children
 */
export function make(tag, { text, on, ...attributes } = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) write(node, name, value);
  if (text !== undefined) write(node, "text", text);
  for (const [event, handler] of Object.entries(on ?? {})) node.addEventListener(event, /** @type {EventListener} */ (handler));
  // A word among others has an element of its own, to be written anew in.
  node.append(...children.map((/** @type {any} */ child) => (child instanceof Said ? make("span", { text: /** @type {any} */ (child) }) : child)));
  return node;
}

// The nearest element around the target of an event, itself included, that fits a selector.
/** @param {EventTarget | null} target @param {string} selector @returns {HTMLElement | null} */
export const around = (target, selector) => (target instanceof Element ? target.closest(selector) : null);

// Adds a style sheet of css/ to the page; resolves when it is there.
/** @param {string} name */
export const styleSheet = (name) => new Promise((resolve, reject) => {
  const { href } = new URL(`${web}/css/${name}.css`, document.baseURI);
  document.head.append(make("link", { rel: "stylesheet", href, on: { load: resolve, error: reject } }));
});

// Sets properties that are not so already. To set one again is work for the browser, even where nothing changes.
/** @template {object} T @param {T} node @param {Partial<T>} properties */
export function put(node, properties) {
  for (const name of /** @type {(keyof T)[]} */ (Object.keys(properties))) {
    const value = /** @type {T[keyof T]} */ (properties[name]);
    if (node[name] !== value) node[name] = value;
  }
}

// Writes a text that changes often. The node that holds it stays, which costs a browser less than another one.
/** @param {HTMLElement} node @param {string} text */
export function retext(node, text) {
  const { firstChild: first } = node;
  if (first instanceof Text && !first.nextSibling) put(first, { data: text });
  else node.textContent = text;
}

// Writes a text with words of their own look in it, which changes often. Where its parts are of the same kinds as those that stand
// there, their letters change and no node does.
/** @param {HTMLElement} node @param {(string | HTMLElement)[]} parts */
export function refill(node, parts) {
  const there = [...node.childNodes];
  const alike = there.length === parts.length && there.every((old, i) => kindOf(old) === kindOf(parts[i]));
  if (!alike) return node.replaceChildren(...parts);
  parts.forEach((part, i) => {
    if (part instanceof HTMLElement) retext(/** @type {HTMLElement} */ (there[i]), part.textContent ?? "");
    else put(/** @type {Text} */ (there[i]), { data: part });
  });
}
/** @param {string | Node} part */
const kindOf = (part) => (part instanceof Element ? `${part.tagName} ${part.className}` : "");

// Calls `draw` once in the next frame, however often it is asked for. All that is drawn in a frame asks the browser for it once:
// each time that it is asked costs it as much as a small drawing.
/** @param {() => void} draw */
export function eachFrame(draw) {
  return () => {
    if (!due.size) requestAnimationFrame(drawDue);
    due.add(draw);
  };
}

/** @type {Set<() => void>} */
const due = new Set();
function drawDue() {
  const now = [...due];
  due.clear();
  for (const draw of now) {
    try { draw(); } catch (error) { reportError(error); } // the others are drawn all the same
  }
}

// Calls `act` once nobody has asked for it for some milliseconds. The clock is set anew only when it rings too early: a drag asks
// in every frame.
/** @param {() => void} act @param {number} pause */
export function atRest(act, pause) {
  let ringing = false;
  let until = 0;
  function ring() {
    const left = until - performance.now();
    ringing = left > 1;
    if (ringing) setTimeout(ring, left);
    else act();
  }
  return () => {
    until = performance.now() + pause;
    if (ringing) return;
    ringing = true;
    setTimeout(ring, pause);
  };
}

// Calls back when the page has another width: a larger window, a phone that was turned.
/** @param {() => void} callback */
export function onWidth(callback) {
  let wide = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === wide) return;
    wide = innerWidth;
    callback();
  });
}

// Copies a text; true where it worked. A page served without https has no clipboard of its own.
/** @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = make("textarea", { style: "position: fixed; opacity: 0" });
    box.value = text;
    document.body.append(box);
    box.select();
    const worked = document.execCommand("copy");
    box.remove();
    return worked;
  }
}

// The buttons' pictures, drawn here because fonts differ in which of them they have.
/** @type {Record<string, string>} */
const PICTURES = {
  to_start: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  play: "M4 2.5v11L13 8z",
  pause: "M3.5 3h3.2v10H3.5zM9.3 3h3.2v10H9.3z",
  forward: "M5 3v10l7-5z",
  to_end: "M11 3h2v10h-2zM3 3v10l7-5z",
  bars: "M2 9h3v5H2zM6.5 3h3v11h-3zM11 7h3v7h-3z",
  segments: "M1 5h6v6H1zM8 5h4v6H8zM13 5h2v6h-2z",
  fold: "M3 5.5h10L8 11z",
  close: "M3.3 4.7 4.7 3.3 8 6.6l3.3-3.3 1.4 1.4L9.4 8l3.3 3.3-1.4 1.4L8 9.4l-3.3 3.3-1.4-1.4L6.6 8z",
};
/** @param {string} name */
export function picture(name) {
  const svg = shape("svg", { viewBox: "0 0 16 16", width: 16, height: 16, fill: "currentColor", "aria-hidden": "true" });
  svg.append(shape("path", { d: PICTURES[name] }));
  return svg;
}

// An element of a drawing in the page.
/** @param {string} name @param {Record<string, string | number>} attributes */
export function shape(name, attributes) {
  const node = /** @type {SVGElement} */ (document.createElementNS("http://www.w3.org/2000/svg", name));
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}
