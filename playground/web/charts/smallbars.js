// Rows of small bars on one axis from 0 to 100 % and in one order: what several models give the same symbols. The
// symbol labels appear once, above the first row. It knows no models and no page; the caller places each row's node.
//
//   chart.draw({ symbols, rows, at, came })    rows: of each a Map from symbol to probability, or null
//
// Without a listener the labels are not selectable and the rows are plain pictures.

import { keep, make, retext } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { csv } from "../core/csv.js";
import { menu } from "./menu.js";
import { smallBarsSvg } from "./smallbarssvg.js";

/**
 * @typedef {{ name: string, series: number, values: Map<string, number> | null }} BarsRow
 * @typedef {{ symbols: string[], specials: Set<string>, rows: BarsRow[], at: string | null, came: string | null }} BarsData
 *   `at` is the selected symbol, `came` the actual next one in the text; `series` decides the row's colour: from 1, or 0
 *   for a yardstick
 */

/** @param {{ id: string, onPoint: (symbol: string | null) => void, onPick: (symbol: string) => void }} [listener] */
export function smallBars(listener) {
  const labels = keep(make("div", { class: "smallbars labels", ...(listener ? { role: "listbox", tabindex: 0, "aria-label": words.models_symbols } : { "aria-hidden": "true" }) }));
  const save = () => menu(words.save_bars, "bars", "models", () => ({
    svg: smallBarsSvg(drawn, String(words.models_bars)),
    csv: csv([["", ...drawn.symbols], ...drawn.rows.map(({ name, values }) => [name, ...drawn.symbols.map((symbol) => values?.get(symbol) ?? "")])]),
  }));
  /** @type {BarsData} */
  let drawn = { symbols: [], specials: new Set(), rows: [], at: null, came: null };
  /** @type {HTMLElement[]} */
  const nodes = [];
  /** @type {string | null} */
  let selected = null; // updated immediately: keys may be faster than frames

  /** @param {string | null} symbol */
  function point(symbol) {
    selected = symbol;
    listener?.onPoint(symbol);
  }

  // A row's node, created on demand.
  /** @param {number} i */
  function row(i) {
    nodes[i] ??= keep(make("div", { class: "smallbars", role: "img", on: listener ? rowHandlers() : {} }));
    return nodes[i];
  }

  // A row's pointer handlers.
  function rowHandlers() {
    const symbolAt = (/** @type {PointerEvent} */ { currentTarget, clientX }) => {
      const { left, width } = /** @type {HTMLElement} */ (currentTarget).getBoundingClientRect();
      return drawn.symbols[Math.floor(((clientX - left) / width) * drawn.symbols.length)] ?? null;
    };
    return {
      pointermove: (/** @type {PointerEvent} */ event) => point(symbolAt(event)),
      pointerleave: () => point(null),
      click: (/** @type {PointerEvent} */ event) => {
        const symbol = symbolAt(event);
        if (symbol !== null) listener?.onPick(symbol);
      },
    };
  }

  /** @param {HTMLElement} node @param {number} count @param {() => HTMLElement} makeChild */
  function fit(node, count, makeChild) {
    while (node.children.length < count) node.append(makeChild());
    while (node.children.length > count) node.lastElementChild?.remove();
  }

  /** @param {BarsData} data */
  function draw(data) {
    drawn = data;
    const { symbols, specials, rows, came } = data;
    selected = data.at;
    fit(labels, symbols.length, () => make("span", listener ? { role: "option", id: `${listener.id}-${labels.children.length}` } : {}));
    symbols.forEach((symbol, i) => {
      const label = /** @type {HTMLElement} */ (labels.children[i]);
      retext(label, format.seen(symbol));
      mark(label, symbol);
      if (!listener) return;
      label.setAttribute("aria-label", format.called(symbol, specials.has(symbol)));
      label.setAttribute("aria-selected", String(symbol === selected));
    });
    const active = selected === null ? -1 : symbols.indexOf(selected);
    if (listener && active >= 0) labels.setAttribute("aria-activedescendant", `${listener.id}-${active}`);
    else labels.removeAttribute("aria-activedescendant");
    rows.forEach(({ name, series, values }, i) => {
      const node = row(i);
      node.className = `smallbars row-${series}`;
      fit(node, values ? symbols.length : 0, () => make("span", {}, make("i")));
      for (const [j, symbol] of values ? symbols.entries() : []) {
        const bar = /** @type {HTMLElement} */ (node.children[j]);
        mark(bar, symbol);
        /** @type {HTMLElement} */ (bar.firstElementChild).style.transform = `scaleY(${Math.min(1, values?.get(symbol) ?? 0)})`;
      }
      const top = values ? symbols.slice().sort((a, b) => (values.get(b) ?? 0) - (values.get(a) ?? 0)).slice(0, 5) : [];
      node.setAttribute("aria-label", `${name}: ${top.map((symbol) => `${format.called(symbol, specials.has(symbol))} ${format.percent(values?.get(symbol) ?? 0)}`).join(", ")}`);
    });

    /** @param {HTMLElement} node @param {string} symbol */
    function mark(node, symbol) {
      const className = `${symbol === selected ? "at" : ""}${symbol === came ? " came" : ""}`.trim();
      if (node.className !== className) node.className = className;
    }
  }

  if (listener) listenToLabels();
  function listenToLabels() {
    labels.addEventListener("pointerover", ({ target }) => {
      const i = target instanceof HTMLElement && target.parentElement === labels ? [...labels.children].indexOf(target) : -1;
      if (i >= 0) point(drawn.symbols[i]);
    });
    labels.addEventListener("pointerleave", () => point(null));
    labels.addEventListener("click", () => { if (selected !== null) listener?.onPick(selected); });
    labels.addEventListener("blur", () => point(null));
    labels.addEventListener("keydown", (event) => {
      const current = selected === null ? -1 : drawn.symbols.indexOf(selected);
      const last = drawn.symbols.length - 1;
      const target = { ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: last }[event.key];
      if ((event.key === "Enter" || event.key === " ") && selected !== null) listener?.onPick(selected);
      else if (target === undefined || last < 0) return;
      else point(drawn.symbols[Math.max(0, Math.min(last, target))]);
      event.preventDefault();
      event.stopPropagation(); // the page's own keys
    });
  }

  return { labels, save, row, draw };
}
