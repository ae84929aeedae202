// The yardsticks of the Models tab: counting alone, letter frequencies alone, and a uniform distribution. Each has a
// row below the models; if one is unknown, its row says why.

import * as compare from "../core/compare.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as modelnames from "./modelnames.js";

/**
 * @typedef {import("./compared.js").Figures} Figures
 * @typedef {import("./compared.js").Row} Row
 * @typedef {import("./comparing.js").Known} Known
 */

export const TITLES = ["models_yardstick_count", "models_yardstick_letters", "models_yardstick_uniform"];

// The rows, in the order of TITLES; and whose they are if the models learned different texts.
/** @param {Known[]} known @returns {{ rows: Row[], whose: string }} */
export function yardsticks(known) {
  const reference = known.find(({ figures }) => figures?.frequencies) ?? known.find(({ figures }) => figures);
  const figures = reference?.figures ?? null;
  const symbols = reference?.run?.symbols ?? known.find(({ run }) => run)?.run?.symbols ?? [];
  const common = (/** @type {number} */ i) => ({ title: String(words[TITLES[i]]), figures, best: false });
  const { frequencies = null, letters = null, uniform = null, count = null, counting = null } = figures ?? {};
  const textsDiffer = known.some((column) => figures && column.figures && !learnedSame(column.figures, figures));
  return {
    rows: [
      { ...common(0), expected: null, nats: count, why: reference && count === null ? whyNoCount(reference.model, reference.figures) : "", absent: !figures || known.some(({ model }) => model === counting) }, // a listed model already has that row
      { ...common(1), expected: frequencies && compare.expectationFrom(symbols, frequencies), nats: letters, why: figures && !frequencies ? String(words.models_no_letters) : "" },
      { ...common(2), expected: symbols.length ? compare.expectationFrom(symbols, symbols.map(() => 1 / symbols.length)) : null, nats: uniform, note: symbols.length ? `V = ${format.grouped(symbols.length)}` : "" },
    ],
    whose: textsDiffer && reference
      ? format.say("models_yardsticks_of", { title: modelnames.called(reference.model) }) : "",
  };
}

// Whether two models learned the same text with the same symbols.
/** @param {Figures} one @param {Figures} other */
function learnedSame(one, other) {
  if (!one.frequencies || !other.frequencies) return !one.frequencies && !other.frequencies && one.uniform === other.uniform;
  return one.frequencies.length === other.frequencies.length && one.frequencies.every((share, i) => share === other.frequencies?.[i]);
}

// What is known of the best count if it cannot be computed.
/** @param {string} model @param {Figures | null} figures */
function whyNoCount(model, figures) {
  if (!figures) return "";
  const { unseen, validation } = figures;
  if (!unseen) return String(words.models_no_count);
  const values = { n: unseen.nats.toFixed(2), unit: words[`unit_counted_${unseen.unit}`], order: unseen.order };
  return validation === null ? format.say("models_count_unseen", values) : format.say("models_count_unseen_own", { ...values, title: modelnames.called(model), own: validation.toFixed(2) });
}
