// Sets a bias on a bar's symbol: by dragging the bar's top, or from a small menu that bans it, boosts it or resets
// it. The menu opens with the "⋯" shown on hover or focus, a right click, a long press, or the menu key. It knows no
// store.

import { keep, make, setDisabled } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";

const GRIP_SIZE = 7; // pixels around a bar's top that can be dragged
const DRAG_THRESHOLD = 4; // pixels of movement that make a click a drag
const SLIDER_MAX = 10; // the slider's range, ±
const DRAG_MAX = 20; // the range of a drag, ±

/** @typedef {{ bar: HTMLElement, group: Group }} Target */

/**
 * @param {HTMLElement} host
 * @param {{
 *   bend: (id: number, number: number) => void, begin: () => void, reset: () => void, hush: () => void,
 *   shown: () => Distribution | null, shareOf: (group: Group) => number, heightOf: (share: number) => number,
 * }} options `shareOf` returns the fraction of its column that a bar fills, `heightOf` the probability of such a fraction;
 *   `hush` hides the explanation of a bar
 */
export function bending(host, { bend, begin, reset, shown, shareOf, heightOf, hush }) {
  /** @type {Target | null} */
  let target = null; // the bar that the "⋯" and the menu refer to
  /** @type {{ id: number, group: Group } | null} */
  let bent = null; // the symbol that the menu or the drag began with: a rewritten text may put another into its bar

  /** @param {Target} of */
  function beginWith({ group }) {
    const id = shown()?.row.ids[group.places[0]];
    begin();
    bent = id === undefined ? null : { id, group };
  }
  const place = () => (bent ? shown()?.row.ids.indexOf(bent.id) ?? -1 : -1);
  function bias() {
    const at = place();
    const row = shown()?.row;
    return !row || at < 0 || row.ranked[at] === row.bent[at] ? 0 : row.bent[at] - row.ranked[at];
  }
  /** @param {number} number */
  function set(number) {
    if (bent && shown()) bend(bent.id, number);
  }

  // ── The menu ─────────────────────────────────────────────────────────────────────────────────────
  const title = keep(make("strong"));
  const slider = make("input", {
    type: "range", min: -SLIDER_MAX, max: SLIDER_MAX, step: 0.1, "aria-label": words.bend_bias, on: { input: () => set(Number(slider.value)) },
  });
  const box = make("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": words.bend_bias, on: { change: readBox } });
  const ban = make("button", { type: "button", class: "quiet", text: words.bend_ban, on: { click: () => { set(-Infinity); close(true); } } });
  const undo = make("button", { type: "button", class: "quiet", text: words.bend_reset, on: { click: () => { set(0); close(true); } } });
  const resetAll = make("button", { type: "button", class: "quiet", text: words.bend_reset_all, on: { click: () => { reset(); close(true); } } });
  const menu = make("div", { class: "bend-menu", role: "dialog", "aria-label": words.bend, hidden: "" },
    title, make("div", { class: "bend-by" }, make("span", { text: words.bend_boost }), slider, box), make("div", { class: "bend-acts" }, ban, undo, resetAll));
  const dotsButton = make("button", {
    type: "button", class: "bend-dots", text: "⋯", hidden: "", "aria-label": words.bend, on: { click: () => { if (target) open(target, true); } },
  });
  host.append(dotsButton, menu);

  function readBox() {
    const number = Number(box.value.trim().replace(",", ".").replace("−", "-").replace(/∞|inf$/i, "Infinity"));
    if (box.value.trim() !== "" && number < Infinity && (number === -Infinity || Math.abs(number) <= 1000)) set(number);
    fill();
  }

  function fill() {
    if (!bent || !shown()) return;
    const number = bias();
    title.textContent = format.called(bent.group.symbol, bent.group.special);
    slider.value = String(Math.max(-SLIDER_MAX, number));
    slider.setAttribute("aria-valuetext", format.bias(number));
    if (document.activeElement !== box) box.value = number === -Infinity ? "-inf" : String(Number(number.toFixed(3)));
    setDisabled(ban, number === -Infinity);
    setDisabled(undo, number === 0);
  }

  /** @param {HTMLElement} node @param {HTMLElement} bar @param {number} top */
  function moveTo(node, bar, top) {
    const [frame, barBox] = [host.getBoundingClientRect(), bar.getBoundingClientRect()];
    const left = barBox.left - frame.left + (barBox.width - node.offsetWidth) / 2;
    node.style.left = `${Math.max(0, Math.min(frame.width - node.offsetWidth, left))}px`;
    node.style.top = `${barBox.top - frame.top + top}px`;
  }

  /** @param {Target} barTarget @param {boolean} focus */
  function open(barTarget, focus) {
    if (barTarget.group.first || !shown()) return;
    beginWith(barTarget);
    target = barTarget;
    hush();
    dotsButton.hidden = true;
    menu.hidden = false;
    fill();
    moveTo(menu, barTarget.bar, 24);
    if (focus) slider.focus();
  }
  function close(refocus = false) {
    if (menu.hidden) return;
    const inside = menu.contains(document.activeElement);
    menu.hidden = true;
    if (refocus || inside) target?.bar.focus();
  }
  menu.addEventListener("keydown", (event) => {
    event.stopPropagation(); // keep the page's shortcuts from reacting
    if (event.key === "Escape") close(true);
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) close();
  });
  document.addEventListener("pointerdown", ({ target: hit }) => {
    if (hit instanceof Node && !menu.contains(hit) && hit !== dotsButton) close();
  });

  // ── The "⋯" ──────────────────────────────────────────────────────────────────────────────────────
  /** @param {Target} barTarget */
  function showDots(barTarget) {
    if (barTarget.group.first || !menu.hidden || dragging) return;
    target = barTarget;
    dotsButton.hidden = false;
    moveTo(dotsButton, barTarget.bar, 0);
  }
  /** @param {EventTarget | null} to */
  function hideDots(to) {
    const staysOnBar = to === dotsButton || (to instanceof Node && target?.bar.contains(to));
    if (staysOnBar || document.activeElement === dotsButton) return;
    dotsButton.hidden = true;
  }
  dotsButton.addEventListener("pointerleave", ({ relatedTarget }) => hideDots(relatedTarget));
  dotsButton.addEventListener("blur", () => { dotsButton.hidden = true; });

  // ── Dragging the top ─────────────────────────────────────────────────────────────────────────────
  /** @type {{ of: Target, from: number, far: boolean } | null} */
  let dragging = null;
  let wasDragged = false; // so that the click ending a drag selects nothing

  /** @param {HTMLElement} bar */
  const columnOf = (bar) => /** @type {HTMLElement} */ (bar.querySelector(".column")).getBoundingClientRect();

  /** @param {Target} of @param {number} y */
  function isOnTop({ bar, group }, y) {
    const temperature = shown()?.settings.temperature ?? 0;
    if (group.first || temperature === 0 || temperature === Infinity) return false;
    const column = columnOf(bar);
    return Math.abs(y - column.bottom + shareOf(group) * column.height) <= GRIP_SIZE;
  }

  // Sets the bias that raises the bar to the pointer: its odds grow by e^(bias ÷ T).
  /** @param {HTMLElement} bar @param {number} y */
  function dragTo(bar, y) {
    const distribution = shown();
    const at = place();
    if (!distribution || at < 0) return;
    const column = columnOf(bar);
    const share = Math.max(0, Math.min(1, 1 - (y - column.top) / column.height));
    const logit = (/** @type {number} */ p) => Math.log(p / (1 - p));
    const clamp = (/** @type {number} */ p) => Math.max(1e-9, Math.min(1 - 1e-6, p));
    const { settings: { temperature }, whole } = distribution;
    const change = temperature * (logit(clamp(heightOf(share))) - logit(clamp(whole[at])));
    const number = Math.max(-DRAG_MAX, Math.min(DRAG_MAX, Math.max(-DRAG_MAX, bias()) + change));
    set(Math.round(10 * number) / 10);
  }

  /** @param {Target} barTarget */
  function attach(barTarget) {
    const { bar } = barTarget;
    bar.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      open(barTarget, true);
    });
    bar.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") showDots(barTarget); });
    bar.addEventListener("pointerleave", ({ relatedTarget }) => hideDots(relatedTarget));
    bar.addEventListener("focus", () => { if (bar.matches(":focus-visible")) showDots(barTarget); });
    bar.addEventListener("blur", ({ relatedTarget }) => hideDots(relatedTarget));
    bar.addEventListener("pointerdown", (event) => {
      wasDragged = false;
      if (event.button === 0 && event.pointerType !== "touch" && isOnTop(barTarget, event.clientY)) dragging = { of: barTarget, from: event.clientY, far: false };
    });
    bar.addEventListener("pointermove", (event) => {
      if (!(event.buttons & 1)) dragging = null; // released elsewhere
      if (!dragging) {
        if (event.pointerType === "mouse") bar.classList.toggle("grip", isOnTop(barTarget, event.clientY));
        return;
      }
      if (dragging.of !== barTarget) return;
      if (!dragging.far && Math.abs(event.clientY - dragging.from) >= DRAG_THRESHOLD) {
        Object.assign(dragging, { far: true });
        beginWith(barTarget);
        bar.setPointerCapture(event.pointerId);
        dotsButton.hidden = true;
      }
      if (dragging.far) dragTo(bar, event.clientY);
    });
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      bar.addEventListener(end, () => {
        wasDragged = Boolean(dragging?.far);
        dragging = null;
      });
    }
  }

  return {
    attach,
    /** @param {Target} of */
    open: (of) => open(of, false),
    fill: () => { if (!menu.hidden) fill(); },
    wasDragged: () => wasDragged,
  };
}
