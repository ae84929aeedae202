// The text, a cell a character, and its player. Python sends messages (wire.py) as this component's value. The
// player asks with the events "look" (a prompt's distributions) and "write" (what follows), and with "show"
// for the controls to follow the store.
const { store, runs, dom, format, sampling, words } = window.playground;
const { make, eachFrame, picture } = dom;
const { state, update } = store;
const COLOURS = ["surprise", "probability", "rank", "none"];
const STILL = matchMedia("(prefers-reduced-motion: reduce)").matches;

// ── The parts ────────────────────────────────────────────────────────────────────────────────────
const button = (key, click) => make("button", { class: "quiet", title: words[key], "aria-label": words[key], on: { click } }, picture(key));
const playButton = button("play", () => toggle());
playButton.classList.add("main");
const scrub = make("input", { type: "range", class: "scrub", min: 0, max: 0, value: 0, "aria-label": words.scrub });
const speed = make("input", { type: "range", class: "speed", min: 0, max: 1, step: 0.01, value: STILL ? 1 : 0.5, "aria-label": words.speed });
const speedNow = make("output", { class: "muted" });
const colour = make("select", { id: "colour", "aria-label": words.colour_by }, ...COLOURS.map((name) => make("option", { value: name, text: words[name] })));
const legend = make("span", { class: "scale", "aria-hidden": "true" });
const progress = make("span", { class: "muted progress" });
const copy = make("button", { class: "quiet", text: words.copy, on: { click: copyText } });
const save = make("button", { class: "quiet", text: words.export, on: { click: exportRun } });
const branches = make("div", { class: "branches" });
const detail = make("div", { class: "detail" });
const cellBox = make("div", { class: "cells", role: "group", "aria-label": words.prompt });

element.replaceChildren(
  make("div", { class: "player" },
    make("div", { class: "transport" },
      button("to_start", () => go(state.run.prompted)), button("back", () => go(state.cursor - 1)), playButton,
      button("forward", () => go(state.cursor + 1)), button("to_end", () => go(Infinity))),
    scrub, progress,
    make("label", { class: "pace" }, make("span", { class: "muted", text: words.speed_label }), speed, speedNow),
    make("label", { class: "by" }, make("span", { class: "muted", text: words.colour_by }), colour, legend),
    make("span", { class: "files" }, copy, save)),
  branches, cellBox, detail);

// ── Asking ───────────────────────────────────────────────────────────────────────────────────────
// One request for writing is under way at a time. It knows the run that it goes on from, and where.
let asked = null;
let more = 0; // steps that were asked for while another was on its way
let waited = 0;
let reading = { timer: 0, token: null };
const token = () => `${Date.now()}-${Math.random().toString(36).slice(2)}`;

// The model or the prompt is another one now. What is typed fast is asked for once.
function read(model, prompt) {
  store.set({ model, prompt });
  clearTimeout(reading.timer);
  reading = { timer: setTimeout(() => {
    const { run } = state;
    if ((run && run.model === model && run.text === prompt) || (asked && asked.prompt === prompt)) return;
    if (asked) stop();
    reading.token = token();
    trigger("look", { token: reading.token, model, prompt });
  }, 50), token: null };
}

function suggest(prompt) {
  store.set({ prompt });
  trigger("show");
}

function ask(kind, length, pick = null) {
  const { run } = state;
  const box = document.querySelector("#prompt textarea, #prompt input");
  const place = kind === "run" && !state.here ? null : placeOf(run);
  const prompt = place ? place.prompt : box.value;
  const settings = { ...store.asked(), prompt, length };
  if (place && prompt !== box.value) {
    store.set({ prompt });
    trigger("show");
  }
  clearTimeout(reading.timer);
  asked = { token: token(), kind, prompt, before: run, started: false };
  pause();
  update({ busy: true, problem: "", notices: [] });
  clearTimeout(waited);
  waited = setTimeout(() => asked && !asked.started && fail(words.lost), 30_000);
  trigger("write", { token: asked.token, settings, written: place ? place.written : [], pick });
}

// The prompt and the written ids before the cursor. Inside the prompt, what follows is left out of it.
function placeOf(run) {
  if (state.cursor >= run.prompted) return { prompt: run.text, written: runs.written(run).slice(0, state.cursor - run.prompted) };
  let steps = 0;
  const kept = run.promptCells.findIndex((cell) => (steps += cell.count) > state.cursor);
  return { prompt: [...run.text].slice(0, run.skipped + kept).join(""), written: [] };
}

