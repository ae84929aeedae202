// What this page's link hides (core/hidden.js). css/hide.css does most of it, from the first paint on; this module is for
// what a style sheet cannot remove, and for the notice about unknown names.

import * as characters from "../core/characters.js";
import { read } from "../core/hidden.js";
import { sentence } from "../core/i18n.js";

const requested = read(new URLSearchParams(globalThis.location?.search).get("hide"));

/** @param {string} name */
export const hides = (name) => requested.hidden.includes(name);

export const remarks = () => (requested.unknown.length
  ? [sentence("link_ignored", { name: "hide", value: characters.limitMarks(requested.unknown.join(", ")) })] : []);
