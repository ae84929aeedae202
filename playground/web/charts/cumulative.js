// The cumulative line: a segment for each symbol, likeliest first, as wide as its probability, and the dart where u fell.
// It owns its host and knows no store. The segments are painted on a canvas, over the colour of the temperature: of spans,
// each move of the slider would lay out as many as there are symbols.

import * as characters from "../core/characters.js";
import { cumulativeCsv } from "../core/csv.js";
import { atRest, keep, make, put, retext } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { segments } from "../core/segments.js";
import { fit } from "./canvas.js";
import { menu } from "./menu.js";
import { cumulativeSvg } from "./svg.js";
import { heat, onTheme, theme } from "./theme.js";

const DART = 190; // pixels that the dart and its words take
const REST = 300; // milliseconds without a drawing: the line's name for screen readers follows then
const MOST_LETTERS = 400; // pictures of symbols that are kept

/** @param {HTMLElement} host */
export function cumulative(host) {
  const canvas = make("canvas");
  const line = keep(make("div", { class: "line", role: "img", "aria-label": words.line }, canvas));
  const dart = keep(make("div", { class: "dart" }));
  /** @type {Distribution | null} */
  let now = null;
  const save = menu(words.save_line, "segments", "line", () => now && { svg: cumulativeSvg(now), csv: cumulativeCsv(now) });
  host.classList.add("cumulative");
  host.replaceChildren(line, dart);

  const { context, size } = fit(canvas, line, () => { if (now) draw(now); });
  onTheme(() => { if (now) draw(now); });

  /** @param {Distribution} shown */
  function draw(shown) {
    now = shown;
    paint(shown);
    aim(shown);
    rests();
  }
  const rests = atRest(() => line.setAttribute("aria-label", `${words.line}. ${dart.hidden ? "" : dart.textContent}`), REST);

  // Each segment has a veil over the colour of the line, thicker down the ranks.
  /** @param {Distribution} shown */
  function paint(shown) {
    const { wide, high } = size;
    if (!wide || !high) return; // it is in no page yet, or hidden; its size is told when it has one
    const { card, ink, onHeat, mono } = theme();
    const all = segments(shown);
    context.fillStyle = heat(shown.settings.temperature);
    context.fillRect(0, 0, wide, high);
    context.fillStyle = card;
    for (const { from, width, veil, last } of all) {
      context.globalAlpha = veil;
      context.fillRect(from * wide, 0, width * wide, high);
      context.globalAlpha = 1;
      if (!last) context.fillRect((from + width) * wide - 1, 0, 1, high);
    }
    for (const { from, width, text, veil, special } of all) {
      if (!text) continue;
      const { image, across } = letter(text, special, veil > 0.2 ? ink : onHeat, mono, high);
      context.drawImage(image, (from + width / 2) * wide - across / 2, 0, across, high);
    }
  }

  // A symbol as a picture: to write it anew takes a hundred times as long as to copy it.
  /** @type {Map<string, { image: HTMLCanvasElement, across: number }>} */
  const letters = new Map();
  /** @param {string} text @param {boolean} special @param {string} colour @param {string} mono @param {number} high */
  function letter(text, special, colour, mono, high) {
    const key = `${text} ${special} ${colour} ${high}`;
    const known = letters.get(key);
    if (known) return known;
    const dots = window.devicePixelRatio || 1;
    const font = `${special ? "italic " : ""}15px ${mono}`;
    context.font = font;
    const across = Math.ceil(context.measureText(text).width) + 4;
    const image = make("canvas", { width: Math.ceil(across * dots), height: Math.ceil(high * dots) });
    const ink = /** @type {CanvasRenderingContext2D} */ (image.getContext("2d"));
    ink.scale(dots, dots);
    Object.assign(ink, { font, fillStyle: colour, textAlign: "center", textBaseline: "middle" });
    ink.fillText(text, across / 2, high / 2 + 1);
    if (letters.size > MOST_LETTERS) letters.clear();
    letters.set(key, { image, across });
    return { image, across };
  }

  /** @param {Distribution} shown */
  function aim({ u, under, drawn, symbols }) {
    put(dart, { hidden: u === null });
    if (u === null) return;
    const at = String(u);
    if (dart.style.getPropertyValue("--at") !== at) dart.style.setProperty("--at", at);
    // Its words stand on the right, or where they would not fit and the left has more room, on the left.
    dart.classList.toggle("late", size.wide > 0 && u > 0.5 && (1 - u) * size.wide < DART);
    const symbol = typeof under === "number" ? format.seen(symbols[under]) : format.unnamed(drawn);
    retext(dart, format.say("dart", { u: u.toFixed(4), symbol: characters.isolated(symbol) }));
  }

  return { draw, save };
}
