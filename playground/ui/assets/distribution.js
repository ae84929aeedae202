// The bars, the cumulative line with the dart, and the figures, of the moment that the store points at.
// Everything is computed here from raw logits; a drag of the slider asks the server nothing.
const { store, dom, format, sampling, sum, words } = window.playground;
const { make, eachFrame } = dom;
const LOG_FLOOR = -6; // the logarithmic axis begins at one in a million
const UNTRUNCATED = { topK: 0, topP: 1, minP: 0 };

const view = { byId: false, log: false };
const bars = make("div", { class: "bars", role: "group", "aria-label": words.bars });
const grid = make("div", { class: "grid", "aria-hidden": "true" });
const scroller = make("div", { class: "scroller" }, bars);
const rest = make("span", { class: "segment rest" }); // what is too thin to draw, all together
const line = make("div", { class: "line", role: "img", "aria-label": words.line }, rest);
const dart = make("div", { class: "dart" });
const tip = make("div", { class: "sum", role: "tooltip", hidden: "" });
const figures = Object.fromEntries(["entropy", "choices", "likeliest", "at_one", "kept", "mass"]
  .map((name) => [name, make("dd", { id: `figure-${name.replace("_", "-")}` })]));
const told = make("p", { class: "told" });
const cutLegend = make("span", { class: "key cut", text: words.legend_cut });

function choice(name, options, apply) {
  const buttons = options.map(([value, text]) => make("button", {
    text, "aria-pressed": view[name] === value,
    on: {
      click: () => {
        view[name] = value;
        buttons.forEach((b, i) => b.setAttribute("aria-pressed", options[i][0] === value));
        apply();
      },
    },
  }));
  return make("div", { class: "choice" }, ...buttons);
}

element.replaceChildren(
  make("div", { class: "chart" },
    make("div", { class: "plot" }, grid, scroller),
    make("div", { class: "lineup" }, line, dart)),
  make("div", { class: "figures" },
    make("dl", {}, ...Object.entries(figures).map(([name, dd]) => make("div", {}, make("dt", { text: words[name] }), dd))),
    told,
    make("div", { class: "legend" },
      make("span", { class: "key outline", text: words.legend_outline }), cutLegend,
      choice("byId", [[false, words.order_likely], [true, words.order_id]], () => redraw(true)),
      choice("log", [[false, words.axis_linear], [true, words.axis_log]], () => redraw(true)))),
  tip);

// What does not change while the slider moves: ranks, the bars in their order, the outlines.
let fixed = null;
let nodes = [];

function prepare(moment) {
  const same = fixed && fixed.logits === moment.logits && fixed.byId === view.byId && fixed.symbols === moment.symbols;
  if (same) return fixed;
  const row = sampling.rank(moment.logits);
  const atOne = sampling.stages(row, { temperature: 1, ...UNTRUNCATED }).probabilities;
  const order = row.ids.map((_, place) => place);
  if (view.byId) order.sort((a, b) => row.ids[a] - row.ids[b]);
  fixed = { logits: moment.logits, symbols: moment.symbols, byId: view.byId, row, atOne, order };
  fit(order.length);
  order.forEach((place, i) => {
    const symbol = moment.symbols[row.ids[place]];
    nodes[i].label.textContent = format.seen(symbol);
    nodes[i].ghost.style.height = height(atOne[place]);
    nodes[i].ghost.hidden = share(atOne[place]) < 0.003; // under a pixel, where its edge alone would be too tall
    nodes[i].place = place;
  });
  return fixed;
}

// As many bars, and segments of the line, as there are characters; kept from one moment to the next.
function fit(count) {
  while (nodes.length < count) {
    const fill = make("span", { class: "fill" });
    const ghost = make("span", { class: "ghost" });
    const label = make("span", { class: "label" });
    const bar = make("button", { class: "bar", tabindex: nodes.length ? -1 : 0 }, make("span", { class: "column" }, fill, ghost), label);
    const segment = make("span", { class: "segment" });
    // The line has the colour of the temperature, and each segment a veil over it, thicker down the ranks.
    segment.style.setProperty("--fade", Math.min(0.75, 0.09 * nodes.length));
    if (nodes.length > 2) segment.classList.add("pale");
    const node = { bar, fill, ghost, label, segment, place: 0 };
    listen(node);
    bars.append(bar);
    line.append(segment);
    nodes.push(node);
  }
  while (nodes.length > count) {
    const { bar, segment } = nodes.pop();
    bar.remove();
    segment.remove();
  }
}

