// Reads a tab's parameters from a link, with line ends as text boxes hold them. Otherwise the model would get another
// text than the box shows. server/opening.py does the same for the prompt. Pure.

// `oneLine` lists the texts whose boxes allow no line breaks.
/** @param {string} search @param {string[]} [oneLine] */
export function readLink(search, oneLine = []) {
  const read = (/** @type {string} */ name, /** @type {string} */ value) => value.replace(/\r\n?|\n/g, oneLine.includes(name) ? "" : "\n");
  return new URLSearchParams([...new URLSearchParams(search)].map(([name, value]) => [name, read(name, value)]));
}
