// A run as the page holds it, made from the messages of wire.py. Pure data; it knows no page.
//
//   run  = { model, unit, symbols, special, text, skipped, promptCells, steps, prompted, tip, settings, stopped, … }
//   step = { id, u, logits, settings, hand }   u: null where nothing was drawn
//
// `special` is the set of ids that are special tokens: they are shown, and are no part of the text.
//
// The first `prompted` steps are the prompt's. `tip` is the row after the last step so far. A row is a Float32Array over
// the vocabulary or, where that is long, a folded one: see `sampling.rank`.

(() => {
  "use strict";
  const { sampling } = window.playground;

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

  function vocabularyOf({ model, symbols, special }) {
    const known = symbols ? { symbols, special: new Set(special) } : vocabularies.get(model);
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
    const { symbols, special } = vocabularyOf(message);
    const rows = unpack(prompt.logits, { folded, symbols });
    const steps = prompt.ids.map((id, i) => ({ id, u: null, logits: rows[i], settings: null, hand: false }));
    if (message.first > 0) {
      steps.push(...before.steps.slice(before.prompted, before.prompted + message.first));
    }
    const run = {
      id: message.id,
      model: message.model,
      unit,
      start: message.start,
      folded,
      symbols,
      special,
      dropsFirstSpace: message.drops_first_space,
      text: prompt.text,
      skipped: prompt.skipped,
      promptCells: prompt.cells.map(([text, count], i) => ({ text, count, unknown: prompt.unknown[i] })),
      prompted: prompt.ids.length,
      steps,
      tip: null,
      settings: settingsOf(message),
      chunks: 0,
      expected: message.first + message.settings.length, // written steps, at most, once all are here
      stopped: null, // why it ended where it did: "length", "line" or "end"
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
    if (message.done) Object.assign(run, { expected: run.steps.length - run.prompted, stopped: message.stopped });
    [run.tip] = unpack(message.tip, run);
  }

  // What is cut off with everything from step `at` on; the row at the cut becomes the tip.
  function cut(run, at) {
    if (at >= run.steps.length) return { ...run };
    return { ...run, steps: run.steps.slice(0, at), tip: run.steps[at].logits, stopped: null };
  }

  const logitsAt = (run, at) => (at < run.steps.length ? run.steps[at].logits : run.tip);
  const written = (run) => run.steps.slice(run.prompted).map((step) => step.id);

  // Cells: what is shown as one. A prompt's cell is a character as it was given, or a token; a written one is as many
  // symbols as make one: the jamo of a syllable (NFC), the tokens that share a character's bytes. A run only grows, so what
  // was found for it is kept.
  const found = new WeakMap();

  function cells(run) {
    if (!found.has(run)) found.set(run, promptCells(run));
    const list = found.get(run);
    for (let at = list.length ? list.at(-1).to : 0; at < run.steps.length; at++) {
      const { id } = run.steps[at];
      const special = isSpecial(run, id);
      const symbol = special ? run.symbols[id] : symbolAt(run, at);
      const last = list.at(-1);
      const joined = last && !last.prompt && !last.special && !special ? compose(last.text, symbol) : null;
      if (joined) list[list.length - 1] = { ...last, text: joined, to: at + 1 };
      else list.push({ text: whole(symbol), from: at, to: at + 1, prompt: false, special });
    }
    return list;
  }

  function promptCells(run) {
    let at = 0;
    return run.promptCells.map(({ text, count, unknown }) => {
      const special = count > 0 && unknown === undefined && isSpecial(run, run.steps[at].id);
      const cell = { text, from: at, to: at + count, prompt: true, unknown, special };
      at = cell.to;
      return cell;
    });
  }

  const isSpecial = (run, id) => Boolean(run.special) && run.special.has(id);

  // What a written step adds to the text. Where a text begins with it, the space before its first word is not shown, as
  // the library decodes it.
  function symbolAt(run, at) {
    const symbol = run.symbols[run.steps[at].id];
    if (!run.dropsFirstSpace || run.text || !symbol.startsWith(" ")) return symbol;
    const first = run.steps.findIndex(({ id }, i) => i >= run.prompted && !isSpecial(run, id));
    return at === first ? symbol.slice(1) : symbol;
  }

  // The place of a step in the text: where the cell that holds it begins, or, going on, where the next one does.
  function startOfCell(run, at, back) {
    const inside = cells(run).find(({ from, to }) => from < at && at < to);
    return inside ? (back ? inside.from : inside.to) : at;
  }

  // The prompt's characters before a step of the prompt, as they were given.
  function promptUntil(run, at) {
    const kept = cells(run).findIndex(({ to }) => to > at);
    const length = run.skipped + run.promptCells.slice(0, kept).reduce((n, { text }) => n + [...text].length, 0);
    return [...run.text].slice(0, length).join("");
  }

  // Two texts as one cell, or null where they stay apart. No letter below U+0300 joins what stands before it.
  function compose(text, symbol) {
    if (BEGUN.test(text) && CONTINUES.test(symbol)) return whole(text + symbol);
    if (symbol < "\u0300") return null;
    const joined = (text + symbol).normalize("NFC");
    return joined.length < text.length + symbol.length ? joined : null;
  }

  // A token can be some of the bytes of a character. Such a byte is in the symbols as U+F700 + byte; together they are the
  // character again. What makes none stays as it is.
  const CHARACTER = /[\uf7c2-\uf7df][\uf780-\uf7bf]|[\uf7e0-\uf7ef][\uf780-\uf7bf]{2}|[\uf7f0-\uf7f4][\uf780-\uf7bf]{3}/g;
  const BEGUN = /(?:[\uf7c2-\uf7df]|[\uf7e0-\uf7ef][\uf780-\uf7bf]?|[\uf7f0-\uf7f4][\uf780-\uf7bf]{0,2})$/;
  const CONTINUES = /^[\uf780-\uf7bf]/; // the bytes of UTF-8 that no character begins with
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const unescaped = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0) - 0xf700);

  function whole(text) {
    return text.replace(CHARACTER, (bytes) => {
      try {
        return strict.decode(unescaped(bytes));
      } catch {
        return bytes; // such as half a surrogate pair
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

  // The bytes of tokens' symbols, where a private-use character always stands for one of their bytes (tokens.py).
  const encoder = new TextEncoder();
  const ESCAPED = /[\uf700-\uf7ff]/;
  const RUNS = /[\uf700-\uf7ff]+|[^\uf700-\uf7ff]+/g;
  const bytesOf = (symbols) =>
    Uint8Array.from((symbols.match(RUNS) || []).flatMap((part) => [...(ESCAPED.test(part) ? unescaped(part) : encoder.encode(part))]));

  // As text, with U+FFFD for bytes that make no character, but for those at the end that more bytes could complete.
  const decode = (bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });

  // The symbols of some steps, with `special` of those that are special tokens.
  const spelt = (run, from, to, special) => run.steps.slice(from, to)
    .map(({ id }, i) => (isSpecial(run, id) ? special(run.symbols[id]) : symbolAt(run, from + i))).join("");

  // The whole text, prompt and written, as /generate gives it in the end: symbols composed, bytes as they decode, and special
  // tokens that the model wrote left out. `writingOf` has them too: it tells apart texts that differ in nothing else.
  const textOf = (run, to) => decoded(run, to, () => "");
  const writingOf = (run, to) => decoded(run, to, (symbol) => symbol);

  function decoded(run, to = run.steps.length, special) {
    const symbols = spelt(run, run.prompted, to, special);
    return run.text + (run.unit === "token" ? decode(bytesOf(symbols)) : symbols.normalize("NFC"));
  }

  // The bytes at its end that begin a character and need more to make one: the text does not hold them.
  function unfinished(run, to = run.steps.length) {
    if (run.unit !== "token") return [];
    const end = [...bytesOf(spelt(run, run.prompted, to, () => "").slice(-3))].slice(-3);
    while (end.length && decode(Uint8Array.from(end)) !== "") end.shift();
    return end;
  }

  // A symbol as programs read it: as text and, where it holds a part of a character, with all its bytes in hex.
  function plain(run, id) {
    const symbol = run.symbols[id];
    if (run.unit !== "token" || !ESCAPED.test(symbol)) return { symbol, bytes: null };
    const bytes = bytesOf(symbol);
    try {
      return { symbol: strict.decode(bytes), bytes: null };
    } catch {
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
      return { symbol: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes), bytes: hex };
    }
  }

  const knows = (model) => (vocabularies.has(model) ? model : null);

  window.playground.runs = {
    open, extend, cut, cells, startOfCell, promptUntil, whole, pending, judge, logitsAt, written, textOf, writingOf, unfinished, plain, knows, isSpecial,
  };
})();