// A mouse explains by pointing, the keyboard by coming to the bar, a finger by staying on it; a click or a tap writes.
const HOLD = 350; // milliseconds
function listen(node) {
  const { bar } = node;
  let holding = 0;
  let held = false;
  const letGo = () => clearTimeout(holding);
  bar.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") explain(node); });
  bar.addEventListener("pointerleave", (event) => { letGo(); if (event.pointerType === "mouse") hush(); });
  bar.addEventListener("pointerdown", (event) => {
    held = false;
    if (event.pointerType !== "mouse") holding = setTimeout(() => { held = true; explain(node); }, HOLD);
  });
  bar.addEventListener("pointerup", letGo);
  bar.addEventListener("pointercancel", letGo);
  bar.addEventListener("contextmenu", (event) => { if (held) event.preventDefault(); });
  bar.addEventListener("focus", () => { if (bar.matches(":focus-visible")) explain(node); });
  bar.addEventListener("blur", hush);
  bar.addEventListener("click", () => {
    if (held) return;
    hush();
    window.playground.play.pick(fixed.row.ids[node.place]);
  });
}

const share = (p) => (view.log ? Math.max(0, 1 - Math.log10(Math.max(p, 1e-300)) / LOG_FLOOR) : p);
const height = (p) => `${(100 * Math.min(1, share(p))).toFixed(3)}%`;

function drawGrid() {
  const marks = view.log ? [0, -1, -2, -3, -4, -5, -6].map((e) => [1 - e / LOG_FLOOR, e === 0 ? "1" : `10${sup(e)}`])
    : [1, 0.75, 0.5, 0.25, 0].map((p) => [p, `${100 * p}`.concat(p === 1 ? " %" : "")]);
  grid.replaceChildren(...marks.map(([at, text]) => make("span", { style: `bottom: ${100 * at}%`, text })));
}
const sup = (e) => `⁻${"⁰¹²³⁴⁵⁶"[-e]}`;

let now = null; // what is on the screen

function draw() {
  const moment = store.moment();
  if (!moment) return;
  const { row, atOne, order } = prepare(moment);
  const settings = store.truncation();
  const { probabilities, kept } = sampling.stages(row, settings);
  const whole = sampling.stages(row, { ...settings, ...UNTRUNCATED }).probabilities;
  const greedy = settings.temperature === 0;
  const truncated = !greedy && kept < row.ids.length;

  let under = null;
  if (moment.u !== null) {
    const byId = new Float64Array(row.ids.length);
    row.ids.forEach((id, place) => { byId[id] = probabilities[place]; });
    under = sampling.draw(byId, moment.u);
  }
  const heat = format.heat(settings.temperature);
  order.forEach((place, i) => {
    const { fill, bar, label } = nodes[i];
    const id = row.ids[place];
    const cut = truncated && place >= kept;
    fill.style.height = height(cut ? whole[place] : probabilities[place]);
    fill.style.backgroundColor = heat;
    label.style.color = under === id ? heat : "";
    bar.className = `bar${cut ? " cut" : ""}${moment.came && moment.came.id === id ? " came" : ""}${under === id ? " under" : ""}`;
  });
  line.style.backgroundColor = heat;
  drawLine(moment, row, probabilities, under);
  drawFigures(moment, row, probabilities, whole, kept, atOne);
  cutLegend.hidden = !truncated;
  now = { moment, row, probabilities, whole, kept: truncated ? kept : row.ids.length, settings, under };
  tell();
  if (!tip.hidden) fillSum();
  after(() => {
    host.dataset.temperature = String(settings.temperature);
    host.dataset.step = String(moment.number);
  });
}

// Runs once the browser has painted what was just drawn: a message is handled after the frame.
const host = element.closest("#distribution") || element;
const channel = new MessageChannel();
let done = null;
channel.port1.onmessage = () => { if (done) done(); done = null; };
function after(callback) {
  done = callback;
  channel.port2.postMessage(null);
}

function drawLine(moment, row, probabilities, under) {
  // The order of the draw: likeliest first, ties by id. At T = ∞ all that is kept ties.
  const tied = store.state.settings.temperature === Infinity;
  const places = Array.from({ length: row.ids.length }, (_, i) => i);
  if (tied) places.sort((a, b) => probabilities[b] - probabilities[a] || row.ids[a] - row.ids[b]);
  let left = 0;
  let shown = 0;
  places.forEach((place, i) => {
    const { segment } = nodes[i];
    const width = probabilities[place];
    segment.hidden = width < 0.0005;
    if (!segment.hidden) {
      segment.style.left = `${100 * left}%`;
      segment.style.width = `${100 * width}%`;
      shown = left + width;
      const text = width > 0.018 ? format.seen(moment.symbols[row.ids[place]]) : "";
      if (segment.textContent !== text) segment.textContent = text;
    }
    left += width;
  });
  rest.style.left = `${100 * shown}%`;
  dart.hidden = under === null;
  if (under === null) return;
  dart.style.setProperty("--at", moment.u);
  dart.classList.toggle("late", moment.u > 0.75);
  dart.textContent = format.say("dart", { u: moment.u.toFixed(4), symbol: format.seen(moment.symbols[under]) });
}

