// Chooses the model of a section: bundled ones, and those opened for it from the Hub.

import { make } from "../../dom.js";
import { state, subscribe } from "../../core/store.js";
import * as modelnames from "../modelnames.js";

/** @typedef {{ task: Task, bundled: [string, HTMLElement["textContent"]][], label: string, choose: (name: string) => void }} Choice  bundled: name and title */

/** @param {Choice} choice */
export function modelChoice({ task, bundled, label, choose }) {
  const group = make("div", { class: "choices", role: "group", "aria-label": label });
  /** @type {Map<string, HTMLElement>} */
  const buttons = new Map();

  /** @param {string} name @param {HTMLElement["textContent"]} title */
  function add(name, title) {
    if (buttons.has(name)) return;
    buttons.set(name, make("button", { class: "quiet choice", "data-model": name, text: title, on: { click: () => choose(name) } }));
    group.append(/** @type {HTMLElement} */ (buttons.get(name)));
  }
  for (const [name, title] of bundled) add(name, title);

  subscribe((_, patch) => {
    if (patch.another?.task === task) choose(patch.another.name);
  });

  return {
    node: group,
    // The initial model: one just opened for the section, else the link's, if valid.
    /** @param {string | null} linked */
    first(linked) {
      if (state.another?.task === task) return state.another.name;
      return linked && (buttons.has(linked) || modelnames.parts(linked)[2]) ? linked : null;
    },
    // Shows the current choice; hidden if there is only one.
    /** @param {string} current */
    show(current) {
      for (const [title, name] of modelnames.openedFor(task)) add(name, title);
      if (modelnames.parts(current)[2]) add(current, modelnames.short(current)); // from a link
      group.hidden = buttons.size < 2;
      for (const [name, button] of buttons) button.setAttribute("aria-pressed", String(name === current));
    },
  };
}
