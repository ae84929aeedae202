// The settings for a link that reproduces the text. If parts of it were drawn under other settings, the symbols that
// the current ones would not draw are listed in the link like hand-chosen ones. Pure.

import * as biases from "./bias.js";
import { table } from "./pagedata.js";
import * as picks from "./picks.js";
import { belongsTo } from "./place.js";
import * as runs from "./runs.js";
import * as sampling from "./sampling.js";
import { agree, DRAW_SETTINGS } from "./spans.js";

// `whole`: whether the link reproduces all of the text. A text may need more picks or a greater length than a link
// can hold. The text may also continue beyond where it was stopped.
/** @param {Pick<State, "run" | "settings">} state @returns {{ settings: Settings, whole: boolean }} */
export function settingsForLink({ run, settings }) {
  if (!run || run.steps.length === run.prompted || !belongsTo(run, settings)) return { settings, whole: true };
  const generated = run.steps.slice(run.prompted);
  // The stop rule would end the text at an earlier stop symbol.
  const stopsEarly = settings.stop !== "none" && generated.slice(0, -1).some(({ id }) => runs.isSpecial(run, id) || run.symbols[id].includes("\n"));
  const length = stopsEarly ? generated.length : Math.max(settings.length, generated.length);
  const listed = stepsToList(run, settings);
  const isComplete = length <= Number(table.length.high) && listed.size <= picks.MAX_PICKS;
  if (!isComplete) return { settings, whole: isComplete };
  return { settings: { ...settings, length, stop: stopsEarly ? "none" : settings.stop, picks: picks.picksOf(run, (_, at) => listed.has(at)) }, whole: isComplete };
}

// The steps that the link must list.
/** @param {Run} run @param {Settings} settings */
function stepsToList(run, settings) {
  const { temperature, top_k: topK, top_p: topP, min_p: minP } = settings;
  const truncation = { temperature, topK, topP, minP, bias: biases.resolve(settings.bias, run.symbols) };
  /** @type {Set<number>} */
  const listed = new Set();
  for (let at = run.prompted; at < run.steps.length; at++) {
    const { id, logits, hand, settings: stepSettings } = run.steps[at];
    if (!hand && stepSettings && agree(stepSettings, settings, DRAW_SETTINGS)) continue;
    if (!hand && runs.hasRow(run.steps[at])) {
      const row = sampling.rank(logits, truncation.bias);
      const u = sampling.dice(settings.seed, at - run.prompted);
      if (sampling.chosen(row, sampling.stages(row, truncation), u) === id) continue;
    }
    listed.add(at);
  }
  return listed;
}