function drawFigures(moment, row, probabilities, whole, kept, atOne) {
  const bits = sampling.entropy(probabilities);
  let mass = 0;
  for (let i = 0; i < kept; i++) mass += whole[i];
  figures.entropy.textContent = format.say("bits", { n: bits.toFixed(2) });
  figures.choices.textContent = (2 ** bits).toFixed(1);
  figures.likeliest.textContent = `${format.seen(moment.symbols[row.ids[0]])}  ${format.percent(probabilities[0])}`;
  figures.at_one.textContent = format.percent(atOne[0]);
  figures.kept.textContent = format.say("kept_of", { n: kept, all: row.ids.length });
  figures.mass.textContent = format.percent(Math.min(1, mass));
}

// What the dice of this moment give at other temperatures, or what came without any.
function tell() {
  const { moment, settings } = now;
  const tellIn = (key, values) => told.replaceChildren(...format.rich(key, values));
  const name = (id) => make("b", { text: format.seen(moment.symbols[id]) });
  if (moment.u === null) {
    return tellIn(moment.came && moment.came.hand ? "by_hand" : "given", { symbol: name(moment.came.id) });
  }
  if (store.state.playing) return told.replaceChildren(); // it would change faster than anyone reads
  if (settings.temperature === Infinity) return tellIn("dice_uniform", { first: name(now.under) });
  const flips = store.flips(moment);
  const after = flips.findIndex(({ from }) => from > settings.temperature);
  const here = after === -1 ? flips.at(-1) : flips[after - 1];
  const values = { first: name(here.id), from: format.number(here.from) };
  if (after === -1) return tellIn(flips.length === 1 ? "dice_always" : "dice_above", values);
  Object.assign(values, { t: format.number(flips[after].from), next: name(flips[after].id) });
  return tellIn(after === 1 ? "dice_below" : "dice_between", values);
}

// The whole sum of one bar, from the logit to the probability.
let explained = null;
function explain(node) {
  explained = node;
  tip.hidden = false;
  fillSum();
}
function hush() {
  explained = null;
  tip.hidden = true;
}
function fillSum() {
  if (!explained || !now) return hush();
  const { place, bar } = explained;
  const { rows, remark } = sum(now, place);
  tip.replaceChildren(
    make("strong", { text: format.spoken(now.moment.symbols[now.row.ids[place]]) }),
    make("table", {}, ...rows.map(([name, value]) => make("tr", {}, make("td", { text: name }), make("td", { text: value })))),
    ...(remark ? [make("p", { text: remark })] : []), make("p", { class: "hint", text: words.sum_write }));
  const frame = element.getBoundingClientRect();
  const box = bar.getBoundingClientRect();
  const left = Math.min(Math.max(0, box.left - frame.left + box.width + 6), frame.width - tip.offsetWidth);
  tip.style.left = `${left}px`;
  tip.style.top = `${box.top - frame.top + 8}px`;
}

// One bar is a stop of the Tab key; the arrows go on from there.
bars.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const at = nodes.findIndex(({ bar }) => bar === document.activeElement);
  const next = by && nodes[at + by];
  if (!next) return;
  event.preventDefault();
  nodes[at].bar.tabIndex = -1;
  next.bar.tabIndex = 0;
  next.bar.focus();
});
// Names for screen readers follow when the hand rests, so that a drag does not pay for them.
let resting = 0;
function nameBars() {
  if (!now) return;
  line.setAttribute("aria-label", `${words.line}. ${dart.hidden ? "" : dart.textContent}`);
  nodes.forEach(({ bar, place }) => {
    bar.setAttribute("aria-label", `${format.spoken(now.moment.symbols[now.row.ids[place]])}, ${format.percent(now.probabilities[place])}`);
  });
}

const frame = eachFrame(draw);
function redraw(all = false) {
  if (all) { fixed = null; drawGrid(); }
  frame();
  clearTimeout(resting);
  resting = setTimeout(nameBars, 300);
}
store.subscribe((_, patch) => {
  if (["settings", "run", "cursor", "peek", "shown", "playing"].some((name) => name in patch)) redraw();
});
redraw(true);
