// Updates the URL as the settings change, also that of the page around: on the Hub a Space runs in a frame, and
// visitors see the Hub's URL. The Hub lets a Space set its query:
// huggingface.co/docs/hub/spaces-handle-url-parameters.

import { describe, query } from "../core/address.js";
import { atRest } from "../dom.js";
import { settingsForLink } from "../core/reproduce.js";
import * as store from "../core/store.js";

const HUB = "https://huggingface.co";
const PAUSE = 250; // milliseconds: browsers allow few changes a second

export const address = () => describe(location.href, store.state);

export const writeAddress = atRest(() => {
  history.replaceState(history.state, "", address());
  sendToHub(address());
}, PAUSE);

// Writes it as a new entry of the history.
export function pushAddress() {
  history.pushState(null, "", address());
  sendToHub(address());
}

// Also removes invalid parameters from the URL once the page is open.
store.subscribe((_, patch) => {
  if ("settings" in patch || "spoken" in patch || "linked" in patch || (patch.opened && location.search)) writeAddress();
});

/** @param {string} href */
const originOf = (href) => { try { return new URL(href).origin; } catch { return ""; } };

// Whether the page is embedded in the Hub. Browsers without ancestorOrigins have the referrer.
function isInHub() {
  if (window.parent === window) return false;
  const { ancestorOrigins } = location;
  return (ancestorOrigins?.length ? ancestorOrigins[0] : originOf(document.referrer)) === HUB;
}

/** @param {string} href */
function sendToHub(href) {
  if (isInHub()) window.parent.postMessage({ queryString: query(href) }, HUB);
}

// A URL that reproduces the text, and whether it reproduces all of it.
export function linkOfText() {
  const { settings, whole: isComplete } = settingsForLink(store.state);
  return { link: describe(location.href, { ...store.state, settings }), whole: isComplete };
}

// The URL that opens this page elsewhere.
/** @param {string} href */
export function shareableUrl(href) {
  const spaceId = isInHub() && window.gradio_config?.space_id;
  const { origin, pathname } = new URL(href);
  return `${spaceId ? `${HUB}/spaces/${spaceId}` : origin + pathname}${query(href)}`;
}