function generate() {
  if (!state.run) return;
  more = 0;
  ask("run", state.settings.length);
}

// One character: the one under the dart. Where the run already goes on with it, nothing needs asking.
function step() {
  if (!state.run) return;
  if (asked) { more++; return; }
  pause();
  const moment = store.moment();
  const next = state.run.steps[state.cursor];
  if (next && next.u !== null && sampling.draw(sampling.distribution(next.logits, store.truncation()), next.u) === next.id) {
    go(state.cursor + 1);
  } else if (moment) {
    ask("step", 1);
  }
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
  pause();
  const { run, shown } = state;
  if (run && shown < run.steps.length) update({ run: runs.cut(run, shown) });
  update({ busy: false, cursor: Math.min(state.cursor, shown) });
}

function fail(problem) {
  asked = null;
  more = 0;
  update({ busy: false, problem });
}

// ── Messages ─────────────────────────────────────────────────────────────────────────────────────
function receive() {
  const message = props.value;
  if (!message || typeof message !== "object") return;
  const mine = message.opens || message.id === reading.token || (asked && message.id === asked.token);
  if (message.problem) return mine ? fail(message.problem) : undefined;
  if ("card" in message) return mine ? receivePrompt(message) : undefined;
  if (!asked || message.id !== asked.token) {
    if (state.run && state.run.id === message.id) runs.extend(state.run, message);
  } else if (!asked.started) {
    asked.started = true;
    receiveRun(message);
  } else {
    runs.extend(state.run, message);
    update({ run: state.run });
  }
  if (asked && message.id === asked.token && message.tip) finish();
}

function receivePrompt(message) {
  if (message.opens) store.set(message.settings);
  const run = runs.open(message);
  run.settings = { ...state.settings };
  asked = null;
  pause();
  const at = run.steps.length;
  update({ branches: left(state.run, run), run, card: message.card, cursor: at, shown: at, peek: null, here: false, busy: false, problem: "", notices: message.notices || [] });
}

function receiveRun(message) {
  const run = runs.open(message, asked.before);
  const at = run.prompted + message.first + (asked.kind === "step" ? 1 : 0);
  update({ branches: left(asked.before, run), run, cursor: at, shown: at, peek: null, here: asked.kind === "step" });
  if (asked.kind === "run") play();
}

function finish() {
  asked = null;
  update({ busy: false });
  if (more > 0) {
    more--;
    step();
  }
}

// The branches after a run is left: it stays if it holds writing that the new one does not.
function left(old, run) {
  if (!old || old.steps.length === old.prompted) return state.branches;
  const kept = runs.cut(old, Math.max(state.shown, old.prompted));
  const text = runs.textOf(kept);
  const others = state.branches.filter((branch) => runs.textOf(branch) !== text);
  const goesOn = runs.textOf(run).startsWith(text) && run.model === old.model;
  return goesOn || kept.tip === null ? others : [...others, kept].slice(-12);
}

function restore(branch) {
  pause();
  const rest = left(state.run, branch).filter((other) => other !== branch);
  store.set({ model: branch.model, prompt: branch.text });
  update({ branches: rest, run: branch, cursor: branch.steps.length, shown: branch.steps.length, here: true, problem: "", notices: [] });
  trigger("show");
}

// ── Playing ──────────────────────────────────────────────────────────────────────────────────────
let playing = false;
let due = 0;
let last = 0;
const pace = () => (Number(speed.value) >= 0.995 ? Infinity : Math.round(2 * 200 ** Number(speed.value)));

function play() {
  if (!state.run) return;
  if (state.cursor >= state.run.steps.length && state.run.tip) update({ cursor: state.run.prompted });
  playing = true;
  due = 0;
  last = performance.now();
  update({ peek: null, here: false });
  drawPlayer();
  requestAnimationFrame(tick);
}

function pause() {
  playing = false;
  drawPlayer();
}

function toggle() {
  if (!playing) return play();
  pause();
  update({ here: true });
}

function tick(time) {
  if (!playing) return;
  const { run } = state;
  due = Math.min(due + (pace() * Math.max(0, time - last)) / 1000, pace() === Infinity ? Infinity : 50);
  last = time;
  const steps = pace() === Infinity ? run.steps.length - state.cursor : Math.floor(due);
  if (steps > 0) {
    due -= pace() === Infinity ? 0 : steps;
    const cursor = Math.min(run.steps.length, state.cursor + steps);
    if (cursor !== state.cursor) update({ cursor, shown: Math.max(state.shown, cursor) });
  }
  if (state.cursor >= run.steps.length && run.tip) return pause();
  requestAnimationFrame(tick);
}

