// The bars of a distribution, one per symbol: its probability, its probability at T = 1, and whether truncation removed
// it. The chart owns its host, knows no store, and computes only what it draws.
//
// While the temperature slider is dragged, it draws once per frame without any layout: the bars are buttons with a
// letter, and their fills are painted as a few shapes over all of them (fills.js). Names for screen readers follow when
// the slider rests.

import * as axis from "../core/axis.js";
import * as characters from "../core/characters.js";
import { atRest, keep, make, put, retext, write } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as groups from "../core/groups.js";
import { barsCsv } from "../core/csv.js";
import { expectedRange } from "../core/tally.js";
import { bending } from "./bend.js";
import { fills } from "./fills.js";
import { menu } from "./menu.js";
import { othersBar } from "./others.js";
import { barsSvg } from "./svg.js";
import { heat, onTheme } from "./theme.js";
import { tooltip } from "./tooltip.js";

const DRAW_ALL_UP_TO = 200; // of more bars, only those near the visible part are drawn
const IDLE = 300; // milliseconds without drawing, after which the names for screen readers are updated
const LONG_PRESS = 350; // milliseconds that a finger rests on a bar until its explanation is shown

/**
 * @typedef {{
 *   bar: HTMLButtonElement, label: HTMLElement, group: Group, labelled: Group | null, look: string, aim: string,
 * }} Bar
 */

/**
 * @param {HTMLElement} host
 * @param {{ pick?: (id: number) => void, first?: (chosen: boolean) => void, bend?: (id: number, number: number) => void, beginBend?: () => void, reset?: () => void }} [options]
 *   `pick` is called when a bar is clicked, `first` when the user switches to characters or tokens, before
 *   the bars are redrawn, `beginBend` before a bar is bent, `bend` when it gets a bias, `reset` to remove all biases
 */
