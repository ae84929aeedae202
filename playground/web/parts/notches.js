// The temperatures at which this moment's u gives another character: a notch on the rail for each, with its character if
// there is room. Pointing at a notch explains it, and a click moves the slider there. All notches share one Tab stop:
// the arrow keys move between them, and Enter moves the slider.

import { keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as sampling from "../core/sampling.js";
import * as store from "../core/store.js";

const NOTCH_WIDTH = 17; // pixels of a notch with its character
/** @type {Flip[]} */
const NO_FLIPS = [];

export function notches() {
  const list = keep(make("div", { class: "flips", role: "group", "aria-label": words.notches }));
  const tip = make("div", { class: "flip-tip", role: "tooltip", hidden: "" });
  const node = make("div", { class: "notches" }, list, tip);
  /** @type {HTMLButtonElement[]} */
  let buttons = [];
  let tabStop = 0; // the notch that is the Tab stop

  /** @param {number} at @param {string} text */
  function explain(at, text) {
    tip.textContent = text;
    tip.hidden = false;
    const room = node.clientWidth - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(room, at * node.clientWidth - tip.offsetWidth / 2))}px`;
  }
  const hideTip = () => { tip.hidden = true; };

  // A notch without room for its character is as wide as the gap to the next one, so that it can be clicked. `share` is
  // that gap as a fraction of the rail.
  /** @param {Flip} flip @param {number} at @param {number} share @param {Moment} moment @param {string} kind */
  function notch({ from, id }, at, share, moment, kind) {
    const symbol = id === null ? "…" : format.seen(moment.symbols[id]);
    const text = format.say("notch", { t: format.number(from), symbol });
    return make("button", {
      type: "button", class: `flip${kind}`, style: `--at: ${at}; --wide: ${share}`, tabindex: -1, text: kind.includes("dense") ? "" : symbol, "aria-label": text,
      on: {
        pointerdown: (event) => event.preventDefault(), // the focus stays where it is
        pointerenter: () => explain(at, text),
        pointerleave: hideTip,
        focus: () => explain(at, text),
        blur: hideTip,
        click: () => store.setTemperature(from),
      },
    });
  }

  // Makes a notch the Tab stop.
  /** @param {number} i */
  function moveTabStop(i) {
    if (buttons[tabStop]) buttons[tabStop].tabIndex = -1;
    tabStop = Math.max(0, Math.min(i, buttons.length - 1));
    if (buttons[tabStop]) buttons[tabStop].tabIndex = 0;
  }

  list.addEventListener("keydown", (event) => {
    const target = {
      ArrowLeft: tabStop - 1, ArrowDown: tabStop - 1, ArrowRight: tabStop + 1, ArrowUp: tabStop + 1, Home: 0, End: buttons.length - 1,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
    moveTabStop(target);
    buttons[tabStop].focus();
  });

  /** @type {Flip[] | null} */
  let drawn = null;
  function draw() {
    const moment = store.state.playing ? null : store.moment();
    const flips = moment && moment.u !== null ? store.flips(/** @type {any} */ (moment)) : NO_FLIPS;
    if (flips === drawn) return;
    drawn = flips;
    hideTip();
    const hadFocus = list.contains(document.activeElement);
    const places = [...flips.map(({ from }) => sampling.positionOf(from)), 1];
    const minShare = NOTCH_WIDTH / (list.clientWidth || 1);
    buttons = !moment ? [] : flips.map((flip, i) => {
      const share = places[i + 1] - places[i];
      return notch(flip, places[i], share, moment, `${i ? "" : " first"}${share > minShare ? "" : " dense"}`);
    });
    list.replaceChildren(...buttons);
    moveTabStop(hadFocus ? tabStop : 0);
    // Restores the focus: to the same notch or, if none is left, to the slider.
    if (hadFocus) (buttons[tabStop] ?? node.parentElement?.querySelector("input"))?.focus();
  }

  return { node, draw, forget: () => { drawn = null; } };
}