function go(at) {
  const { run } = state;
  if (!run) return;
  pause();
  const cursor = Math.min(run.steps.length, Math.max(0, at));
  const end = cursor >= run.steps.length && at === Infinity;
  update({ cursor, shown: Math.max(state.shown, cursor), peek: null, here: !end });
}

scrub.addEventListener("input", () => go(state.run.prompted + Number(scrub.value)));
speed.addEventListener("input", drawPlayer);
colour.addEventListener("change", () => { levels = new WeakMap(); draw(true); });

// ── Cells ────────────────────────────────────────────────────────────────────────────────────────
let drawn = []; // { cell, node, step, future, at }
let levels = new WeakMap();
let judged = new WeakMap();

function judge(step) {
  if (!judged.has(step)) judged.set(step, runs.judge(step));
  return judged.get(step);
}

// 0 is as expected, 1 a great surprise.
function level(step) {
  if (levels.has(step)) return levels.get(step);
  const { probability, rank, surprise } = judge(step);
  const value = { probability: 1 - probability, rank: Math.min(1, Math.log2(rank) / Math.log2(32)), surprise: Math.min(1, surprise / 8), none: 0 }[colour.value];
  levels.set(step, value);
  return value;
}

const LEGENDS = { probability: ["100 %", "0 %"], rank: ["1", "32+"], surprise: ["0 bits", "8+"], none: null };
const glyph = (text) => (text === "\n" ? "↵\n" : text === " " ? " " : format.seen(text));

function draw(all = false) {
  const { run, shown, cursor } = state;
  if (!run) return;
  const cells = runs.cells(run).filter(({ from, prompt }) => prompt || from < shown);
  let same = 0;
  while (same < drawn.length && same < cells.length && alike(drawn[same], cells[same], run)) same++;
  for (const { node } of drawn.splice(same)) node.remove();
  for (const cell of cells.slice(same)) {
    const node = make("span", { class: "cell", tabindex: 0, "data-index": drawn.length, text: glyph(cell.text) });
    const step = run.steps[cell.from];
    node.classList.toggle("prompt", cell.prompt);
    if (cell.unknown !== undefined) node.classList.add("unknown");
    if (step && step.hand) node.classList.add("hand");
    drawn.push({ cell, node, step, future: false, at: false, level: -1 });
    cellBox.append(node);
  }
  for (const entry of drawn) {
    const { cell, node, step } = entry;
    const future = cell.from >= cursor && cell.to > cell.from;
    const at = cell.from <= cursor && cursor < cell.to;
    const value = step && cell.to > cell.from ? level(step) : 0;
    if (future !== entry.future) node.classList.toggle("future", future);
    if (at !== entry.at) node.classList.toggle("at", at);
    if (all || value !== entry.level) node.style.setProperty("--level", value.toFixed(3));
    Object.assign(entry, { future, at, level: value });
  }
  if (playing) follow();
  drawPlayer();
}

const alike = (entry, cell, run) => entry.cell.text === cell.text && entry.cell.from === cell.from && entry.cell.to === cell.to
  && entry.cell.prompt === cell.prompt && entry.cell.unknown === cell.unknown && (cell.prompt || entry.step === run.steps[cell.from]);

function follow() {
  cellBox.scrollTop = cellBox.scrollHeight;
}

function drawPlayer() {
  const { run, cursor, here, busy, settings } = state;
  document.body.classList.toggle("writing", playing || busy);
  const act = playing ? "pause" : "play";
  if (playButton.title !== words[act] || !playButton.firstChild) {
    playButton.replaceChildren(picture(act));
    playButton.setAttribute("aria-label", words[act]);
    playButton.title = words[act];
  }
  speedNow.textContent = pace() === Infinity ? "∞" : format.say("speed_now", { n: pace() });
  const range = LEGENDS[colour.value];
  legend.replaceChildren(...(range ? [make("span", { text: range[0] }), make("i"), make("span", { text: range[1] })] : []));
  if (!run) return;
  const all = run.steps.length - run.prompted;
  scrub.max = all;
  scrub.value = Math.max(0, cursor - run.prompted);
  scrub.disabled = all === 0;
  const at = Math.max(0, cursor - run.prompted);
  progress.textContent = all ? format.say("progress", { at, all: busy ? settings.length : all, seed: run.settings.seed }) : words.nothing_written;
}