export function bars(host, { pick, first, bend, beginBend = () => {}, reset } = {}) {
  /** @type {{ alphabet: boolean, log: boolean, first: boolean }} */
  const view = { alphabet: false, log: false, first: false };
  /** @type {Distribution | null} */
  let drawn = null; // the distribution on the screen
  /** @type {Bar[]} */
  const barNodes = [];

  const list = keep(make("div", { class: "bars", role: "group", "aria-label": words.bars }));
  const columns = fills(() => { outlinesStale = true; if (drawn) draw(drawn); });
  const scroller = make("div", { class: "scroller" }, make("div", { class: "field" }, columns.node, list));
  const grid = keep(make("div", { class: "grid", "aria-hidden": "true" }));
  const othersColumn = othersBar(() => { outlinesStale = true; if (drawn) draw(drawn); });
  const tooltipBox = tooltip(host, (bar) => barNodes.find((node) => node.bar === bar)?.group);
  host.classList.add("bar-chart");
  host.replaceChildren(grid, make("div", { class: "pair" }, scroller, othersColumn.bar), tooltipBox.node);
  const bender = bend && reset && bending(host, { bend, begin: beginBend, reset, shown: () => drawn, shareOf, heightOf: (/** @type {number} */ part) => axis.probabilityAt(part, view.log), hush: () => tooltipBox.hush() });

  // ── The legend ───────────────────────────────────────────────────────────────────────────────────
  const cutKey = make("span", { class: "key cut", text: words.legend_cut });
  const resetAll = make("button", { type: "button", class: "link reset", text: words.bend_reset_all, hidden: "", on: { click: () => reset?.() } });
  const byFirst = choice("first", [[false, words.unit_token], [true, words.unit_character]]);
  write(byFirst, "title", words.unit_title);
  const save = menu(words.save_bars, "bars", "distribution", () => drawn && { svg: barsSvg(drawn, order(drawn), view), csv: barsCsv(drawn) });
  const legend = make("div", { class: "legend" },
    make("span", { class: "key outline", text: words.legend_outline }), cutKey, resetAll, byFirst,
    choice("alphabet", [[false, words.order_likely], [true, words.order_id]]),
    choice("log", [[false, words.axis_linear], [true, words.axis_log]]), save);

  /** @param {"alphabet" | "log" | "first"} name @param {[boolean, string][]} options */
  function choice(name, options) {
    const buttons = options.map(([value, text]) => make("button", {
      text, "aria-pressed": view[name] === value,
      on: {
        click: () => {
          view[name] = value;
          buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(options[i][0] === value)));
          prepared = null;
          drawGrid();
          if (name === "first") first?.(value);
          if (drawn) draw(drawn);
          if (name === "alphabet") bringLikeliest();
        },
      },
    }));
    return make("div", { class: "choice", role: "group", "aria-label": words[name] }, ...buttons);
  }

  // ── What does not change while the slider moves: the bars in their order ─────────────────────────
  /** @type {{ logits: Logits, before: string, symbols: string[] } | null} */
  let prepared = null;

  /** @param {Distribution} shown */
  const order = (shown) => groups.groups(shown, { first: shown.unit === "token" && view.first, alphabet: view.alphabet });

  /** @param {Distribution} shown */
  function prepare(shown) {
    const { logits, before, symbols, unit, row } = shown;
    if (prepared && prepared.logits === logits && prepared.before === before && prepared.symbols === symbols) return;
    prepared = { logits, before, symbols };
    const tokens = unit === "token";
    put(byFirst, { hidden: !tokens });
    list.setAttribute("aria-label", tokens && !view.first ? words.bars_tokens : words.bars);
    host.classList.toggle("tokens", tokens && !view.first);
    put(othersColumn.bar, { hidden: !row.folded });
    const groupList = order(shown);
    fit(groupList.length);
    groupList.forEach((group, i) => { barNodes[i].group = group; });
    outlinesStale = true;
  }

  // Adds or removes bars, so that there is one per group. The others are reused.
  /** @param {number} count */
  function fit(count) {
    while (barNodes.length < count) barNodes.push(makeBar());
    for (const { bar } of barNodes.splice(count)) {
      tooltipBox.hush(bar);
      bar.remove();
    }
    if (barNodes.length && !barNodes.some(({ bar }) => bar.tabIndex === 0)) barNodes[0].bar.tabIndex = 0;
    columns.fit(count);
  }

  /** @returns {Bar} */
  function makeBar() {
    const label = make("span", { class: "label" });
    const bar = make("button", { class: "bar", tabindex: barNodes.length ? -1 : 0 }, make("span", { class: "column" }), label);
    const node = { bar, label, group: NOTHING, labelled: null, look: "bar", aim: "" };
    listen(node);
    bender?.attach(node);
    list.append(bar);
    return node;
  }

  // A bar is explained on hover, on keyboard focus, or on a long press; a click or a tap chooses it.
  /** @param {Bar} node */
  function listen(node) {
    const { bar } = node;
    let pressTimer = 0;
    let isHeld = false;
    const explain = () => { if (drawn) tooltipBox.explain(bar, drawn); };
    const cancelPress = () => clearTimeout(pressTimer);
    bar.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") explain(); });
    bar.addEventListener("pointerleave", () => { cancelPress(); tooltipBox.hush(); });
    bar.addEventListener("pointerdown", (event) => {
      isHeld = false;
      if (event.pointerType !== "mouse") pressTimer = setTimeout(() => { isHeld = true; explain(); }, LONG_PRESS);
    });
    bar.addEventListener("pointerup", () => {
      cancelPress();
      if (isHeld) bender?.open(node);
    });
    bar.addEventListener("pointercancel", cancelPress);
    bar.addEventListener("contextmenu", (event) => { if (isHeld) event.preventDefault(); });
    bar.addEventListener("focus", () => { if (bar.matches(":focus-visible")) explain(); });
    bar.addEventListener("blur", () => tooltipBox.hush());
    bar.addEventListener("click", ({ detail }) => {
      const endsPress = detail > 0 && (isHeld || bender?.wasDragged()); // a key's click has no press
      if (endsPress || !drawn) return;
      tooltipBox.hush();
      pick?.(drawn.row.ids[node.group.places[0]]);
    });
  }

  // All bars share one Tab stop; the arrow keys move between them.
  list.addEventListener("keydown", (event) => {
    const index = barNodes.findIndex(({ bar }) => bar === document.activeElement);
    const target = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: barNodes.length - 1 }[event.key];
    const next = target === undefined ? undefined : barNodes[target];
    if (!next) return;
    event.preventDefault();
    barNodes[index].bar.tabIndex = -1;
    next.bar.tabIndex = 0;
    next.bar.focus();
  });

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  /** @param {number} p */
  const share = (p) => axis.shareOf(p, view.log);
  // A bar that truncation removed keeps its height without truncation.
  /** @param {Group} group @param {Distribution} shown */
  const isCut = ({ places }, { truncated, drawn }) => truncated && places.every((place) => drawn.left[place] === 0);
  /** @param {Group} group */
  function shareOf(group) {
    return drawn ? share(groups.mass(group, isCut(group, drawn) ? drawn.whole : drawn.drawn.probabilities)) : 0;
  }

  function drawGrid() {
    grid.replaceChildren(...axis.marks(view.log).map(([at, text]) => make("span", { style: `bottom: ${100 * at}%`, text })));
  }

  /** @type {{ counts: Float64Array, n: number } | null} */
  let lastTally = null; // how often each entry was drawn, out of n draws
  let outlinesStale = true; // whether the outlines for T = 1 must be redrawn
  /**
   * Draws a distribution. In a `hurry`, the letter under the dart keeps its colour: changing it would repaint all letters.
   * @param {Distribution} shown @param {{ hurry?: boolean, tally?: typeof lastTally }} [options] `tally` is kept until another one is given
   */
  function draw(shown, { hurry = false, tally = lastTally } = {}) {
    lastTally = tally;
    prepare(shown);
    drawn = shown;
    const colour = heat(shown.settings.temperature);
    const [from, to] = visibleRange();
    columns.draw(barNodes.slice(from, to).map((node, i) => drawBar(node, from + i, shown, colour, hurry)), colour);
    if (outlinesStale) columns.outline(barNodes.slice(from, to).map(({ group }, i) => [from + i, share(groups.mass(group, shown.atOne))]));
    columns.tally(tally ? barNodes.slice(from, to).map(({ group }, i) => tallyOf(group, from + i, shown, tally)) : []);
    if (shown.row.folded) othersColumn.draw(shown, share, colour, outlinesStale);
    outlinesStale = false;
    put(cutKey, { hidden: !shown.truncated });
    tooltipBox.follow(shown);
    bender?.fill();
    put(resetAll, { hidden: shown.row.bent === shown.row.ranked });
    nameWhenIdle();
  }

  // Draws the button of a bar; returns its fill.
  /** @param {Bar} node @param {number} column @param {Distribution} shown @param {string} colour @param {boolean} hurry */
  function drawBar(node, column, shown, colour, hurry) {
    const { row, under, came } = shown;
    const { bar, label, group } = node;
    if (node.labelled !== group) {
      const text = format.seen(group.symbol);
      const coded = characters.isCodePoint(text); // U+ is put above the number: side by side they would be too wide
      label.classList.toggle("coded", coded);
      if (coded) label.replaceChildren(...[text.slice(0, 2), text.slice(2)].map((part) => make("span", { text: part })));
      else retext(label, text);
      bar.removeAttribute("aria-label"); // named by its letter until the chart is idle
      node.labelled = group;
    }
    const cut = isCut(group, shown);
    const includes = (/** @type {number | null | undefined} */ id) => (
      group.places.some((place) => row.ids[place] === id));
    const isAimed = includes(under);
    const aimColour = !isAimed ? "" : hurry && node.aim ? node.aim : colour;
    if (node.aim !== aimColour) label.style.color = node.aim = aimColour;
    const bent = row.bent === row.ranked ? "" : groups.bendOf(row, group);
    if ((bar.dataset.bias ?? "") !== bent) bar.dataset.bias = bent;
    const className = `bar${bent ? " bent" : ""}${group.special ? " special" : ""}${cut ? " cut" : ""}${came && includes(came.id) ? " came" : ""}${isAimed ? " under" : ""}`;
    if (node.look !== className) bar.className = node.look = className;
    return { column, share: shareOf(group), cut, aimed: isAimed };
  }

  // The share of the draws in a column, and the range in which it is expected.
  /** @type {(group: Group, column: number, shown: Distribution, tally: { counts: Float64Array, n: number }) => import("./fills.js").Tally} */
  const tallyOf = (group, column, shown, { counts, n }) =>
    ({ column, expected: expectedRange(groups.mass(group, shown.drawn.probabilities), n).map(share), share: share(groups.mass(group, counts) / n) });

  // The range of bars to draw: all or, of many, the visible ones and as many again on both sides, so that scrolling
  // does not uncover bars that are not drawn.
  const scrolled = { left: 0, wide: 0 };
  /** @returns {[number, number]} */
  function visibleRange() {
    if (barNodes.length <= DRAW_ALL_UP_TO) return [0, barNodes.length];
    const { left, wide } = scrolled;
    const pitch = columns.pitch() || 1;
    return [Math.max(0, Math.floor((left - wide) / pitch)), Math.ceil((left + 2 * wide) / pitch)];
  }

  // The scroll position is stored, because reading it forces a layout.
  function updateView() {
    Object.assign(scrolled, { left: scroller.scrollLeft, wide: scroller.clientWidth });
    outlinesStale = true;
    if (drawn) draw(drawn);
  }
  scroller.addEventListener("scroll", updateView, { passive: true });
  new ResizeObserver(updateView).observe(scroller);

  // In alphabetical order the likeliest bar may be anywhere: at each new place in the text, it is scrolled into view.
  /** @type {Logits | null} */
  let centredLogits = null;
  function bringLikeliest() {
    if (!drawn) return;
    centredLogits = drawn.logits;
    const [top] = drawn.row.order;
    const node = view.alphabet && barNodes.find(({ group }) => group.places.includes(top));
    const left = node ? node.bar.offsetLeft - list.offsetLeft : 0;
    const isVisible = node && left >= scroller.scrollLeft && left + node.bar.offsetWidth <= scroller.scrollLeft + scroller.clientWidth;
    if (!isVisible) scroller.scrollLeft = node ? left - scroller.clientWidth / 3 : 0;
  }

  const nameWhenIdle = atRest(nameBars, IDLE);
  function nameBars() {
    if (!drawn) return;
    if (view.alphabet && centredLogits !== drawn.logits) bringLikeliest();
    for (const { bar, group, labelled } of barNodes) {
      if (labelled !== group) continue; // not visible: it still has the letter of an earlier group
      const name = `${format.called(group.symbol, group.special)}, ${format.percent(groups.mass(group, drawn.drawn.probabilities))}`;
      const bent = groups.bendOf(drawn.row, group);
      bar.setAttribute("aria-label", bent ? `${name}, ${bent === groups.BANNED ? words.banned : format.say("biased", { bias: bent })}` : name);
    }
  }

  onTheme(() => { if (drawn) draw(drawn); });
  drawGrid();
  // A caller without room for the legend can place the menu elsewhere.
  return { draw, legend, save };
}

/** @type {Group} */
const NOTHING = { symbol: "", places: [], special: false };
