// The cumulative line: a segment for each symbol, likeliest first, as wide as its probability, and the dart where u fell.
// It owns its host and knows no store. The segments are painted on a canvas, over the colour of the temperature: with
// one element per symbol, each move of the slider would lay out all of them.

import * as characters from "../core/characters.js";
import { cumulativeCsv } from "../core/csv.js";
import { atRest, keep, make, put, retext } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { segments } from "../core/segments.js";
import { fit } from "./canvas.js";
import { menu } from "./menu.js";
import { cumulativeSvg } from "./svg.js";
import { heat, onTheme, theme } from "./theme.js";

const DART_WIDTH = 190; // width in pixels of the dart and its label
const IDLE = 300; // milliseconds without drawing, after which the line's name for screen readers is updated
const CACHE_SIZE = 400; // images of symbols

/**
 * @param {HTMLElement} host
 * @param {{ pick?: (id: number) => void, step?: () => void }} [options] `pick` is called when a segment is clicked, and
 *   `step` when the dart is, which writes the symbol above it
 */
export function cumulative(host, { pick, step } = {}) {
  const canvas = make("canvas");
  const line = keep(make("div", { class: `line${pick ? " choosable" : ""}`, role: "img", "aria-label": words.line }, canvas));
  const dart = keep(step ? make("button", { class: "dart", type: "button", title: words.step_title, on: { click: () => step() } }) : make("div", { class: "dart" }));
  const tipBox = keep(make("div", { class: "line-tip", role: "tooltip", hidden: "" }));
  /** @type {Distribution | null} */
  let drawn = null;
  const save = menu(words.save_line, "segments", "line", () => drawn && { svg: cumulativeSvg(drawn), csv: cumulativeCsv(drawn) });
  host.classList.add("cumulative");
  host.replaceChildren(line, dart, tipBox);

  const { context, size } = fit(canvas, line, () => { if (drawn) draw(drawn); });
  onTheme(() => { if (drawn) draw(drawn); });

  /** @param {Distribution} shown */
  function draw(shown) {
    drawn = shown;
    paint(shown);
    placeDart(shown);
    explain();
    nameWhenIdle();
  }
  const nameWhenIdle = atRest(() => line.setAttribute("aria-label", `${words.line}. ${dart.hidden ? "" : dart.textContent}`), IDLE);

  // Each segment has a veil over the colour of the line, thicker down the ranks.
  /** @param {Distribution} shown */
  function paint(shown) {
    const { wide, high } = size;
    if (!wide || !high) return; // not in the page yet, or hidden: the canvas repaints when it gets a size
    const { card, ink, onHeat, mono } = theme();
    const allSegments = segments(shown);
    context.fillStyle = heat(shown.settings.temperature);
    context.fillRect(0, 0, wide, high);
    context.fillStyle = card;
    for (const { from, width, veil, last } of allSegments) {
      context.globalAlpha = veil;
      context.fillRect(from * wide, 0, width * wide, high);
      context.globalAlpha = 1;
      if (!last) context.fillRect((from + width) * wide - 1, 0, 1, high);
    }
    for (const { from, width, text, veil, special } of allSegments) {
      if (!text) continue;
      const { image, across: letterWidth } = imageOf(text, special, veil > 0.2 ? ink : onHeat, mono, high);
      if (width * wide < letterWidth - 2) continue; // it would overlap its neighbours' letters
      context.drawImage(image, (from + width / 2) * wide - letterWidth / 2, 0, letterWidth, high);
    }
  }

  // An image of a symbol; cached, because drawing text takes a hundred times as long as copying an image.
  /** @type {Map<string, { image: HTMLCanvasElement, across: number }>} */
  const images = new Map();
  /** @param {string} text @param {boolean} special @param {string} colour @param {string} mono @param {number} high */
  function imageOf(text, special, colour, mono, high) {
    const key = `${text} ${special} ${colour} ${high}`;
    const cached = images.get(key);
    if (cached) return cached;
    const ratio = window.devicePixelRatio || 1;
    const font = `${special ? "italic " : ""}16px ${mono}`;
    context.font = font;
    const letterWidth = Math.ceil(context.measureText(text).width) + 4;
    const image = make("canvas", { width: Math.ceil(letterWidth * ratio), height: Math.ceil(high * ratio) });
    const target = /** @type {CanvasRenderingContext2D} */ (image.getContext("2d"));
    target.scale(ratio, ratio);
    Object.assign(target, { font, fillStyle: colour, textAlign: "center", textBaseline: "middle" });
    target.fillText(text, letterWidth / 2, high / 2 + 1);
    if (images.size > CACHE_SIZE) images.clear();
    images.set(key, { image, across: letterWidth });
    return { image, across: letterWidth };
  }

  let lostFocus = false; // the dart had the focus when it was hidden
  /** @param {Distribution} shown */
  function placeDart({ u, under, drawn, symbols }) {
    if (u === null) lostFocus ||= document.activeElement === dart;
    put(dart, { hidden: u === null });
    if (u === null) return;
    if (lostFocus && document.activeElement === document.body) dart.focus({ preventScroll: true });
    lostFocus = false;
    const position = String(u);
    if (dart.style.getPropertyValue("--at") !== position) dart.style.setProperty("--at", position);
    // Its label is on the right or, if it does not fit there and the left has more room, on the left.
    dart.classList.toggle("late", size.wide > 0 && u > 0.5 && (1 - u) * size.wide < DART_WIDTH);
    const symbol = typeof under === "number" ? format.seen(symbols[under]) : format.unnamed(drawn);
    retext(dart, format.say("dart", { u: u.toFixed(4), symbol: characters.isolate(symbol) }));
  }

  // ── Pointing ─────────────────────────────────────────────────────────────────────────────────────
  /** @type {number | null} */
  let pointedShare = null; // a fraction of the line
  /** @param {MouseEvent} event */
  function shareAt({ clientX }) {
    const { left, width } = line.getBoundingClientRect();
    return (clientX - left) / width;
  }
  /** @param {number} share @param {Distribution} shown */
  const segmentAt = (share, shown) => segments(shown).find(({ from, width }) => share >= from && share < from + width);

  // Explains the segment that is pointed at. The last one, which merges several symbols, has no single name.
  function explain() {
    const segment = pointedShare !== null && drawn ? segmentAt(pointedShare, drawn) : null;
    put(tipBox, { hidden: !segment });
    if (!segment || pointedShare === null || !drawn) return;
    const name = segment.id === null
      ? words.others : format.called(drawn.symbols[segment.id], segment.special);
    const hint = pick && segment.id !== null ? `. ${words.sum_write}` : "";
    retext(tipBox, `${name}: ${format.percent(segment.width)}${hint}`);
    const offset = line.offsetLeft;
    const left = pointedShare * size.wide - tipBox.offsetWidth / 2;
    tipBox.style.left = `${offset + Math.max(0, Math.min(size.wide - tipBox.offsetWidth, left))}px`;
  }
  line.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse") return; // a tap chooses, as it does on a bar
    pointedShare = shareAt(event);
    explain();
  });
  line.addEventListener("pointerleave", () => { pointedShare = null; explain(); });
  line.addEventListener("click", (event) => {
    const segment = drawn && segmentAt(shareAt(event), drawn);
    if (segment && segment.id !== null) pick?.(segment.id);
  });

  return { draw, save };
}
