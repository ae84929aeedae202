// The bars, with the cumulative line (cumulative.js) and the figures (figures.js), of the moment that the store points at.
// Everything is computed here from raw logits; a drag of the slider asks the server nothing.

import { cumulative } from "../charts/cumulative.js";
import * as characters from "../core/characters.js";
import * as dom from "../core/dom.js";
import { eachFrame, keep, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/given.js";
import * as groups from "../core/groups.js";
import * as sampling from "../core/sampling.js";
import * as store from "../core/store.js";
import { sum } from "../core/sum.js";
import { figures } from "./figures.js";
import { play } from "./player.js";

const LOG_FLOOR = -6; // the logarithmic axis begins at one in a million
const UNTRUNCATED = { topK: 0, topP: 1, minP: 0 };
const FEW = 200; // so many bars are all drawn at once; of more, those that are in view

export function mount({ element }) {
  const view = { alphabet: false, log: false, first: false };
  const bars = keep(make("div", { class: "bars", role: "group", "aria-label": words.bars }));
  const others = {}; // the bar of what is folded together
  others.fill = make("span", { class: "fill" });
  others.ghost = make("span", { class: "ghost" });
  others.bar = make("span", { class: "bar others", role: "img", hidden: "" },
    make("span", { class: "column" }, others.fill, others.ghost), keep(make("span", { class: "label", text: words.others })));
  const grid = keep(make("div", { class: "grid", "aria-hidden": "true" }));
  const scroller = make("div", { class: "scroller" }, bars);
  const line = cumulative();
  const tip = make("div", { class: "sum", role: "tooltip", hidden: "" });
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
    return make("div", { class: "choice", role: "group", "aria-label": words[name] }, ...buttons);
  }

  const byFirst = choice("first", [[false, words.unit_token], [true, words.unit_character]], () => redraw(true));
  byFirst.title = words.unit_title;

  const said = figures(make("div", { class: "legend" },
    make("span", { class: "key outline", text: words.legend_outline }), cutLegend,
    byFirst,
    choice("alphabet", [[false, words.order_likely], [true, words.order_id]], () => redraw(true)),
    choice("log", [[false, words.axis_linear], [true, words.axis_log]], () => redraw(true))));

  element.replaceChildren(
    make("div", { class: "chart" },
      make("div", { class: "plot" }, grid, make("div", { class: "pair" }, scroller, others.bar)),
      make("div", { class: "lineup" }, ...line.parts)),
    tip);

  // What does not change while the slider moves: ranks, the bars in their order, the outlines.
  let fixed = null;
  let nodes = [];

  function prepare(moment) {
    const { logits, run } = moment;
    if (fixed && fixed.logits === logits && fixed.run === run && fixed.at === moment.at) return fixed;
    const row = sampling.rank(logits);
    const atOne = sampling.stages(row, { temperature: 1, ...UNTRUNCATED }).probabilities;
    const tokens = run.unit === "token";
    const order = groups.groups(moment, row, atOne, { first: tokens && view.first, alphabet: view.alphabet });
    fixed = { logits, run, at: moment.at, row, atOne, order };
    byFirst.hidden = !tokens;
    bars.setAttribute("aria-label", tokens && !view.first ? words.bars_tokens : words.bars);
    bars.parentElement.parentElement.classList.toggle("tokens", tokens && !view.first);
    others.bar.hidden = !row.folded;
    fit(order.length);
    order.forEach((group, i) => { nodes[i].group = group; });
    if (row.folded) outline(others.ghost, groups.beyond(row, atOne));
    return fixed;
  }

  function outline(ghost, p) {
    ghost.style.height = height(p);
    ghost.hidden = share(p) < 0.003; // under a pixel, where its edge alone would be too tall
  }

  // As many bars as there are groups; kept from one moment to the next.
  function fit(count) {
    while (nodes.length < count) {
      const fill = make("span", { class: "fill" });
      const ghost = make("span", { class: "ghost" });
      const label = make("span", { class: "label" });
      const bar = make("button", { class: "bar", tabindex: nodes.length ? -1 : 0 }, make("span", { class: "column" }, fill, ghost), label);
      const node = { bar, fill, ghost, label, group: null, labelled: null };
      listen(node);
      bars.append(bar);
      nodes.push(node);
    }
    while (nodes.length > count) {
      const node = nodes.pop();
      if (explained === node) hush();
      node.bar.remove();
    }
    if (nodes.length && !nodes.some(({ bar }) => bar.tabIndex === 0)) nodes[0].bar.tabIndex = 0;
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
      play.pick(fixed.row.ids[node.group.places[0]]);
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
    const { row, atOne } = prepare(moment);
    const settings = store.truncation();
    const drawn = sampling.stages(row, settings);
    const whole = sampling.stages(row, { ...settings, ...UNTRUNCATED });
    const truncated = settings.temperature !== 0 && drawn.kept < whole.kept;
    const under = moment.u === null ? undefined : sampling.chosen(row, drawn, moment.u);
    now = { moment, row, atOne, drawn, whole: whole.probabilities, truncated, settings, under };

    const heat = format.heat(settings.temperature);
    for (const node of inView()) drawBar(node, heat);
    if (row.folded) drawOthers(heat);
    line.draw(now, heat);
    said.draw(now);
    cutLegend.hidden = !truncated;
    if (!tip.hidden) fillSum();
    after(() => {
      host.dataset.temperature = String(settings.temperature);
      host.dataset.step = String(moment.number);
    });
  }

  function drawBar(node, heat) {
    const { bar, fill, ghost, label, group } = node;
    const { moment, row, atOne, drawn, whole, truncated, under } = now;
    if (node.labelled !== group) {
      const text = format.seen(group.symbol);
      const coded = characters.coded(text); // U+ stands over the number, which would be too wide beside it
      label.classList.toggle("coded", coded);
      label.replaceChildren(...(coded ? [text.slice(0, 2), text.slice(2)].map((part) => make("span", { text: part })) : [text]));
      outline(ghost, groups.mass(group, atOne));
      node.labelled = group;
    }
    const cut = truncated && group.places.every((place) => drawn.left[place] === 0);
    const has = (id) => group.places.some((place) => row.ids[place] === id);
    const aimed = under !== undefined && has(under);
    fill.style.height = height(groups.mass(group, cut ? whole : drawn.probabilities));
    fill.style.backgroundColor = heat;
    label.style.color = aimed ? heat : "";
    bar.className = `bar${group.special ? " special" : ""}${cut ? " cut" : ""}${moment.came && has(moment.came.id) ? " came" : ""}${aimed ? " under" : ""}`;
  }

  function drawOthers(heat) {
    const { row, drawn, whole, truncated, under } = now;
    const cut = truncated && drawn.kept <= row.ids.length;
    others.fill.style.height = height(groups.beyond(row, cut ? whole : drawn.probabilities));
    others.fill.style.backgroundColor = heat;
    others.bar.className = `bar others${cut ? " cut" : ""}${under === null && !drawn.even ? " under" : ""}`;
    others.bar.title = format.say("others_title", { ...groups.folded(row, drawn.probabilities), shown: row.ids.length.toLocaleString("en") });
    others.bar.setAttribute("aria-label", others.bar.title);
  }

  // The bars that can be seen. Thousands are not drawn for every step of the slider; scrolling brings them up.
  function inView() {
    if (nodes.length <= FEW) return nodes;
    const wide = nodes[1].bar.offsetLeft - nodes[0].bar.offsetLeft;
    const first = Math.floor(scroller.scrollLeft / wide);
    return nodes.slice(Math.max(0, first - 2), first + Math.ceil(scroller.clientWidth / wide) + 2);
  }
  scroller.addEventListener("scroll", () => { if (nodes.length > FEW) redraw(); }, { passive: true });

  // Runs once the browser has painted what was just drawn: a message is handled after the frame.
  const host = element.closest("#distribution") || element;
  const channel = new MessageChannel();
  let done = null;
  channel.port1.onmessage = () => { if (done) done(); done = null; };
  function after(callback) {
    done = callback;
    channel.port2.postMessage(null);
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
    const { group, bar } = explained;
    const { rows, remark } = sum(now, group);
    tip.replaceChildren(
      keep(make("strong", { text: format.called(group.symbol, group.special) })),
      make("table", {}, ...rows.map(([name, value]) =>
        make("tr", {}, keep(make("td", { text: name }), Boolean(group.first)), keep(make("td", { text: value }))))),
      ...(remark ? [make("p", { text: remark })] : []),
      ...(group.first ? [] : [make("p", { class: "hint", text: words.sum_write })]));
    const frame = element.getBoundingClientRect();
    const box = bar.getBoundingClientRect();
    const left = Math.min(Math.max(0, box.left - frame.left + box.width + 6), frame.width - tip.offsetWidth);
    tip.style.left = `${left}px`;
    tip.style.top = `${box.top - frame.top + 8}px`;
  }

  // One bar is a stop of the Tab key; the arrows go on from there.
  bars.addEventListener("keydown", (event) => {
    const at = nodes.findIndex(({ bar }) => bar === document.activeElement);
    const next = nodes[{ ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: nodes.length - 1 }[event.key]];
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
    line.name();
    for (const { bar, group } of nodes) {
      bar.setAttribute("aria-label", `${format.called(group.symbol, group.special)}, ${format.percent(groups.mass(group, now.drawn.probabilities))}`);
    }
  }

  const frame = eachFrame(draw);
  function redraw(all = false) {
    if (all) { fixed = null; drawGrid(); }
    frame();
    clearTimeout(resting);
    resting = setTimeout(nameBars, 300);
  }
  dom.onWidth(() => redraw()); // there may be more bars in view than were drawn
  store.subscribe((_, patch) => {
    if (["settings", "run", "cursor", "peek", "shown", "playing"].some((name) => name in patch)) redraw();
  });
  redraw(true);
}
