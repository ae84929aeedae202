// The entry point of the page's modules. Python's components import this and mount their part (components.py). The
// Play tab comes with the page; another tab's module is fetched when the tab is first opened.

import "./given.js";
import * as client from "./core/client.js";
import * as format from "./core/format.js";
import { words } from "./core/i18n.js";
import * as runs from "./core/runs.js";
import * as sampling from "./core/sampling.js";
import * as server from "./core/server.js";
import * as store from "./core/store.js";
import { address, writeAddress } from "./parts/address.js";
import * as front from "./parts/front.js";
import * as header from "./parts/header.js";
import * as hub from "./parts/hub.js";
import * as language from "./parts/language.js";
import * as modelnames from "./parts/modelnames.js";
import "./parts/loader.js";
import * as opening from "./parts/opening.js";
import { play } from "./parts/player.js";
import * as tabs from "./parts/tabs.js";
import * as slider from "./parts/temperature.js";
import { parts } from "./tabs/play.js";

/** @type {Record<string, { mount: (parts: GradioParts) => void }>} */
const PARTS = { header, ...parts };

/** @type {(() => void)[]} */
const waiting = [];

// Builds a part of the page in its element, given what gradio passes to a component: { element, trigger, props, watch
// }. While the front is shown, parts wait for the last one, so that the page replaces it in one frame.
/** @param {string} name @param {GradioParts} gradio */
export function mount(name, gradio) {
  waiting.push(() => PARTS[name].mount(gradio));
  if (front.stands() && waiting.length < Object.keys(PARTS).length) return;
  front.end();
  for (const act of waiting.splice(0)) act();
}

export const open = tabs.open;

// The page's only global, for tests, lessons, and event handlers written in Python.
export const playground = {
  setTemperature: store.setTemperature,
  store: { ...store, address, writeAddress },
  client, format, hub, language, modelnames, opening, play, runs, sampling, server, slider, tabs, words,
};
window.playground = playground;
