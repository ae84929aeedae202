// Rows of small bars on one locked axis, 0 to 100 %, and in one order: what several models give the same symbols. The labels of
// the symbols stand once, over the first row. It knows no models and no page; a row is put wherever its node is.
//
//   chart.draw({ symbols, rows, at, came })    rows: of each a Map from symbol to probability, or null

import { keep, make, retext } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { csv } from "../core/csv.js";
import { menu } from "./menu.js";
import { smallBarsSvg } from "./smallbarssvg.js";

/**
 * @typedef {{ name: string, series: number, values: Map<string, number> | null }} BarsRow
 * @typedef {{ symbols: string[], specials: Set<string>, rows: BarsRow[], at: string | null, came: string | null }} BarsData
 *   `at` is the symbol that is looked at, `came` the one that stands there in the text; `series` is that of the row's colour,
 *   from 1, or 0 for a yardstick
 */

/** @param {{ id: string, onPoint: (symbol: string | null) => void, onPick: (symbol: string) => void }} options */
export function smallBars({ id, onPoint, onPick }) {
  const labels = keep(make("div", { class: "smallbars labels", role: "listbox", tabindex: 0, "aria-label": words.models_symbols }));
  const save = menu(words.save_bars, "bars", "models", () => ({
    svg: smallBarsSvg(drawn, String(words.models_bars)),
    csv: csv([["", ...drawn.symbols], ...drawn.rows.map(({ name, values }) => [name, ...drawn.symbols.map((symbol) => values?.get(symbol) ?? "")])]),
  }));
  /** @type {BarsData} */
  let drawn = { symbols: [], specials: new Set(), rows: [], at: null, came: null };
  /** @type {HTMLElement[]} */
  const nodes = [];
  /** @type {string | null} */
  let at = null; // known at once: keys may be quicker than frames

  /** @param {string | null} symbol */
  function point(symbol) {
    at = symbol;
    onPoint(symbol);
  }

  // The node of a row, made when it is first asked for.
  /** @param {number} i */
  function row(i) {
    nodes[i] ??= listen(keep(make("div", { class: "smallbars", role: "img" })));
    return nodes[i];
  }

  /** @param {HTMLElement} node */
  function listen(node) {
    const symbolAt = (/** @type {Event} */ event) => {
      const { left, width } = node.getBoundingClientRect();
      const at = Math.floor(((/** @type {PointerEvent} */ (event).clientX - left) / width) * drawn.symbols.length);
      return drawn.symbols[at] ?? null;
    };
    node.addEventListener("pointermove", (event) => point(symbolAt(event)));
    node.addEventListener("pointerleave", () => point(null));
    node.addEventListener("click", (event) => {
      const symbol = symbolAt(event);
      if (symbol !== null) onPick(symbol);
    });
    return node;
  }

  /** @param {HTMLElement} node @param {number} count @param {() => HTMLElement} one */
  function fit(node, count, one) {
    while (node.children.length < count) node.append(one());
    while (node.children.length > count) node.lastElementChild?.remove();
  }

  /** @param {BarsData} data */
  function draw(data) {
    drawn = data;
    const { symbols, specials, rows, came } = data;
    at = data.at;
    fit(labels, symbols.length, () => make("span", { role: "option", id: `${id}-${labels.children.length}` }));
    symbols.forEach((symbol, i) => {
      const label = /** @type {HTMLElement} */ (labels.children[i]);
      retext(label, format.seen(symbol));
      label.setAttribute("aria-label", format.called(symbol, specials.has(symbol)));
      mark(label, symbol);
      label.setAttribute("aria-selected", String(symbol === at));
    });
    const active = at === null ? -1 : symbols.indexOf(at);
    if (active >= 0) labels.setAttribute("aria-activedescendant", `${id}-${active}`);
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
      const look = `${symbol === at ? "at" : ""}${symbol === came ? " came" : ""}`.trim();
      if (node.className !== look) node.className = look;
    }
  }

  labels.addEventListener("pointerover", ({ target }) => {
    const i = target instanceof HTMLElement && target.parentElement === labels ? [...labels.children].indexOf(target) : -1;
    if (i >= 0) point(drawn.symbols[i]);
  });
  labels.addEventListener("pointerleave", () => point(null));
  labels.addEventListener("click", () => { if (at !== null) onPick(at); });
  labels.addEventListener("blur", () => point(null));
  labels.addEventListener("keydown", (event) => {
    const now = at === null ? -1 : drawn.symbols.indexOf(at);
    const last = drawn.symbols.length - 1;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
    if ((event.key === "Enter" || event.key === " ") && at !== null) onPick(at);
    else if (to === undefined || last < 0) return;
    else point(drawn.symbols[Math.max(0, Math.min(last, to))]);
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
  });

  return { labels, save, row, draw };
}