function drawBranches() {
  const { run, branches: others, here, busy } = state;
  if (!run) return;
  const parts = [];
  if (here && !playing && !busy && state.cursor !== run.prompted) {
    parts.push(make("span", { class: "from" }, `${words.from_here} · `,
      make("button", { class: "link", text: words.from_prompt, on: { click: () => update({ here: false, cursor: run.prompted }) } })));
  }
  if (others.length) {
    const text = runs.textOf(run);
    parts.push(make("span", { class: "muted", text: words.branches }), ...others.map((branch) => make("button", {
      class: "quiet branch", title: words.branch_title, text: differs(runs.textOf(branch), text, branch.text.length), on: { click: () => restore(branch) },
    })));
  }
  branches.replaceChildren(...parts);
}

// A branch is known by the words where it parts from the text on the screen.
function differs(text, other, least) {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at++;
  const from = Math.max(0, Math.min(at, text.length) - 8);
  return `${from ? "…" : ""}${text.slice(from, from + 26)}…`.replace(/\n/g, "↵");
}

function drawDetail() {
  const { peek } = state;
  const entry = peek === null ? null : drawn.find(({ cell }) => cell.from === peek);
  if (!entry || !entry.step) { detail.textContent = ""; return; }
  const { probability, rank, surprise } = judge(entry.step);
  const key = entry.step.hand ? "cell_by_hand" : entry.cell.prompt ? "cell_prompt" : "cell_written";
  const said = format.say(key, { p: format.percent(probability), rank, bits: surprise === Infinity ? "∞" : surprise.toFixed(2) });
  const unknown = entry.cell.unknown === undefined ? "" : ` · ${format.say("cell_unknown", { character: entry.cell.text, replacement: format.spoken(entry.cell.unknown) })}`;
  detail.textContent = `${format.spoken(entry.cell.text)}: ${said}${unknown}`;
}

// Pointing at a cell, or coming to it with Tab or the arrows, shows its moment; a click goes back there.
const entryOf = (event) => {
  const node = event.target.closest && event.target.closest(".cell");
  return node ? drawn[Number(node.dataset.index)] : null;
};
const look = (event) => {
  const entry = entryOf(event);
  if (entry && !playing) update({ peek: entry.cell.from });
};
const lookAway = () => { if (state.peek !== null) update({ peek: null }); };
cellBox.addEventListener("pointerover", look);
cellBox.addEventListener("focusin", look);
cellBox.addEventListener("pointerleave", lookAway);
cellBox.addEventListener("focusout", lookAway);
const goBack = (event) => {
  const entry = entryOf(event);
  if (entry) go(entry.cell.from);
};
cellBox.addEventListener("click", goBack);
cellBox.addEventListener("keydown", (event) => {
  const entry = entryOf(event);
  if (!entry) return;
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const next = by && drawn[Number(entry.node.dataset.index) + by];
  if (next) next.node.focus();
  if (event.key === "Enter") goBack(event);
  if (by || event.key === "Enter") event.preventDefault();
});

// ── Taking it away ───────────────────────────────────────────────────────────────────────────────
async function copyText() {
  if (!state.run || !(await dom.copy(runs.textOf(state.run, state.shown)))) return;
  copy.textContent = words.copied;
  setTimeout(() => { copy.textContent = words.copy; }, 2000);
}

function exportRun() {
  const { run, shown } = state;
  if (!run) return;
  const steps = run.steps.slice(run.prompted, shown).map(({ id, u, hand }) => ({ id, symbol: run.symbols[id], u, by_hand: hand }));
  const record = { model: run.model, prompt: run.text, settings: store.asked(), text: runs.textOf(run, shown), steps };
  const url = URL.createObjectURL(new Blob([JSON.stringify(record, null, 2)], { type: "application/json" }));
  make("a", { href: url, download: `${run.model}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

const redraw = eachFrame(() => draw());
store.subscribe((_, patch) => {
  if (["run", "cursor", "shown", "busy"].some((name) => name in patch)) redraw();
  if (["run", "cursor", "branches", "here", "busy"].some((name) => name in patch)) drawBranches();
  if ("peek" in patch) drawDetail();
});
window.playground.play = { read, suggest, generate, step, pick, stop, toggle };
watch("value", receive);
drawPlayer();
receive();
