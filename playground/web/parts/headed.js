// A heading with the menus of the charts that stand under it, at the other end of its line.

import { make } from "../dom.js";

/** @param {HTMLElement} heading @param {...HTMLElement} menus */
export const headed = (heading, ...menus) => make("div", { class: "headed" }, heading, make("span", { class: "menus" }, ...menus));
