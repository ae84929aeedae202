// A place in the text at every temperature: the likeliest symbols as a map over the slider's own scale, the slider, and the entropy
// under it. It is given a row of logits and the settings, and tells of a temperature that is chosen.

import { curves } from "../charts/curves.js";
import { heatmap } from "../charts/heatmap.js";
import { make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { landscape, temperatureNear } from "../core/landscape.js";
import * as sampling from "../core/sampling.js";

const [ROWS, COLUMNS] = [30, 160];
export const MARKS = [0, 0.2, 0.5, 1, 1.2, 2, Infinity];
const NEAR = 0.006; // of the scale: so near to a mark the mark is meant
const BENT = /** @type {const} */ (["bias", "topK", "topP", "minP"]); // what bends it besides the temperature
const NARROW = 34; // pixels between two marks, at least

/** @param {number} t */
export const markOf = (t) => format.number(t).replace(/\.0*$|(\.\d*?)0+$/, "$1") || "0";

// The marks that have room beside each other on a scale of so many pixels.
/** @param {number} wide @returns {[number, string][]} */
export function ticksFor(wide) {
  const shown = MARKS.filter((t) => t !== 1.2 || (sampling.positionOf(1.2) - 0.5) * wide >= NARROW);
  return shown.map((t) => [sampling.positionOf(t), markOf(t)]);
}

/** @param {{ choose: (temperature: number) => void }} options */
export function landscapePart({ choose }) {
  /** @type {{ logits: Logits, symbols: string[], settings: Sampling } | null} */
  let now = null;
  /** @type {import("../core/landscape.js").Landscape | null} */
  let made = null;

  const at = (/** @type {number} */ position) => choose(temperatureNear(position, NEAR, MARKS));
  const host = make("div");
  const map = heatmap(host, { title: words.temperatures_map, unit: words.temperature, tell, go: (_, column) => at((column + 0.5) / COLUMNS) });
  const range = make("input", { class: "slide", type: "range", min: 0, max: 1, step: 0.001, "aria-label": words.temperature });
  range.addEventListener("input", () => at(Number(range.value)));
  host.append(make("div", { class: "caption", text: words.temperatures_caption }), range);
  const under = make("div");
  const entropy = curves(under, {
    title: words.temperatures_entropy, unitX: words.temperature, unitY: words.temperatures_entropy_unit, go: at, rows: numbers,
    tell: (x) => (made ? format.say("temperatures_entropy_told", { t: format.number(made.temperatures[columnAt(x)]), bits: made.entropy[columnAt(x)].toFixed(2), most: made.highest.toFixed(2) }) : ""),
  });
  const node = make("div", { class: "landscape" }, host, under);
  new ResizeObserver(() => draw()).observe(node);

  const columnAt = (/** @type {number} */ x) => Math.max(0, Math.min(COLUMNS - 1, Math.floor(x * COLUMNS)));
  const symbolOf = (/** @type {number} */ row) => (now && made ? now.symbols[sampling.rank(now.logits, now.settings.bias).ids[made.places[row]]] : "");

  /** @param {number} row @param {number} column */
  function tell(row, column) {
    if (!made) return "";
    return format.say("temperatures_cell", { symbol: format.spoken(symbolOf(row)), t: format.number(made.temperatures[column]), p: format.percent(made.values[row][column]) });
  }

  function numbers() {
    return [["temperature", "entropy (bits)"], ...(made?.temperatures.map((t, i) => [t, made?.entropy[i]]) ?? [])];
  }

  // What stays while the temperature moves.
  function draw() {
    if (!now || !made) return;
    const { ids } = sampling.rank(now.logits, now.settings.bias);
    const { symbols } = now;
    const ticks = ticksFor(node.clientWidth);
    map.draw({ rows: made.places.map((place) => format.seen(symbols[ids[place]])), columns: made.temperatures.map(String), ticks, values: made.values });
    const { entropy: bits, highest } = made;
    entropy.draw({
      series: [{ name: "", points: [[0, entropyAt(0)], ...bits.map((value, i) => /** @type {[number, number]} */ ([(i + 0.5) / COLUMNS, value])), [1, entropyAt(Infinity)]] }],
      ticks, top: highest, levels: levelsUntil(highest),
    });
  }

  /** @param {number} temperature */
  function entropyAt(temperature) {
    if (!now) return 0;
    const { probabilities, left } = sampling.stages(sampling.rank(now.logits, now.settings.bias), { ...now.settings, temperature });
    return sampling.entropy(probabilities, left);
  }

  /** @param {{ logits: Logits, symbols: string[] } | null} place @param {Sampling} settings */
  function show(place, settings) {
    if (!place) return;
    const same = now && now.logits === place.logits && BENT.every((name) => now?.settings[name] === settings[name]);
    if (!same) {
      now = { ...place, settings };
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

// The whole numbers of an axis in bits, and its upper edge, which is log₂ V.
/** @param {number} highest @returns {[number, string][]} */
function levelsUntil(highest) {
  const step = highest > 8 ? 4 : 2;
  const whole = Array.from({ length: Math.ceil((highest - 0.6 * step) / step) }, (_, i) => i * step);
  return [...whole.map((bits) => /** @type {[number, string]} */ ([bits, String(bits)])), [highest, highest.toFixed(1)]];
}
