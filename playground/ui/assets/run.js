// A run as the page holds it, made from the messages of wire.py. Pure data; it knows no page.
//
//   run  = { model, unit, symbols, text, skipped, promptCells, steps, prompted, tip, settings, … }
//   step = { id, u, logits, settings, hand }   u: null where nothing was drawn
//
// The first `prompted` steps are the prompt's. `tip` is the row after the last step so far. A row is a Float32Array over
// the vocabulary or, where that is long, a folded one: see `sampling.rank`.

(() => {
  "use strict";
  const { sampling, characters } = window.playground;

  // Base64 of little-endian numbers → rows of a vocabulary of `size`, as wire.py packs them.
  function unpack(base64, { folded, symbols: { length: size } }) {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    let at = 0;
    const whole = () => view.getUint32((at += 4) - 4, true);
    const real = () => view.getFloat32((at += 4) - 4, true);
    const many = (length, read, Kind) => Kind.from({ length }, read);
    const foldedRow = () => {
      const [kept, groups, rank, logit] = [whole(), whole(), whole(), real()];
      const [ids, logits] = [many(kept, whole, Uint32Array), many(kept, real, Float32Array)];
      const [counts, means] = [many(groups, whole, Uint32Array), many(groups, real, Float32Array)];
      return { ids, logits, counts, means, size, own: { rank, logit } };
    };
    const rows = [];
    while (at < bytes.length) rows.push(folded ? foldedRow() : many(size, real, Float32Array));
    return rows;
  }

  // The symbols of the models met so far. A long vocabulary is sent once; the latest few are kept.
  const vocabularies = new Map();
  const KNOWN = 6;

  function symbolsOf({ model, symbols }) {
    const known = symbols || vocabularies.get(model);
    if (!known) throw new Error(`The symbols of ${model} were neither sent nor known.`);
    vocabularies.delete(model);
    vocabularies.set(model, known);
    if (vocabularies.size > KNOWN) vocabularies.delete(vocabularies.keys().next().value);
    return known;
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
    const { prompt, unit, folded } = message;
    characters.learn(message.names);
    const symbols = symbolsOf(message);
    const rows = unpack(prompt.logits, { folded, symbols });
    const steps = prompt.ids.map((id, i) => ({ id, u: null, logits: rows[i], settings: null, hand: false }));
    if (message.first > 0) {
      steps.push(...before.steps.slice(before.prompted, before.prompted + message.first));
    }
    const run = {
      id: message.id,
      model: message.model,
      unit,
      normalizer: message.normalizer,
      start: message.start,
      folded,
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
      const rows = unpack(chunk.logits, run);
      chunk.ids.forEach((id, i) => {
        run.steps.push({ id, u: chunk.us[i], logits: rows[i], settings: run.settings, hand: chunk.us[i] === null });
      });
    }
    run.chunks = message.chunks.length;
    [run.tip] = unpack(message.tip, run);
  }

  // What is cut off with everything from step `at` on; the row at the cut becomes the tip.
  function cut(run, at) {
    return { ...run, steps: run.steps.slice(0, at), tip: at < run.steps.length ? run.steps[at].logits : run.tip };
  }

  const logitsAt = (run, at) => (at < run.steps.length ? run.steps[at].logits : run.tip);
  const written = (run) => run.steps.slice(run.prompted).map((step) => step.id);

  // Cells: what is shown as one. A prompt's cell is a character as it was given, or a token; a written one is as many
  // symbols as make one: the jamo of a syllable (NFC), a letter and its marks, the tokens that share a character's bytes.
  // Where writing completes the prompt's last character, the two are one cell: `given` is then how the prompt has it. A
  // cell's `place` is the step that it shows when it is pointed at. A run only grows, so what was found for it is kept.
  const found = new WeakMap();

  function cells(run) {
    if (!found.has(run)) found.set(run, promptCells(run));
    const list = found.get(run);
    for (let at = list.length ? list.at(-1).to : 0; at < run.steps.length; at++) {
      const symbol = run.symbols[run.steps[at].id];
      const last = list.at(-1);
      const joined = last && (!last.prompt || isOpen(run, last)) ? compose(last.text, symbol) : null;
      const seam = joined && at === run.prompted && { given: last.text, place: at };
      if (joined) list[list.length - 1] = { ...last, ...seam, text: joined, to: at + 1 };
      else list.push({ text: whole(symbol), from: at, to: at + 1, place: at, prompt: false });
    }
    return list;
  }

  function promptCells(run) {
    let at = 0;
    return run.promptCells.map(({ text, count, unknown }) => {
      const cell = { text, from: at, to: at + count, place: at, prompt: true, unknown };
      at = cell.to;
      return cell;
    });
  }

  // Whether writing can complete a cell of the prompt: a character that the model read as itself.
  const isOpen = (run, { unknown }) => run.unit === "character" && unknown === undefined;

  // The cells of the prompt and of what was written, up to a step.
  function cellsUntil(run, shown) {
    return cells(run).filter(({ from, prompt }) => prompt || from < shown).map((cell) => (
      cell.given === undefined || shown > run.prompted ? cell
        : { ...cell, text: cell.given, to: run.prompted, place: cell.from, given: undefined }));
  }

  // The place of a step in the text: where the cell that holds it begins, or, going on, where the next one does.
  function startOfCell(run, at, back) {
    const inside = cells(run).find(({ from, to }) => from < at && at < to);
    if (!inside || at === run.prompted) return at; // the end of the prompt is a place also within a cell
    const [first, end] = inside.given === undefined ? [inside.from, inside.to]
      : at < run.prompted ? [inside.from, run.prompted] : [run.prompted, inside.to];
    return back ? first : end;
  }

  // The prompt's characters before a step of the prompt, as they were given.
  function promptUntil(run, at) {
    const kept = cells(run).findIndex(({ to }) => to > at);
    const length = run.skipped + run.promptCells.slice(0, kept).reduce((n, { text }) => n + [...text].length, 0);
    return [...run.text].slice(0, length).join("");
  }

  const LONGEST = 64; // of a cell that marks are still added to

  // Two texts as one cell, or null where they stay apart. No letter below U+0300 joins what stands before it.
  function compose(text, symbol) {
    if (BEGUN.test(text) && CONTINUES.test(symbol)) return whole(text + symbol);
    if (symbol < "\u0300") return null;
    const joined = (text + symbol).normalize("NFC");
    if (characters.isMark(symbol) && characters.endsVisibly(text) && text.length < LONGEST) return joined;
    return joined.length < text.normalize("NFC").length + symbol.normalize("NFC").length ? joined : null;
  }

  // A token can be some of the bytes of a character. Such a byte is in the symbols as U+F700 + byte; together they are the
  // character again. What makes none stays as it is.
  const STRAY = /[\uf780-\uf7ff]+/g;
  const CHARACTER = /[\uf7c2-\uf7df][\uf780-\uf7bf]|[\uf7e0-\uf7ef][\uf780-\uf7bf]{2}|[\uf7f0-\uf7f4][\uf780-\uf7bf]{3}/g;
  const BEGUN = /(?:[\uf7c2-\uf7df]|[\uf7e0-\uf7ef][\uf780-\uf7bf]?|[\uf7f0-\uf7f4][\uf780-\uf7bf]{0,2})$/;
  const CONTINUES = /^[\uf780-\uf7bf]/; // the bytes of UTF-8 that no character begins with
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const lax = new TextDecoder("utf-8", { ignoreBOM: true });
  const bytesOf = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0) - 0xf700);

  function whole(text) {
    return text.replace(CHARACTER, (escaped) => {
      try {
        return strict.decode(bytesOf(escaped));
      } catch {
        return escaped; // such as half a surrogate pair
      }
    });
  }

  // The bytes at the end of the text before step `at` that a character begins with and that are none yet.
  function pending(run, at) {
    const last = run.steps.slice(Math.max(0, at - 3), at).map(({ id }) => run.symbols[id]).join("");
    return (BEGUN.exec(last) || [""])[0];
  }

  // What a step was chosen from: a ranked row, and its stages under the settings of its run, or for the prompt's as the
  // model believes.
  function drawnFrom(step) {
    const { temperature = 1, top_k: topK = 0, top_p: topP = 1, min_p: minP = 0 } = step.settings || {};
    const row = sampling.rank(step.logits);
    return { row, temperature, drawn: sampling.stages(row, { temperature, topK, topP, minP }) };
  }

  // How a step's symbol stood in it, and the entropy of it, in bits.
  function judge(step) {
    const { row, temperature, drawn } = drawnFrom(step);
    const { probability, rank } = sampling.standing(row, drawn, temperature, step.id, step.logits.own);
    return { probability, rank, surprise: -Math.log2(probability), entropy: sampling.entropy(drawn.probabilities, drawn.left) };
  }

  // The whole text, prompt and written, as Python joins it: jamo composed, also across the seam; bytes that make no
  // character replaced.
  function textOf(run, to = run.steps.length) {
    const written = run.steps.slice(run.prompted, to).map((step) => run.symbols[step.id]).join("");
    if (run.unit === "token") return run.text + whole(written).replace(STRAY, (run) => lax.decode(bytesOf(run)));
    if (run.normalizer !== "nfd") return run.text + written;
    const after = written.normalize("NFC");
    const last = run.promptCells.at(-1);
    if (!last || !isOpen(run, last)) return run.text + after;
    const joined = (last.text + written).normalize("NFC");
    if (joined === last.text.normalize("NFC") + after) return run.text + after;
    return run.text.slice(0, run.text.length - last.text.length) + joined;
  }

  // Whether a run holds all that another one does. Of a syllable in the making the text is another one at each step.
  function holds(run, other) {
    if (run.model !== other.model) return false;
    if (run.text === other.text && written(other).every((id, i) => run.steps[run.prompted + i]?.id === id)) return true;
    return textOf(run).startsWith(textOf(other));
  }

  const knows = (model) => (vocabularies.has(model) ? model : null);

  window.playground.runs = { open, extend, cut, cells, cellsUntil, startOfCell, holds, promptUntil, whole, pending, judge, logitsAt, written, textOf, knows };
})();
