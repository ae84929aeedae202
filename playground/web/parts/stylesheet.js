// The style sheets of the tabs, which are fetched when one is first opened.

import { make } from "../dom.js";
import { web } from "../given.js";

// Adds a style sheet of css/ to the page; resolves when it has loaded.
/** @param {string} name */
export const styleSheet = (name) => new Promise((resolve, reject) => {
  const { href } = new URL(`${web}/css/${name}.css`, document.baseURI);
  document.head.append(make("link", { rel: "stylesheet", href, on: { load: resolve, error: reject } }));
});
