// Bending a bar by hand: a bias on the logit of its symbol. Its top can be dragged; and a small menu, behind a "⋯" that comes with the
// pointer or the focus, a right click, a long press, or the key for menus, bans it, boosts it, and takes both back. It knows no store.

import { keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";

const EDGE = 7; // pixels around the top of a bar where it can be taken hold of
const MOVED = 4; // pixels that make a drag of a click
const FAR = 10; // what the slider reaches
const FARTHEST = 20; // and a drag

/** @typedef {{ bar: HTMLElement, group: Group }} Target */

/**
 * @param {HTMLElement} host
 * @param {{
 *   bend: (id: number, number: number) => void, reset: () => void, hush: () => void,
 *   shown: () => Distribution | null, shareOf: (group: Group) => number, heightOf: (share: number) => number,
 * }} options `shareOf` gives how much of its column a bar fills, `heightOf` the probability that such a share stands for;
 *   `hush` ends what is said of a bar
 */
export function bending(host, { bend, reset, shown, shareOf, heightOf, hush }) {
  /** @type {Target | null} */
  let target = null; // what the "⋯" and the menu are about

  /** @param {Target | null} of */
  const idOf = (of) => (of && shown() ? /** @type {Distribution} */ (shown()).row.ids[of.group.places[0]] : -1);
  /** @param {Target} of */
  function biasOf({ group: { places: [place] } }) {
    const { row } = /** @type {Distribution} */ (shown());
    return row.ranked[place] === row.bent[place] ? 0 : row.bent[place] - row.ranked[place];
  }
  /** @param {Target | null} of @param {number} number */
  function set(of, number) {
    if (of && shown()) bend(idOf(of), number);
  }

  // ── The menu ─────────────────────────────────────────────────────────────────────────────────────
  const title = keep(make("strong"));
  const slider = make("input", {
    type: "range", min: -FAR, max: FAR, step: 0.1, "aria-label": words.bend_bias, on: { input: () => set(target, Number(slider.value)) },
  });
  const box = make("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": words.bend_bias, on: { change: typed } });
  const ban = make("button", { type: "button", class: "quiet", text: words.bend_ban, on: { click: () => { set(target, -Infinity); close(true); } } });
  const undo = make("button", { type: "button", class: "quiet", text: words.bend_reset, on: { click: () => { set(target, 0); close(true); } } });
  const all = make("button", { type: "button", class: "quiet", text: words.bend_reset_all, on: { click: () => { reset(); close(true); } } });
  const menu = make("div", { class: "bend-menu", role: "dialog", "aria-label": words.bend, hidden: "" },
    title, make("div", { class: "bend-by" }, make("span", { text: words.bend_boost }), slider, box), make("div", { class: "bend-acts" }, ban, undo, all));
  const dots = make("button", {
    type: "button", class: "bend-dots", text: "⋯", hidden: "", "aria-label": words.bend, on: { click: () => { if (target) open(target, true); } },
  });
  host.append(dots, menu);

  function typed() {
    const number = Number(box.value.trim().replace(",", ".").replace("−", "-").replace(/∞|inf$/i, "Infinity"));
    if (box.value.trim() !== "" && number < Infinity && (number === -Infinity || Math.abs(number) <= 1000)) set(target, number);
    fill();
  }

  function fill() {
    if (!target || !shown()) return;
    const number = biasOf(target);
    title.textContent = format.called(target.group.symbol, target.group.special);
    slider.value = String(Math.max(-FAR, number));
    slider.setAttribute("aria-valuetext", format.bias(number));
    if (document.activeElement !== box) box.value = number === -Infinity ? "-inf" : String(Number(number.toFixed(3)));
    ban.disabled = number === -Infinity;
    undo.disabled = number === 0;
  }

  /** @param {HTMLElement} node @param {HTMLElement} bar @param {number} top */
  function put(node, bar, top) {
    const [frame, at] = [host.getBoundingClientRect(), bar.getBoundingClientRect()];
    const left = at.left - frame.left + (at.width - node.offsetWidth) / 2;
    node.style.left = `${Math.max(0, Math.min(frame.width - node.offsetWidth, left))}px`;
    node.style.top = `${at.top - frame.top + top}px`;
  }

  /** @param {Target} of @param {boolean} focus */
  function open(of, focus) {
    if (of.group.first || !shown()) return;
    target = of;
    hush();
    dots.hidden = true;
    menu.hidden = false;
    fill();
    put(menu, of.bar, 24);
    if (focus) slider.focus();
  }
  function close(back = false) {
    if (menu.hidden) return;
    const inside = menu.contains(document.activeElement);
    menu.hidden = true;
    if (back || inside) target?.bar.focus();
  }
  menu.addEventListener("keydown", (event) => {
    event.stopPropagation(); // the page's own keys are not meant
    if (event.key === "Escape") close(true);
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) close();
  });
  document.addEventListener("pointerdown", ({ target: hit }) => {
    if (hit instanceof Node && !menu.contains(hit) && hit !== dots) close();
  });

  // ── The "⋯" ──────────────────────────────────────────────────────────────────────────────────────
  /** @param {Target} of */
  function offer(of) {
    if (of.group.first || !menu.hidden || dragging) return;
    target = of;
    dots.hidden = false;
    put(dots, of.bar, 0);
  }
  /** @param {EventTarget | null} to */
  function withdraw(to) {
    if (to === dots || (to instanceof Node && target?.bar.contains(to)) || document.activeElement === dots) return;
    dots.hidden = true;
  }
  dots.addEventListener("pointerleave", ({ relatedTarget }) => withdraw(relatedTarget));
  dots.addEventListener("blur", () => { dots.hidden = true; });

  // ── Dragging the top ─────────────────────────────────────────────────────────────────────────────
  /** @type {{ of: Target, from: number, far: boolean } | null} */
  let dragging = null;
  let dragged = false; // so that the click that ends a drag chooses nothing

  /** @param {HTMLElement} bar */
  const columnOf = (bar) => /** @type {HTMLElement} */ (bar.querySelector(".column")).getBoundingClientRect();

  /** @param {Target} of @param {number} y */
  function atTop({ bar, group }, y) {
    const temperature = shown()?.settings.temperature ?? 0;
    if (group.first || temperature === 0 || temperature === Infinity) return false;
    const column = columnOf(bar);
    return Math.abs(y - column.bottom + shareOf(group) * column.height) <= EDGE;
  }

  // The bias with which the bar would reach up to the pointer: its odds grow by e^(bias ÷ T).
  /** @param {Target} of @param {number} y */
  function pull(of, y) {
    const now = shown();
    if (!now) return;
    const column = columnOf(of.bar);
    const [place] = of.group.places;
    const share = Math.max(0, Math.min(1, 1 - (y - column.top) / column.height));
    const odds = (/** @type {number} */ p) => Math.log(p / (1 - p));
    const within = (/** @type {number} */ p) => Math.max(1e-9, Math.min(1 - 1e-6, p));
    const by = now.settings.temperature * (odds(within(heightOf(share))) - odds(within(now.whole[place])));
    const number = Math.max(-FARTHEST, Math.min(FARTHEST, Math.max(-FARTHEST, biasOf(of)) + by));
    set(of, Math.round(10 * number) / 10);
  }

  /** @param {Target} of */
  function attach(of) {
    const { bar } = of;
    bar.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      open(of, true);
    });
    bar.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") offer(of); });
    bar.addEventListener("pointerleave", ({ relatedTarget }) => withdraw(relatedTarget));
    bar.addEventListener("focus", () => { if (bar.matches(":focus-visible")) offer(of); });
    bar.addEventListener("blur", ({ relatedTarget }) => withdraw(relatedTarget));
    bar.addEventListener("pointerdown", (event) => {
      dragged = false;
      if (event.button === 0 && event.pointerType !== "touch" && atTop(of, event.clientY)) dragging = { of, from: event.clientY, far: false };
    });
    bar.addEventListener("pointermove", (event) => {
      if (!dragging) {
        if (event.pointerType === "mouse") bar.classList.toggle("grip", atTop(of, event.clientY));
        return;
      }
      if (dragging.of !== of) return;
      if (!dragging.far && Math.abs(event.clientY - dragging.from) >= MOVED) {
        Object.assign(dragging, { far: true });
        bar.setPointerCapture(event.pointerId);
        dots.hidden = true;
      }
      if (dragging.far) pull(of, event.clientY);
    });
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      bar.addEventListener(end, () => {
        dragged = Boolean(dragging?.far);
        dragging = null;
      });
    }
  }

  return {
    attach,
    /** @param {Target} of */
    open: (of) => open(of, false),
    fill: () => { if (!menu.hidden) fill(); },
    wasDragged: () => dragged,
  };
}
