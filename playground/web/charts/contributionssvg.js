// The letters that contributed to a verdict (contributions.js) as an SVG file: in rows, each on a background whose
// strength shows its contribution.

import * as format from "../core/format.js";
import { COLOURS } from "./classessvg.js";
import { heading, INK, label, picture, tag } from "./svg.js";

const [PER_ROW, PITCH, ROW_HEIGHT] = [44, 20, 34]; // letters in a row, and pixels of one
const [LOW, HIGH] = COLOURS;
const MAX_OPACITY = 0.62;

/** @param {import("./contributions.js").ContributionsData} data @param {string} title */
export function contributionsSvg({ letters, low, high }, title) {
  const largest = Math.max(1e-9, ...letters.map(({ value }) => Math.abs(value)));
  const [left, top, wide] = [20, 40, PER_ROW * PITCH];
  const bottom = top + Math.max(1, Math.ceil(letters.length / PER_ROW)) * ROW_HEIGHT;
  return picture(left * 2 + wide, bottom + 34, title, [
    heading(left, 24, title),
    ...letters.flatMap(({ text, value }, i) => {
      const [x, y] = [left + (i % PER_ROW) * PITCH, top + Math.floor(i / PER_ROW) * ROW_HEIGHT];
      return [
        tag("rect", { x, y, width: PITCH, height: ROW_HEIGHT - 6, fill: value < 0 ? LOW : HIGH, "fill-opacity": (MAX_OPACITY * Math.abs(value)) / largest }),
        label(x + PITCH / 2, y + 20, text, { fill: INK, "font-size": 17, "text-anchor": "middle" }),
      ];
    }),
    label(left, bottom + 20, `${low} −${format.number(largest)}`, { fill: LOW }),
    label(left + wide, bottom + 20, `+${format.number(largest)} ${high}`, { fill: HIGH, "text-anchor": "end" }),
  ]);
}
