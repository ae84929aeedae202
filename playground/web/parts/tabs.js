// The tabs: which is open, and its name in the URL. Gradio builds a tab's content when it is first opened and only
// hides it afterwards, so its state persists.

import { FIRST } from "../core/address.js";
import { words } from "../core/i18n.js";
import { make } from "../dom.js";
import { web } from "../given.js";
import { state, update } from "../core/store.js";
import { pushAddress, writeAddress } from "./address.js";
import { tellGradio } from "./language.js";

/** @param {string} name */
const buttonOf = (name) => document.getElementById(`tab-${name}-button`);

const TIMEOUT = 5000; // milliseconds the server gets to say whether a file exists

// On a phone not all tabs fit. Their widths change with the language, a little later: then the row is scrolled back
// to the start before the tab is brought into view.
const widths = new ResizeObserver(([{ target }]) => {
  const row = target.closest(".tab-wrapper");
  if (row) row.scrollLeft = 0;
  target.scrollIntoView({ block: "nearest", inline: "nearest" });
});
/** @param {HTMLElement | null} button */
function keepInSight(button) {
  widths.disconnect();
  if (button) widths.observe(button);
}

const tabInAddress = () => new URLSearchParams(location.search).get("tab");
// Unknown tabs fall back to the first.
/** @param {string | null} name */
const validTab = (name) => (name && buttonOf(name) ? name : FIRST);
const linkedTab = tabInAddress(); // from the link: gradio may take so long that the URL has changed

// The tab requested by a link or the browser history, until gradio has shown it. Gradio always opens the first tab
// first.
/** @type {string | null} */
let wanted = null;
let hasBegun = false;

// Gradio has shown a tab.
/** @param {string} name */
export function selected(name) {
  if (!hasBegun) {
    hasBegun = true;
    wanted = validTab(linkedTab);
  }
  if (wanted !== null && wanted !== name) {
    show(wanted);
    return;
  }
  const chosen = wanted === null && name !== state.tab; // by the user
  wanted = null;
  tellGradio(); // labels in a tab opened by a link may be in the old language
  update({ tab: name });
  keepInSight(buttonOf(name));
  if (chosen) pushAddress();
  else writeAddress();
}

// Opens a tab as a click would.
/** @param {string} name */
export const show = (name) => buttonOf(name)?.click();

// Back and forward switch tabs. Other settings stay, so the URL is rewritten.
window.addEventListener("popstate", () => {
  const name = validTab(tabInAddress());
  if (name === state.tab) {
    writeAddress();
    return;
  }
  wanted = name;
  show(name);
});

// Builds a tab's content in its element, given what gradio passes to a component. Fetches its module first.
/** @param {string} name @param {GradioParts} gradio @param {number} [tries] */
export async function open(name, gradio, tries = 0) {
  // Browsers may cache a failed import, so retries use another URL.
  const { href } = new URL(`${web}/pack/tabs/${name}.js${tries ? `?again=${tries}` : ""}`, document.baseURI);
  try {
    const tab = await import(href);
    await tab.mount(gradio);
  } catch (error) {
    reportError(error); // for the console
    const { element } = gradio;
    const retry = () => {
      if (element.contains(document.activeElement)) buttonOf(name)?.focus({ preventScroll: true }); // the retry button is about to be removed
      element.replaceChildren();
      open(name, gradio, tries + 1);
    };
    const [sentence, label, click] = await isGone(href)
      ? [words.tab_newer, words.load_newer, () => location.reload()]
      : [words.tab_failed, words.try_again, retry];
    element.replaceChildren(make("p", { class: "muted", role: "alert", text: sentence }), make("button", { class: "quiet", text: label, on: { click } }));
  }
}

// Whether the server no longer has a file: it has been updated since the page was opened, and its files have new URLs
// (server/static.py), so retrying is pointless.
/** @param {string} href */
async function isGone(href) {
  try {
    const { status } = await fetch(href, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT) });
    return status === 404;
  } catch {
    return false;
  }
}
