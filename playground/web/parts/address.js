// Writes the address as the settings change, also around the page: inside a frame of the Hub, where a Space is shown, the
// visitor sees the address of the Hub's page, not ours. The Hub lets a Space set that address's query:
// huggingface.co/docs/hub/spaces-handle-url-parameters.

import { describe, query } from "../core/address.js";
import { atRest } from "../core/dom.js";
import * as store from "../core/store.js";

const HUB = "https://huggingface.co";
const PAUSE = 250; // milliseconds: browsers allow few changes a second

export const address = () => describe(location.href, store.state);

export const writeAddress = atRest(() => {
  history.replaceState(history.state, "", address());
  tellHub(address());
}, PAUSE);

// What the server could not read leaves the address once the page is open.
store.subscribe((_, patch) => {
  if ("settings" in patch || "spoken" in patch || "linked" in patch || (patch.opened && location.search)) writeAddress();
});

/** @param {string} href */
const originOf = (href) => { try { return new URL(href).origin; } catch { return ""; } };

// Whether the page around this one is the Hub's. A browser that does not list the pages around tells where it came from.
function inHub() {
  if (window.parent === window) return false;
  const { ancestorOrigins } = location;
  return (ancestorOrigins?.length ? ancestorOrigins[0] : originOf(document.referrer)) === HUB;
}

/** @param {string} href */
export function tellHub(href) {
  if (inHub()) window.parent.postMessage({ queryString: query(href) }, HUB);
}

// The address that opens this page elsewhere.
/** @param {string} href */
export function shared(href) {
  const space = inHub() && window.gradio_config?.space_id;
  const { origin, pathname } = new URL(href);
  return `${space ? `${HUB}/spaces/${space}` : origin + pathname}${query(href)}`;
}
