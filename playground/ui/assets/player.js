// The player: what is asked of the server, what comes back, and playing it at the reader's pace.
// It changes the store and draws nothing. `connect` gives it the way to the server.

(() => {
  "use strict";
  const { store, runs, sampling, typing, words, prompts: suggestions } = window.playground;
  const { state, update } = store;

  // ── Asking ───────────────────────────────────────────────────────────────────────────────────────
  // One request for writing is under way at a time. It knows the run that it goes on from, and where.
  let asked = null;
  let more = 0; // steps that were asked for while another was on its way
  let early = {}; // what was clicked and typed before the page was open: { act, prompt }
  let waited = 0;
  const PATIENCE = 4000; // milliseconds
  let reading = { timer: 0, token: null };
  let send = () => {};
  const token = () => `${Date.now()}-${Math.random().toString(36).slice(2)}`;

  // The model or the prompt is another one now. What is typed fast is asked for once.
  function read(model, typed) {
    const prompt = fitting(model, typed);
    store.set({ model, prompt });
    if (prompt !== typed) send("show");
    clearTimeout(reading.timer);
    reading = { timer: setTimeout(() => {
      const { run } = state;
      if (typing.isComposing()) return; // the next syllable was begun
      if ((run && run.model === model && run.text === prompt) || (asked && asked.model === model && asked.prompt === prompt)) return;
      if (asked) stop();
      reading.token = token();
      send("look", { token: reading.token, model, prompt, knows: runs.knows(model) });
      waited = setTimeout(listenForServer, PATIENCE, reading);
    }, 50), token: null };
  }

  const promptBox = () => document.querySelector("#prompt textarea, #prompt input");

  // Another prompt for the model that the page has. Before the page is open there is nothing to read.
  function retype(prompt) {
    if (state.opened && !typing.isComposing()) read(state.settings.model, prompt);
  }

  // But what a person types then is kept. Of the box's own changes, which the opening makes too, this hears nothing.
  document.addEventListener("input", ({ target }) => {
    if (!state.opened && target === promptBox()) early.prompt = target.value;
  });

  // A prompt that the model left suggested gives way to the new one's: a model of Korean can do little with "HAMLET:".
  function fitting(model, prompt) {
    const { run } = state;
    const [before, now] = [run && suggestions[run.model], suggestions[model]].map((prompts) => prompts || []);
    const stale = run && run.model !== model && run.text === prompt && before.includes(prompt) && !now.includes(prompt);
    return stale && now.length ? now[0] : prompt;
  }

  function suggest(prompt) {
    store.set({ prompt });
    send("show");
  }

  function ask(kind, length, pick = null) {
    const { run } = state;
    const [wrong] = Object.values(state.invalid);
    if (wrong) return fail(wrong);
    const box = promptBox();
    const place = kind === "run" && !state.here ? null : placeOf(run);
    const prompt = place ? place.prompt : box.value;
    const settings = { ...store.asked(), prompt, length };
    if (place && prompt !== box.value) {
      store.set({ prompt });
      send("show");
    }
    clearTimeout(reading.timer);
    reading.token = null; // the answer to writing brings the prompt too
    asked = { token: token(), kind, model: settings.model, prompt, before: run, run: null };
    pause();
    update({ busy: true, problem: "", notices: [] });
    clearTimeout(waited);
    waited = setTimeout(listenForServer, PATIENCE, asked);
    send("write", { token: asked.token, settings, written: place ? place.written : [], pick, knows: runs.knows(settings.model) });
  }

  const reach = () => fetch(`${window.gradio_config?.root ?? ""}/gradio_api/app_id`);

  // A queue may be long, so only a server that is gone ends the waiting.
  async function listenForServer(request) {
    const open = () => asked === request || (reading === request && request.token);
    if (!open()) return;
    try {
      await reach();
      waited = setTimeout(listenForServer, PATIENCE, request);
    } catch {
      if (open()) fail(words.lost);
    }
  }

  // The prompt and the written ids before the cursor. Inside the prompt, what follows is left out of it.
  function placeOf(run) {
    if (state.cursor >= run.prompted) return { prompt: run.text, written: runs.written(run).slice(0, state.cursor - run.prompted) };
    return { prompt: runs.promptUntil(run, state.cursor), written: [] };
  }

  // A click on a page that is still opening is kept until it is open.
  function wait(act) {
    early.act = act;
    update({ busy: true });
  }

  function generate() {
    if (!state.run) return wait(generate);
    more = 0;
    ask("run", state.settings.length);
  }

  // One character: the one under the dart. Where the run already goes on with it, nothing needs asking.
  function step() {
    if (!state.run) return wait(step);
    if (asked) {
      if (asked.kind === "step") more++;
      return;
    }
    pause();
    const moment = store.moment();
    if (!moment) return;
    const next = state.run.steps[state.cursor];
    const row = sampling.rank(moment.logits);
    const drawn = sampling.chosen(row, sampling.stages(row, store.truncation()), moment.u);
    if (next && next.id === drawn && state.cursor >= state.run.prompted) go(state.cursor + 1);
    else ask("step", 1);
  }

  function pick(id) {
    if (!state.run || asked) return;
    const next = state.run.steps[state.cursor];
    if (next && next.id === id && state.cursor < state.shown) go(state.cursor + 1);
    else ask("step", 1, id);
  }

  function stop() {
    more = 0;
    asked = null;
    early.act = null;
    pause();
    const { run, shown } = state;
    if (run && shown < run.steps.length) update({ run: runs.cut(run, shown) });
    update({ busy: false, cursor: Math.min(state.cursor, shown) });
  }

  function fail(problem) {
    asked = null;
    early.act = null;
    more = 0;
    update({ busy: false, problem });
    const { run } = state;
    if (run && state.playing && state.cursor >= run.steps.length) pause();
  }

  // The server broke off without an answer.
  function broken() {
    if (!asked && !reading.token) return;
    reading.token = null;
    fail(words.broken);
  }

  // ── Messages ─────────────────────────────────────────────────────────────────────────────────────
  function receive(message) {
    if (!message || typeof message !== "object") return;
    if (message.opens || message.id === reading.token) receivePrompt(message);
    else if (asked && message.id === asked.token) receiveRun(message);
    // Any other answer is to a question that was taken back.
  }

  function receivePrompt(message) {
    reading.token = null;
    if (message.opens) {
      store.open(message.settings);
      update({ opened: true, asks: message.asks || "" });
    }
    const { act, prompt: typed } = early;
    if (act) stop();
    early = {};
    if (message.problem) return update({ problem: message.problem, notices: message.notices || [] });
    const run = runs.open(message);
    pause();
    const at = run.steps.length;
    update({
      branches: left(state.run, run), run, card: message.card, cursor: at, shown: at, peek: null, here: false,
      problem: "", notices: message.notices || [],
    });
    if (typed !== undefined && typed !== message.settings.prompt) {
      promptBox().value = typed; // at once, for what was clicked after it
      suggest(typed);
    }
    if (act && !message.asks) act();
  }

  function receiveRun(message) {
    if (message.problem) return fail(message.problem);
    if (asked.run) {
      runs.extend(asked.run, message);
      update({ run: asked.run });
    } else {
      const run = runs.open(message, asked.before);
      const step = asked.kind === "step";
      const at = run.prompted + message.first + (step ? 1 : 0);
      asked.run = run;
      update({ branches: left(asked.before, run), run, card: message.card, cursor: at, shown: at, peek: null, here: step });
      if (!step) play();
    }
    if (message.done) finish();
  }

  function finish() {
    const { run } = asked;
    asked = null;
    // Only now is it known which of the earlier texts this one holds.
    const others = state.branches.filter((branch) => !runs.holds(run, branch));
    update({ busy: false, branches: others });
    if (more > 0) {
      more--;
      step();
    }
  }

  // The branches after a run is left: it stays if it holds writing that the new one does not, or a longer prompt.
  function left(old, run) {
    const shortened = old && asked && asked.before === old && old.text !== run.text; // written on from inside the prompt
    if (!old || (old.steps.length === old.prompted && !shortened)) return state.branches;
    const kept = runs.cut(old, Math.max(state.shown, old.prompted));
    const text = runs.textOf(kept);
    const others = state.branches.filter((branch) => runs.textOf(branch) !== text);
    return runs.holds(run, kept) ? others : [...others, kept].slice(-12);
  }

  function restore(branch) {
    stop();
    const rest = left(state.run, branch).filter((other) => other !== branch);
    store.set({ model: branch.model, prompt: branch.text });
    update({ branches: rest, run: branch, cursor: branch.steps.length, shown: branch.steps.length, here: true, problem: "", notices: [] });
    send("show");
  }

  // ── Playing ──────────────────────────────────────────────────────────────────────────────────────
  let due = 0;
  let last = 0;

  function play() {
    if (!state.run) return;
    if (state.cursor >= state.run.steps.length && !state.busy) update({ cursor: state.run.prompted });
    due = 0;
    last = performance.now();
    update({ playing: true, peek: null, here: false });
    requestAnimationFrame(tick);
  }

  function pause() {
    if (state.playing) update({ playing: false });
  }

  function toggle() {
    if (!state.playing) return play();
    pause();
    update({ here: true });
  }

  function tick(time) {
    if (!state.playing) return;
    const { run, pace } = state;
    due = Math.min(due + (pace * Math.max(0, time - last)) / 1000, pace === Infinity ? Infinity : 50);
    last = time;
    const steps = pace === Infinity ? run.steps.length - state.cursor : Math.floor(due);
    if (steps > 0) {
      due -= pace === Infinity ? 0 : steps;
      const cursor = Math.min(run.steps.length, state.cursor + steps);
      if (cursor !== state.cursor) update({ cursor, shown: Math.max(state.shown, cursor) });
    }
    if (state.cursor >= run.steps.length && !state.busy) return pause();
    requestAnimationFrame(tick);
  }

  function go(at) {
    const { run } = state;
    if (!run) return;
    pause();
    const cursor = runs.startOfCell(run, Math.min(run.steps.length, Math.max(0, at)), at < state.cursor);
    const end = cursor >= run.steps.length && at === Infinity;
    update({ cursor, shown: Math.max(state.shown, cursor), peek: null, here: !end });
  }

  window.playground.play = {
    connect: (trigger) => { send = trigger; },
    show: () => send("show"),
    reach,
    receive, broken, read, retype, suggest, generate, step, pick, stop, restore, toggle, go,
  };
})();
