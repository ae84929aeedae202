// A run as the page holds it, made from the messages of wire.py. Pure data; it knows no page.
//
//   run  = { model, symbols, text, skipped, promptCells, steps, prompted, tip, settings, … }
//   step = { id, u, logits, settings, hand }   u: null where nothing was drawn
//
// The first `prompted` steps are the prompt's. `tip` is the row after the last step so far.

(() => {
  "use strict";
  const { sampling } = window.playground;

  // Base64 of little-endian float32 → rows of `width`.
  function unpack(base64, width) {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const rows = [];
    for (let at = 0; at + 4 * width <= bytes.length; at += 4 * width) {
      rows.push(Float32Array.from({ length: width }, (_, i) => view.getFloat32(at + 4 * i, true)));
    }
    return rows;
  }

  // The settings of a message, with "inf" as the number it stands for.
  function settingsOf(message) {
    const settings = { ...message.settings };
    settings.temperature = Number(String(settings.temperature).replace("inf", "Infinity"));
    return settings;
  }

  // A first message → a run. `before` is the run that it branches from, whose written steps it keeps
  // up to the message's first.
  function open(message, before) {
    const { symbols, prompt } = message;
    const rows = unpack(prompt.logits, symbols.length);
    const steps = prompt.ids.map((id, i) => ({ id, u: null, logits: rows[i], settings: null, hand: false }));
    if (message.first > 0) {
      steps.push(...before.steps.slice(before.prompted, before.prompted + message.first));
    }
    const run = {
      id: message.id,
      model: message.model,
      symbols,
      text: prompt.text,
      skipped: prompt.skipped,
      promptCells: prompt.cells.map(([text, count], i) => ({ text, count, unknown: prompt.unknown[i] })),
      prompted: prompt.ids.length,
      steps,
      tip: null,
      settings: settingsOf(message),
      chunks: 0,
      expected: message.first + message.settings.length, // written steps, once all are here
    };
    extend(run, message);
    return run;
  }

  // Adds the chunks that were not seen yet.
  function extend(run, message) {
    for (const chunk of message.chunks.slice(run.chunks)) {
      const rows = unpack(chunk.logits, run.symbols.length);
      chunk.ids.forEach((id, i) => {
        run.steps.push({ id, u: chunk.us[i], logits: rows[i], settings: run.settings, hand: chunk.us[i] === null });
      });
    }
    run.chunks = message.chunks.length;
    [run.tip] = unpack(message.tip, run.symbols.length);
  }

  // What is cut off with everything from step `at` on; the row at the cut becomes the tip.
  function cut(run, at) {
    return { ...run, steps: run.steps.slice(0, at), tip: at < run.steps.length ? run.steps[at].logits : run.tip };
  }

  const logitsAt = (run, at) => (at < run.steps.length ? run.steps[at].logits : run.tip);
  const written = (run) => run.steps.slice(run.prompted).map((step) => step.id);

  // Cells: what is shown as one character. A prompt's cell is a character as it was given; a written one is
  // as many symbols as compose to one character (NFC), such as the jamo of a syllable. A run only grows, so what was
  // found for it is kept.
  const found = new WeakMap();

  function cells(run) {
    if (!found.has(run)) found.set(run, promptCells(run));
    const list = found.get(run);
    for (let at = list.length ? list.at(-1).to : 0; at < run.steps.length; at++) {
      const symbol = run.symbols[run.steps[at].id];
      const last = list.at(-1);
      const joined = last && !last.prompt ? compose(last.text, symbol) : null;
      if (joined) list[list.length - 1] = { ...last, text: joined, to: at + 1 };
      else list.push({ text: symbol, from: at, to: at + 1, prompt: false });
    }
    return list;
  }

  function promptCells(run) {
    let at = 0;
    return run.promptCells.map(({ text, count, unknown }) => {
      const cell = { text, from: at, to: at + count, prompt: true, unknown };
      at = cell.to;
      return cell;
    });
  }

  // The place of a step in the text: where the cell that holds it begins, or, going on, where the next one does.
  function startOfCell(run, at, back) {
    const inside = cells(run).find(({ from, to }) => from < at && at < to);
    return inside ? (back ? inside.from : inside.to) : at;
  }

  // The prompt's characters before a step of the prompt, as they were given.
  function promptUntil(run, at) {
    const kept = cells(run).findIndex(({ to }) => to > at);
    return [...run.text].slice(0, run.skipped + kept).join("");
  }

  // Two texts as one character, or null where they stay apart. No letter below U+0300 joins what stands before it.
  function compose(text, symbol) {
    if (symbol < "\u0300") return null;
    const joined = (text + symbol).normalize("NFC");
    return joined.length < text.length + symbol.length ? joined : null;
  }

  // What a step was chosen from: under the settings of its run, or for the prompt's as the model believes.
  function distributionOf(step) {
    const { temperature = 1, top_k: topK = 0, top_p: topP = 1, min_p: minP = 0 } = step.settings || {};
    return sampling.distribution(step.logits, { temperature, topK, topP, minP });
  }

  // How a step's symbol stood in it.
  function judge(step) {
    const probabilities = distributionOf(step);
    const probability = probabilities[step.id];
    const rank = 1 + probabilities.reduce((n, p, id) => n + (p > probability || (p === probability && id < step.id)), 0);
    return { probability, rank, surprise: -Math.log2(probability) };
  }

  // The whole text, prompt and written, composed.
  function textOf(run, to = run.steps.length) {
    const symbols = run.steps.slice(run.prompted, to).map((step) => run.symbols[step.id]);
    return run.text + symbols.join("").normalize("NFC");
  }

  window.playground.runs = { open, extend, cut, cells, startOfCell, promptUntil, distributionOf, judge, logitsAt, written, textOf };
})();
