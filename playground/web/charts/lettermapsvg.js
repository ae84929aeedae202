// A map of letters (lettermap.js), as an SVG file.

import { heading, label, picture } from "./svg.js";

/** @type {Record<string, string>} */
const COLOURS = { vowel: "#b45309", consonant: "#0b62c4", capital: "#0f766e", mark: "#63666f" }; // as one.css has them

/** @param {{ text: string, kind: string }[]} letters @param {{ x: number, y: number }[]} points @param {{ title: string, wide: number, tall: number }} size */
export function lettermapSvg(letters, points, { title, wide, tall }) {
  return picture(wide + 40, tall + 60, title, [
    heading(20, 24, title),
    ...points.map(({ x, y }, i) => label(20 + x, 50 + y, letters[i].text, { fill: COLOURS[letters[i].kind], "font-size": 17, "font-weight": 600, "text-anchor": "middle" })),
  ]);
}
