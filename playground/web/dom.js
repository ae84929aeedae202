// Helpers for building the page. Text always goes in as text, never as markup.

import { LiveText } from "./core/i18n.js";

// Marks an element as not to be translated by the browser, as for symbols, prompts, names and numbers.
/** @template {HTMLElement} T @param {T} node @param {boolean} [isUntranslatable] */
export function keep(node, isUntranslatable = true) {
  if (node.translate === isUntranslatable) node.translate = !isUntranslatable;
  node.classList.toggle("notranslate", isUntranslatable);
  return node;
}

// Live texts by node: "text" or an attribute's name, and the LiveText written there.
/** @type {WeakMap<Node, Map<string, LiveText>>} */
const following = new WeakMap();

// Writes a text or an attribute of an element. A LiveText (i18n.js) is rewritten when the language changes.
/** @param {Element} node @param {string} name @param {unknown} value */
export function write(node, name, value) {
  const liveTexts = following.get(node) ?? new Map();
  if (value instanceof LiveText) following.set(node, liveTexts.set(name, value));
  else liveTexts.delete(name);
  if (name === "text") node.textContent = String(value);
  else node.setAttribute(name, String(value));
}

// Rewrites all live texts in the current language.
export function rewrite() {
  for (const node of document.querySelectorAll("*")) for (const [name, text] of following.get(node) ?? []) write(node, name, text);
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
  // A live text among other children gets an element of its own, so that it can be rewritten.
  node.append(...children.map((/** @type {any} */ child) => (child instanceof LiveText ? make("span", { text: /** @type {any} */ (child) }) : child)));
  return node;
}

// The closest ancestor of an event's target, or the target itself, that matches a selector.
/** @param {EventTarget | null} target @param {string} selector @returns {HTMLElement | null} */
export const around = (target, selector) => (target instanceof Element ? target.closest(selector) : null);

// Sets only properties that differ: assigning the same value again costs the browser work too.
/** @template {object} T @param {T} node @param {Partial<T>} properties */
export function put(node, properties) {
  for (const name of /** @type {(keyof T)[]} */ (Object.keys(properties))) {
    const value = /** @type {T[keyof T]} */ (properties[name]);
    if (node[name] !== value) node[name] = value;
  }
}

// Disables or enables a button. Unlike with `disabled`, it keeps the focus: it is announced as disabled, and ignores clicks.
/** @param {HTMLButtonElement} button @param {boolean} isDisabled */
export function setDisabled(button, isDisabled) {
  button.addEventListener("click", ignoreIfDisabled, { capture: true }); // the same listener is added once
  if (button.ariaDisabled !== String(isDisabled)) button.ariaDisabled = String(isDisabled);
}
/** @param {Event} event */
function ignoreIfDisabled(event) {
  const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
  if (button.ariaDisabled === "true") event.stopImmediatePropagation();
}

// Shows or hides a control. A hidden one cannot keep the focus, which goes to `next`.
/** @param {HTMLElement} node @param {boolean} isHidden @param {HTMLElement} next */
export function setHidden(node, isHidden, next) {
  const hadFocus = isHidden && node.contains(document.activeElement);
  put(node, { hidden: isHidden });
  if (hadFocus) next.focus({ preventScroll: true });
}

// Writes a text that changes often, reusing its text node, which is cheaper than replacing it.
/** @param {HTMLElement} node @param {string} text */
export function retext(node, text) {
  const { firstChild: first } = node;
  if (first instanceof Text && !first.nextSibling) put(first, { data: text });
  else node.textContent = text;
}

// Writes a text with inline elements that changes often. If the new parts are of the same kinds as the old ones, only
// their text is changed.
/** @param {HTMLElement} node @param {(string | HTMLElement)[]} parts */
export function refill(node, parts) {
  const oldNodes = [...node.childNodes];
  const isSameKind = oldNodes.length === parts.length && oldNodes.every((old, i) => kindOf(old) === kindOf(parts[i]));
  if (!isSameKind) return node.replaceChildren(...parts);
  parts.forEach((part, i) => {
    if (part instanceof HTMLElement) retext(/** @type {HTMLElement} */ (oldNodes[i]), part.textContent ?? "");
    else put(/** @type {Text} */ (oldNodes[i]), { data: part });
  });
}
/** @param {string | Node} part */
const kindOf = (part) => (part instanceof Element ? `${part.tagName} ${part.className}` : "");

// Calls `draw` once in the next frame, however often it is requested. All drawing shares one requestAnimationFrame:
// each request costs as much as a small drawing.
/** @param {() => void} draw */
export function eachFrame(draw) {
  return () => {
    if (!due.size) requestAnimationFrame(drawDue);
    due.add(draw);
  };
}

/** @type {Set<() => void>} */
const due = new Set();
/** @type {(() => void)[]} */
const dueAfterwards = [];
function drawDue() {
  const callbacks = [...due];
  due.clear();
  callbacks.forEach(attempt);
  dueAfterwards.splice(0).forEach(attempt);
}
/** @param {() => void} act */
function attempt(act) {
  try { act(); } catch (error) { reportError(error); } // the others still have their turn
}

// While a frame is drawn: calls `measure` at its end, because reading positions in between would cost another layout.
/** @param {() => void} measure */
export const afterDrawing = (measure) => void dueAfterwards.push(measure);

// Debounces `act`. The timer is only restarted when it fires too early, because a drag calls this in every frame.
/** @param {() => void} act @param {number} pause */
export function atRest(act, pause) {
  let isWaiting = false;
  let deadline = 0;
  function checkDeadline() {
    const remaining = deadline - performance.now();
    isWaiting = remaining > 1;
    if (isWaiting) setTimeout(checkDeadline, remaining);
    else act();
  }
  return () => {
    deadline = performance.now() + pause;
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(checkDeadline, pause);
  };
}

// Calls back when the page's width changes: a resized window, a rotated phone.
/** @param {() => void} callback */
export function onWidth(callback) {
  let lastWidth = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === lastWidth) return;
    lastWidth = innerWidth;
    callback();
  });
}

// Copies a text to the clipboard; true on success. A page served without https has no clipboard API.
/** @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const focused = document.activeElement;
    // An editable box would open a phone's keyboard.
    const box = make("textarea", { style: "position: fixed; opacity: 0", readonly: "" });
    box.value = text;
    document.body.append(box);
    box.select();
    const isCopied = document.execCommand("copy");
    box.remove();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true }); // the box took it
    return isCopied;
  }
}

// Offers a file for download.
/** @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// The buttons' icons, drawn here because fonts differ in which of them they have.
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

// Creates an SVG element.
/** @param {string} name @param {Record<string, string | number>} attributes */
export function shape(name, attributes) {
  const node = /** @type {SVGElement} */ (document.createElementNS("http://www.w3.org/2000/svg", name));
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}
