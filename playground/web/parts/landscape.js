// A place in the text at every temperature: a heat map of the likeliest symbols over the slider's scale, the slider,
// and the entropy below. It is given logits and settings, and reports a chosen temperature.

import { curves } from "../charts/curves.js";
import { heatmap } from "../charts/heatmap.js";
import { MARKS } from "../core/dial.js";
import { make } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { landscape, temperatureNear } from "../core/landscape.js";
import * as sampling from "../core/sampling.js";

const [ROWS, COLUMNS] = [30, 160];
const SNAP_DISTANCE = 0.006; // fraction of the scale within which it snaps to a mark
// Settings that change the map besides the temperature.
const OTHER_SETTINGS = /** @type {const} */ (["bias", "topK", "topP", "minP"]);
const MIN_MARK_DISTANCE = 34; // pixels between two marks, at least

/** @param {number} t */
export const markOf = (t) => format.number(t).replace(/\.0*$|(\.\d*?)0+$/, "$1") || "0";

// The marks that fit on a scale of this many pixels.
/** @param {number} width @returns {[number, string][]} */
export function ticksForWidth(width) {
  const marks = MARKS.filter((t) => t !== 1.2 || (sampling.positionOf(1.2) - 0.5) * width >= MIN_MARK_DISTANCE);
  return marks.map((t) => [sampling.positionOf(t), markOf(t)]);
}

/** @param {{ choose: (temperature: number) => void }} options */
export function landscapePart({ choose }) {
  /** @type {{ logits: Logits, symbols: string[], settings: Sampling } | null} */
  let current = null;
  /** @type {import("../core/landscape.js").Landscape | null} */
  let made = null;

  const chooseAt = (/** @type {number} */ position) => choose(temperatureNear(position, SNAP_DISTANCE, MARKS));
  const host = make("div");
  const map = heatmap(host, { title: words.temperatures_map, unit: words.temperature, tell, go: (_, column) => chooseAt((column + 0.5) / COLUMNS) });
  const range = make("input", { class: "slide", type: "range", min: 0, max: 1, step: 0.001, "aria-label": words.temperature });
  range.addEventListener("input", () => chooseAt(Number(range.value)));
  host.append(make("div", { class: "caption", text: words.temperatures_caption }), range);
  const entropyHost = make("div");
  const entropy = curves(entropyHost, {
    title: words.temperatures_entropy, unitX: words.temperature, unitY: words.temperatures_entropy_unit, go: chooseAt, rows: entropyRows,
    tell: (x) => (made ? format.say("temperatures_entropy_told", { t: format.number(made.temperatures[columnAt(x)]), bits: made.entropy[columnAt(x)].toFixed(2), most: made.highest.toFixed(2) }) : ""),
  });
  const node = make("div", { class: "landscape" }, host, entropyHost);
  new ResizeObserver(() => draw()).observe(node);

  const columnAt = (/** @type {number} */ x) => Math.max(0, Math.min(COLUMNS - 1, Math.floor(x * COLUMNS)));
  const symbolOf = (/** @type {number} */ row) => (current && made ? current.symbols[sampling.rank(current.logits, current.settings.bias).ids[made.places[row]]] : "");

  /** @param {number} row @param {number} column */
  function tell(row, column) {
    if (!made) return "";
    return format.say("temperatures_cell", { symbol: format.spoken(symbolOf(row)), t: format.number(made.temperatures[column]), p: format.percent(made.values[row][column]) });
  }

  function entropyRows() {
    return [["temperature", "entropy (bits)"], ...(made?.temperatures.map((t, i) => [t, made?.entropy[i]]) ?? [])];
  }

  // Draws what does not depend on the current temperature.
  function draw() {
    if (!current || !made) return;
    const { ids } = sampling.rank(current.logits, current.settings.bias);
    const { symbols } = current;
    const ticks = ticksForWidth(node.clientWidth);
    map.draw({ rows: made.places.map((place) => format.seen(symbols[ids[place]])), columns: made.temperatures.map(String), ticks, values: made.values });
    const { entropy: bits, highest } = made;
    entropy.draw({
      series: [{ name: "", points: [[0, entropyAt(0)], ...bits.map((value, i) => /** @type {[number, number]} */ ([(i + 0.5) / COLUMNS, value])), [1, entropyAt(Infinity)]] }],
      ticks, top: highest, levels: levelsUntil(highest),
    });
  }

  /** @param {number} temperature */
  function entropyAt(temperature) {
    if (!current) return 0;
    const { probabilities, left } = sampling.stages(sampling.rank(current.logits, current.settings.bias), { ...current.settings, temperature });
    return sampling.entropy(probabilities, left);
  }

  /** @param {{ logits: Logits, symbols: string[] } | null} place @param {Sampling} settings */
  function show(place, settings) {
    if (!place) return;
    const isUnchanged = current && current.logits === place.logits
      && OTHER_SETTINGS.every((name) => current?.settings[name] === settings[name]);
    if (!isUnchanged) {
      current = { ...place, settings };
      made = landscape(place.logits, settings, ROWS, COLUMNS);
      draw();
    }
    const position = sampling.positionOf(settings.temperature);
    map.follow(position);
    entropy.follow(position);
    if (document.activeElement !== range || Math.abs(Number(range.value) - position) > 0.007) range.value = String(position);
    range.setAttribute("aria-valuetext", format.number(settings.temperature));
    range.style.setProperty("--heat", format.heat(settings.temperature));
  }

  return { node, show, redraw: draw };
}

// Axis levels in bits, with log₂ V at the top.
/** @param {number} highest @returns {[number, string][]} */
function levelsUntil(highest) {
  const step = highest > 8 ? 4 : 2;
  const steps = Array.from({ length: Math.ceil((highest - 0.6 * step) / step) }, (_, i) => i * step);
  return [...steps.map((bits) => /** @type {[number, string]} */ ([bits, String(bits)])), [highest, highest.toFixed(1)]];
}
