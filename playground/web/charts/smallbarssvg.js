// Rows of small bars (smallbars.js), as an SVG file.

import * as format from "../core/format.js";
import { colourOf } from "./series.js";
import { heading, INK, label, picture, RULE, tag } from "./svg.js";

/** @param {import("./smallbars.js").BarsData} data @param {string} title */
export function smallBarsSvg({ symbols, rows }, title) {
  const [left, top, tall, gap, pitch] = [210, 62, 50, 12, 26];
  const width = left + symbols.length * pitch + 60;
  const names = symbols.map((symbol, i) => label(left + (i + 0.5) * pitch, top - 8, format.seen(symbol), { "text-anchor": "middle", fill: INK }));
  const parts = rows.flatMap(({ name, series, values }, r) => {
    const bottom = top + r * (tall + gap) + tall;
    const bars = symbols.map((symbol, i) => {
      const height = tall * Math.min(1, values?.get(symbol) ?? 0);
      return tag("rect", { x: left + i * pitch + 4, y: bottom - height, width: pitch - 8, height, fill: colourOf(series) });
    });
    return [
      tag("line", { x1: left, x2: width - 60, y1: bottom, y2: bottom, stroke: RULE }), tag("line", { x1: left, x2: width - 60, y1: bottom - tall, y2: bottom - tall, stroke: RULE }),
      label(left - 10, bottom - tall / 2 + 5, name, { "text-anchor": "end", fill: INK }),
      label(width - 54, bottom - tall + 5, "100 %"), label(width - 54, bottom + 4, "0"), ...(values ? bars : []),
    ];
  });
  return picture(width, top + rows.length * (tall + gap) + 14, title, [heading(14, 24, title), ...names, ...parts]);
}
