// Where on the rail the roll of this moment changes its mind: a notch each, with its character where there is room. Pointing at one
// says what it means, and a click moves the slider there.

import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as sampling from "../core/sampling.js";
import * as store from "../core/store.js";

const ROOM = 16; // pixels that a notch with its character takes

export function notches() {
  const list = keep(make("div", { class: "flips", role: "group", "aria-label": words.notches }));
  const tip = make("div", { class: "flip-tip", role: "tooltip", hidden: "" });
  const node = make("div", { class: "notches" }, list, tip);

  /** @param {number} at @param {string} text */
  function explain(at, text) {
    tip.textContent = text;
    tip.hidden = false;
    const room = node.clientWidth - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(room, at * node.clientWidth - tip.offsetWidth / 2))}px`;
  }
  const hush = () => { tip.hidden = true; };

  /** @param {Flip} flip @param {number} at @param {Moment} moment @param {string} kind */
  function notch({ from, id }, at, moment, kind) {
    const symbol = id === null ? "…" : format.seen(moment.symbols[id]);
    const text = format.say("notch", { t: format.number(from), symbol });
    return make("button", {
      type: "button", class: `flip${kind}`, style: `--at: ${at}`, tabindex: -1, text: symbol, "aria-label": text,
      on: {
        pointerdown: (event) => event.preventDefault(), // the focus stays where it is
        pointerenter: () => explain(at, text),
        pointerleave: hush,
        click: () => store.setTemperature(from),
      },
    });
  }

  /** @type {Flip[] | null} */
  let drawn = null;
  function draw() {
    const moment = store.state.playing ? null : store.moment();
    const found = moment && moment.u !== null ? store.flips(/** @type {any} */ (moment)) : [];
    if (found === drawn) return;
    drawn = found;
    hush();
    const places = [...found.map(({ from }) => sampling.positionOf(from)), 1];
    const room = ROOM / (list.clientWidth || 1);
    list.replaceChildren(...found.map((flip, i) => {
      const kind = i ? "" : " first";
      const roomy = places[i + 1] - places[i] > room;
      return roomy && moment ? notch(flip, places[i], moment, kind)
        : make("span", { class: `flip${kind} dense`, style: `--at: ${places[i]}`, "aria-hidden": "true" });
    }));
  }

  return { node, draw, forget: () => { drawn = null; } };
}
