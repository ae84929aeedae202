// Passes what Python wrote into the page's head (components.py) to core, whose modules never read the page. page.js
// imports this first because other modules use that data as soon as they are evaluated.

import { switchTo } from "./core/i18n.js";
import { configure } from "./core/pagedata.js";

/** @type {Partial<Given>} */
const given = JSON.parse(document.getElementById("given")?.textContent ?? "{}");
configure(given);
switchTo(document.documentElement.lang); // early.js has chosen it

// The folder from which the files of web/ are served.
export const web = given.web ?? "";
