// Probabilities in rows and columns, deeper where they are higher: heatmap(host).draw({ rows, columns, ticks, values }). A cell that is
// pointed at, by hand or with the arrow keys, is told in words; one that is chosen is reported. It owns its host and knows no store.

import { heatmapCsv } from "../core/csv.js";
import { keep, make } from "../core/dom.js";
import { cellAt, depth, moved } from "../core/grid.js";
import { words } from "../core/i18n.js";
import { heatmapSvg } from "./heatmapsvg.js";
import { fit } from "./canvas.js";
import { menu } from "./menu.js";
import { onTheme, theme } from "./theme.js";

/** @type {HeatmapData} */
const NOTHING = { rows: [], columns: [], ticks: [], values: [] };

/**
 * @param {HTMLElement} host
 * @param {{ title: string, unit: string, tell: (row: number, column: number) => string, go?: (row: number, column: number) => void, pointed?: (cell: import("../core/grid.js").GridCell | null) => void }} options
 *   `unit` names the columns; `tell` says a cell in words, `go` hears of one that is chosen, `pointed` of the one that is pointed at
 */
export function heatmap(host, { title, unit, tell, go, pointed: onPoint }) {
  let data = NOTHING;
  /** @type {import("../core/grid.js").GridCell | null} */
  let pointed = null;
  const canvas = make("canvas");
  const cursor = make("div", { class: "cursor", hidden: "" });
  const mark = make("div", { class: "mark", hidden: "" });
  const plot = make("div", { class: "cells", role: "slider", tabindex: 0, "aria-label": title, "aria-valuemin": 1 }, canvas, mark, cursor);
  const rows = keep(make("div", { class: "rows", "aria-hidden": "true" }));
  const ticks = keep(make("div", { class: "ticks", "aria-hidden": "true" }));
  const told = keep(make("div", { class: "told", role: "status" }));
  const save = menu(words.save_chart, "bars", "heatmap", () => ({ svg: heatmapSvg(data, { title, unit }), csv: heatmapCsv(data) }));
  host.classList.add("heatmap");
  host.replaceChildren(make("div", { class: "legend" }, save), rows, plot, ticks, make("div", { class: "unit", "aria-hidden": "true", text: unit }), told);

  const { context, size } = fit(canvas, plot, paint);
  onTheme(paint);

  const counts = () => ({ rows: data.rows.length, columns: data.columns.length });

  /** @param {HeatmapData} given */
  function draw(given) {
    data = given;
    rows.replaceChildren(...data.rows.map((text) => make("span", { text })));
    ticks.replaceChildren(...data.ticks.map(([at, text]) => make("span", { style: `left: ${100 * at}%`, text })));
    plot.style.setProperty("--rows", String(data.rows.length));
    plot.setAttribute("aria-valuemax", String(Math.max(1, data.columns.length)));
    paint();
    point(pointed && pointed.row < data.rows.length && pointed.column < data.columns.length ? pointed : null);
  }

  function paint() {
    const { wide, high } = size;
    const across = wide / Math.max(1, data.columns.length);
    const down = high / Math.max(1, data.rows.length);
    context.clearRect(0, 0, wide, high);
    context.fillStyle = theme().violet;
    data.values.forEach((row, i) => row.forEach((p, j) => {
      context.globalAlpha = depth(p);
      // From one whole dot to the next, so that no seam is seen between two cells.
      const [left, top] = [Math.round(j * across), Math.round(i * down)];
      context.fillRect(left, top, Math.round((j + 1) * across) - left, Math.round((i + 1) * down) - top);
    }));
    context.globalAlpha = 1;
  }

  // Moves the cursor, which stands for what the page is set to: a share of the width, or null for none.
  /** @param {number | null} at */
  function follow(at) {
    cursor.hidden = at === null;
    if (at !== null) cursor.style.left = `${100 * at}%`;
  }

  /** @param {import("../core/grid.js").GridCell | null} cell */
  function point(cell) {
    pointed = cell;
    mark.hidden = !cell;
    onPoint?.(cell);
    told.textContent = cell ? tell(cell.row, cell.column) : "";
    plot.setAttribute("aria-valuenow", String((cell?.column ?? 0) + 1));
    plot.setAttribute("aria-valuetext", told.textContent);
    if (!cell) return;
    const { rows: m, columns: n } = counts();
    Object.assign(mark.style, { left: `${(100 * cell.column) / n}%`, top: `${(100 * cell.row) / m}%`, width: `${100 / n}%`, height: `${100 / m}%` });
  }

  /** @param {PointerEvent | MouseEvent} event */
  function under({ clientX, clientY }) {
    const { left, top, width, height } = plot.getBoundingClientRect();
    return cellAt((clientX - left) / width, (clientY - top) / height, counts());
  }
  plot.addEventListener("pointermove", (event) => point(under(event)));
  plot.addEventListener("pointerleave", () => point(null));
  plot.addEventListener("blur", () => point(null));
  plot.addEventListener("click", (event) => {
    const cell = under(event);
    if (cell) go?.(cell.row, cell.column);
  });
  plot.addEventListener("keydown", (event) => {
    const to = moved(event.key, pointed, counts());
    if (event.key === "Enter" && pointed) go?.(pointed.row, pointed.column);
    else if (!to) return;
    else point(to);
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
  });

  return { draw, follow };
}
