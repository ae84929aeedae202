// The tabs: which of them is looked at, and how the address says so. Their content is gradio's: it builds a tab's when that is
// first opened, and hides it from then on, so that all that was done there is still there.

import { FIRST } from "../core/address.js";
import { web } from "../core/given.js";
import { words } from "../core/i18n.js";
import { make } from "../core/dom.js";
import { state, update } from "../core/store.js";
import { address, writeAddress } from "./address.js";
import { tellGradio } from "./language.js";

/** @param {string} name */
const buttonOf = (name) => document.getElementById(`tab-${name}-button`);

const inAddress = () => new URLSearchParams(location.search).get("tab");
// A tab that there is not is the first one.
/** @param {string | null} name */
const known = (name) => (name && buttonOf(name) ? name : FIRST);
const asked = inAddress(); // of the link: gradio may take so long that the address was written anew meanwhile

// The tab that a link or the browser's history asks for, until gradio has shown it. Gradio opens the first one first.
/** @type {string | null} */
let wanted = null;
let begun = false;

// Gradio has shown a tab.
/** @param {string} name */
export function selected(name) {
  if (!begun) {
    begun = true;
    wanted = known(asked);
  }
  if (wanted !== null && wanted !== name) {
    show(wanted);
    return;
  }
  const chosen = wanted === null && name !== state.tab; // by hand
  wanted = null;
  tellGradio(); // where a link opens a tab, the labels of some may be those of before
  update({ tab: name });
  buttonOf(name)?.scrollIntoView({ block: "nearest", inline: "nearest" }); // on a phone not all of them fit
  if (chosen) history.pushState(null, "", address());
  else writeAddress();
}

// Opens a tab, as a click on it does.
/** @param {string} name */
export const show = (name) => buttonOf(name)?.click();

// Back and forward go from tab to tab. What was set meanwhile stays, so the address is written anew.
window.addEventListener("popstate", () => {
  const name = known(inAddress());
  if (name === state.tab) {
    writeAddress();
    return;
  }
  wanted = name;
  show(name);
});

// Builds a tab's content in its element, with what gradio gives each of its components. Its module is fetched now.
/** @param {string} name @param {GradioParts} gradio @param {number} [tries] */
export async function open(name, gradio, tries = 0) {
  try {
    // Browsers may remember that a module did not come, so it is asked for at another address.
    const tab = await import(new URL(`${web}/pack/tabs/${name}.js${tries ? `?again=${tries}` : ""}`, document.baseURI).href);
    await tab.mount(gradio);
  } catch (error) {
    reportError(error); // for the console
    const again = () => { gradio.element.replaceChildren(); open(name, gradio, tries + 1); };
    gradio.element.replaceChildren(make("p", { class: "muted", role: "alert", text: words.tab_failed }),
      make("button", { class: "quiet", text: words.try_again, on: { click: again } }));
  }
}
