// An element of a drawing in the page.

/** @param {string} name @param {Record<string, string | number>} attributes */
export function shape(name, attributes) {
  const node = /** @type {SVGElement} */ (document.createElementNS("http://www.w3.org/2000/svg", name));
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}
