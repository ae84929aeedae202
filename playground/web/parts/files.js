// Copying the text, and exporting it as a file.

import * as dom from "../dom.js";
import { make } from "../dom.js";
import { words } from "../core/i18n.js";
import * as runs from "../core/runs.js";
import { plain, visibleRun } from "../core/store.js";

export function files() {
  const copy = make("button", { class: "quiet", text: words.copy, on: { click: copyText } });
  const save = make("button", { class: "quiet", text: words.export, on: { click: exportRun } });

  async function copyText() {
    const { run, shown } = visibleRun();
    if (!run || !(await dom.copy(runs.textOf(run, shown)))) return;
    copy.textContent = words.copied;
    setTimeout(() => { copy.textContent = words.copy; }, 2000);
  }

  return make("span", { class: "files" }, copy, save);
}

function exportRun() {
  const { run, shown } = visibleRun();
  if (!run) return;
  const steps = run.steps.slice(run.prompted, shown).map(({ id, u, hand }) => ({ id, ...runs.plain(run, id), u, by_hand: hand }));
  const record = {
    model: run.model, prompt: run.text, settings: plain(run.settings), text: runs.textOf(run, shown), unfinished: runs.unfinished(run, shown),
    stopped: shown < run.steps.length ? null : run.stopped, steps,
  };
  dom.download(new Blob([JSON.stringify(record, null, 2)], { type: "application/json" }), `${run.model}.json`);
}
