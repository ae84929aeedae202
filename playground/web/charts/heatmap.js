// A heat map of probabilities: heatmap(host).draw({ rows, columns, ticks, values }). A cell that is pointed at, by
// pointer or arrow keys, is described in words; a chosen one is reported. It owns its host and knows no store.

import { heatmapCsv } from "../core/csv.js";
import { keep, make } from "../dom.js";
import { cellAt, depth, nextCell } from "../core/grid.js";
import { words } from "../core/i18n.js";
import { heatmapSvg } from "./heatmapsvg.js";
import { fit } from "./canvas.js";
import { menu } from "./menu.js";
import { onTheme, theme } from "./theme.js";

/** @type {HeatmapData} */
const EMPTY = { rows: [], columns: [], ticks: [], values: [] };

/**
 * @param {HTMLElement} host
 * @param {{ title: string, unit: string, tell: (row: number, column: number) => string, go?: (row: number, column: number) => void, pointed?: (cell: import("../core/grid.js").GridCell | null) => void }} options
 *   `unit` names the columns; `tell` describes a cell in words, `go` is called with a chosen cell, `pointed` with
 *   the one that is pointed at
 */
export function heatmap(host, { title, unit, tell, go, pointed: onPoint }) {
  let data = EMPTY;
  /** @type {import("../core/grid.js").GridCell | null} */
  let selected = null;
  const canvas = make("canvas");
  const cursor = make("div", { class: "cursor", hidden: "" });
  const mark = make("div", { class: "mark", hidden: "" });
  const rowMark = make("div", { class: "mark here", hidden: "" });
  const plot = make("div", { class: "cells", role: "slider", tabindex: 0, "aria-label": title, "aria-valuemin": 1 }, canvas, rowMark, mark, cursor);
  const rows = keep(make("div", { class: "rows", "aria-hidden": "true" }));
  const ticks = keep(make("div", { class: "ticks", "aria-hidden": "true" }));
  const status = keep(make("div", { class: "told", role: "status" }));
  const save = menu(words.save_chart, "bars", "heatmap", () => ({ svg: heatmapSvg(data, { title, unit }), csv: heatmapCsv(data) }));
  host.classList.add("heatmap");
  host.replaceChildren(make("div", { class: "legend" }, save), rows, plot, ticks, make("div", { class: "unit", "aria-hidden": "true", text: unit }), status);

  const { context, size } = fit(canvas, plot, paint);
  onTheme(paint);

  const counts = () => ({ rows: data.rows.length, columns: data.columns.length });

  /** @param {HeatmapData} newData */
  function draw(newData) {
    data = newData;
    const row = data.row ?? null;
    rows.replaceChildren(...data.rows.map((text, i) => make("span", { text, class: i === row ? "at" : undefined })));
    rowMark.hidden = row === null;
    if (row !== null) Object.assign(rowMark.style, { left: "0", width: "100%", top: `${(100 * row) / data.rows.length}%`, height: `${100 / data.rows.length}%` });
    ticks.replaceChildren(...data.ticks.map(([at, text]) => make("span", { style: `left: ${100 * at}%`, text })));
    plot.style.setProperty("--rows", String(data.rows.length));
    plot.setAttribute("aria-valuemax", String(Math.max(1, data.columns.length)));
    paint();
    point(selected && selected.row < data.rows.length && selected.column < data.columns.length ? selected : null);
  }

  function paint() {
    const { wide, high } = size;
    const columnWidth = wide / Math.max(1, data.columns.length);
    const rowHeight = high / Math.max(1, data.rows.length);
    context.clearRect(0, 0, wide, high);
    context.fillStyle = theme().violet;
    data.values.forEach((row, i) => row.forEach((p, j) => {
      context.globalAlpha = depth(p);
      // Rounded to whole pixels, so that no seams show between cells.
      const [left, top] = [Math.round(j * columnWidth), Math.round(i * rowHeight)];
      context.fillRect(left, top, Math.round((j + 1) * columnWidth) - left, Math.round((i + 1) * rowHeight) - top);
    }));
    context.globalAlpha = 1;
  }

  // Moves the cursor, which shows the page's setting, to a fraction of the width; null hides it.
  /** @param {number | null} at */
  function follow(at) {
    cursor.hidden = at === null;
    if (at !== null) cursor.style.left = `${100 * at}%`;
  }

  /** @param {import("../core/grid.js").GridCell | null} cell */
  function point(cell) {
    selected = cell;
    mark.hidden = !cell;
    onPoint?.(cell);
    status.textContent = cell ? tell(cell.row, cell.column) : "";
    plot.setAttribute("aria-valuenow", String((cell?.column ?? 0) + 1));
    plot.setAttribute("aria-valuetext", status.textContent);
    if (!cell) return;
    const { rows: m, columns: n } = counts();
    Object.assign(mark.style, { left: `${(100 * cell.column) / n}%`, top: `${(100 * cell.row) / m}%`, width: `${100 / n}%`, height: `${100 / m}%` });
  }

  /** @param {PointerEvent | MouseEvent} event */
  function cellUnder({ clientX, clientY }) {
    const { left, top, width, height } = plot.getBoundingClientRect();
    return cellAt((clientX - left) / width, (clientY - top) / height, counts());
  }
  plot.addEventListener("pointermove", (event) => point(cellUnder(event)));
  plot.addEventListener("pointerleave", () => point(null));
  plot.addEventListener("blur", () => point(null));
  plot.addEventListener("click", (event) => {
    const cell = cellUnder(event);
    if (cell) go?.(cell.row, cell.column);
  });
  plot.addEventListener("keydown", (event) => {
    const target = nextCell(event.key, selected, counts());
    if (event.key === "Enter" && selected) go?.(selected.row, selected.column);
    else if (!target) return;
    else point(target);
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
  });

  return { draw, follow };
}
