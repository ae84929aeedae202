// The style sheets of the tabs, which are fetched when one is first opened.

import { make } from "../dom.js";
import { web } from "../given.js";

/** @type {Map<string, Promise<unknown>>} */
const sheets = new Map(); // those of the page, and those under way

// Adds a style sheet of css/ to the page, once; resolves when it has loaded. One that failed may be tried again.
/** @param {string} name */
export function styleSheet(name) {
  const known = sheets.get(name);
  if (known) return known;
  const { href } = new URL(`${web}/css/${name}.css`, document.baseURI);
  const loading = new Promise((resolve, reject) => {
    const link = make("link", { rel: "stylesheet", href, on: { load: resolve, error: fail } });
    function fail() {
      link.remove();
      sheets.delete(name);
      reject(new Error(`${href} could not be loaded.`));
    }
    document.head.append(link);
  });
  sheets.set(name, loading);
  return loading;
}
