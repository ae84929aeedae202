// The bars of a distribution, one a symbol: how high its probability is, how high it was at T = 1, and what truncation
// removed. It owns its host, knows no store, and computes nothing but what it draws.
//
// A drag of the temperature draws it once a frame. Then nothing is laid out: the bars are buttons with a letter, and what
// stands in them is painted as a few shapes over all of them (fills.js). Names for screen readers follow when the hand rests.

import * as axis from "../core/axis.js";
import * as characters from "../core/characters.js";
import { atRest, keep, make, write } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as groups from "../core/groups.js";
import { barsCsv } from "../core/csv.js";
import { band } from "../core/tally.js";
import { bending } from "./bend.js";
import { fills } from "./fills.js";
import { menu } from "./menu.js";
import { othersBar } from "./others.js";
import { barsSvg } from "./svg.js";
import { heat, onTheme } from "./theme.js";
import { tooltip } from "./tooltip.js";

const FEW = 200; // so many bars are all drawn; of more, those near what is in view
const REST = 300; // milliseconds without a drawing: names for screen readers follow then, and a drag does not pay for them
const HOLD = 350; // milliseconds that a finger stays on a bar to have it explained

/**
 * @typedef {{
 *   bar: HTMLButtonElement, label: HTMLElement, group: Group, labelled: Group | null, look: string, aim: string,
 * }} Bar
 */

/**
 * @param {HTMLElement} host
 * @param {{ pick?: (id: number) => void, first?: (chosen: boolean) => void, bend?: (id: number, number: number) => void, reset?: () => void }} [options]
 *   `pick` hears of a bar that is clicked, `first` that characters or tokens were chosen, before that is drawn, `bend` of a bias that one is given, and `reset` takes all of them back
 */
export function bars(host, { pick, first, bend, reset } = {}) {
  /** @type {{ alphabet: boolean, log: boolean, first: boolean }} */
  const view = { alphabet: false, log: false, first: false };
  /** @type {Distribution | null} */
  let now = null; // what is on the screen
  /** @type {Bar[]} */
  const nodes = [];

  const list = keep(make("div", { class: "bars", role: "group", "aria-label": words.bars }));
  const columns = fills(() => { stale = true; if (now) draw(now); });
  const scroller = make("div", { class: "scroller" }, make("div", { class: "field" }, columns.node, list));
  const grid = keep(make("div", { class: "grid", "aria-hidden": "true" }));
  const others = othersBar(() => { stale = true; if (now) draw(now); });
  const tip = tooltip(host);
  host.classList.add("bar-chart");
  host.replaceChildren(grid, make("div", { class: "pair" }, scroller, others.bar), tip.node);
  const bender = bend && reset && bending(host, { bend, reset, shown: () => now, shareOf, heightOf: (/** @type {number} */ part) => axis.probabilityAt(part, view.log), hush: () => tip.hush() });

  // ── The legend ───────────────────────────────────────────────────────────────────────────────────
  const cutKey = make("span", { class: "key cut", text: words.legend_cut });
  const resetAll = make("button", { type: "button", class: "link reset", text: words.bend_reset_all, hidden: "", on: { click: () => reset?.() } });
  const byFirst = choice("first", [[false, words.unit_token], [true, words.unit_character]]);
  write(byFirst, "title", words.unit_title);
  const legend = make("div", { class: "legend" },
    make("span", { class: "key outline", text: words.legend_outline }), cutKey, resetAll, byFirst,
    choice("alphabet", [[false, words.order_likely], [true, words.order_id]]),
    choice("log", [[false, words.axis_linear], [true, words.axis_log]]),
    menu(words.save_bars, "bars", "distribution", () => now && { svg: barsSvg(now, order(now), view), csv: barsCsv(now) }));

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
          if (now) draw(now);
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
    byFirst.hidden = !tokens;
    list.setAttribute("aria-label", tokens && !view.first ? words.bars_tokens : words.bars);
    host.classList.toggle("tokens", tokens && !view.first);
    others.bar.hidden = !row.folded;
    const all = order(shown);
    fit(all.length);
    all.forEach((group, i) => { nodes[i].group = group; });
    stale = true;
  }

  // As many bars as there are groups; kept from one place to the next.
  /** @param {number} count */
  function fit(count) {
    while (nodes.length < count) nodes.push(makeBar());
    for (const { bar } of nodes.splice(count)) {
      tip.hush(bar);
      bar.remove();
    }
    if (nodes.length && !nodes.some(({ bar }) => bar.tabIndex === 0)) nodes[0].bar.tabIndex = 0;
    columns.fit(count);
  }

  /** @returns {Bar} */
  function makeBar() {
    const label = make("span", { class: "label" });
    const bar = make("button", { class: "bar", tabindex: nodes.length ? -1 : 0 }, make("span", { class: "column" }), label);
    const node = { bar, label, group: NOTHING, labelled: null, look: "bar", aim: "" };
    listen(node);
    bender?.attach(node);
    list.append(bar);
    return node;
  }

  // A mouse explains by pointing, the keyboard by coming to the bar, a finger by staying on it; a click or a tap chooses.
  /** @param {Bar} node */
  function listen(node) {
    const { bar } = node;
    let holding = 0;
    let held = false;
    const explain = () => { if (now) tip.explain(bar, node.group, now); };
    const letGo = () => clearTimeout(holding);
    bar.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") explain(); });
    bar.addEventListener("pointerleave", () => { letGo(); tip.hush(); });
    bar.addEventListener("pointerdown", (event) => {
      held = false;
      if (event.pointerType !== "mouse") holding = setTimeout(() => { held = true; explain(); }, HOLD);
    });
    bar.addEventListener("pointerup", () => {
      letGo();
      if (held) bender?.open(node);
    });
    bar.addEventListener("pointercancel", letGo);
    bar.addEventListener("contextmenu", (event) => { if (held) event.preventDefault(); });
    bar.addEventListener("focus", () => { if (bar.matches(":focus-visible")) explain(); });
    bar.addEventListener("blur", () => tip.hush());
    bar.addEventListener("click", () => {
      if (held || !now || bender?.wasDragged()) return;
      tip.hush();
      pick?.(now.row.ids[node.group.places[0]]);
    });
  }

  // One bar is a stop of the Tab key; the arrows go on from there.
  list.addEventListener("keydown", (event) => {
    const at = nodes.findIndex(({ bar }) => bar === document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: nodes.length - 1 }[event.key];
    const next = to === undefined ? undefined : nodes[to];
    if (!next) return;
    event.preventDefault();
    nodes[at].bar.tabIndex = -1;
    next.bar.tabIndex = 0;
    next.bar.focus();
  });

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────
  /** @param {number} p */
  const share = (p) => axis.shareOf(p, view.log);
  // What truncation removed is as high as it was before.
  /** @param {Group} group @param {Distribution} shown */
  const isCut = ({ places }, { truncated, drawn }) => truncated && places.every((place) => drawn.left[place] === 0);
  /** @param {Group} group */
  function shareOf(group) {
    return now ? share(groups.mass(group, isCut(group, now) ? now.whole : now.drawn.probabilities)) : 0;
  }

  function drawGrid() {
    grid.replaceChildren(...axis.marks(view.log).map(([at, text]) => make("span", { style: `bottom: ${100 * at}%`, text })));
  }

  /** @type {{ counts: Float64Array, n: number } | null} */
  let counted = null; // of n draws, how often each entry came
  let stale = true; // whether the outlines of T = 1 are to be drawn too
  /**
   * Draws a distribution. In a hurry the letter under the dart keeps its colour: another one would paint all letters anew.
   * @param {Distribution} shown @param {{ hurry?: boolean, tally?: typeof counted }} [how] `tally` stays until another one is given
   */
  function draw(shown, { hurry = false, tally = counted } = {}) {
    counted = tally;
    prepare(shown);
    now = shown;
    const colour = heat(shown.settings.temperature);
    const [from, to] = near();
    columns.draw(nodes.slice(from, to).map((node, i) => drawBar(node, from + i, shown, colour, hurry)), colour);
    if (stale) columns.outline(nodes.slice(from, to).map(({ group }, i) => [from + i, share(groups.mass(group, shown.atOne))]));
    columns.tally(tally ? nodes.slice(from, to).map(({ group }, i) => tallyOf(group, from + i, shown, tally)) : []);
    if (shown.row.folded) others.draw(shown, share, colour, stale);
    stale = false;
    if (cutKey.hidden === shown.truncated) cutKey.hidden = !shown.truncated;
    tip.follow(shown);
    bender?.fill();
    const bent = shown.row.bent !== shown.row.ranked;
    if (resetAll.hidden === bent) resetAll.hidden = !bent;
    rests();
  }

  // Draws the button of a bar, and gives what stands in its column.
  /** @param {Bar} node @param {number} column @param {Distribution} shown @param {string} colour @param {boolean} hurry */
  function drawBar(node, column, shown, colour, hurry) {
    const { row, under, came } = shown;
    const { bar, label, group } = node;
    if (node.labelled !== group) {
      const text = format.seen(group.symbol);
      const coded = characters.coded(text); // U+ stands over the number, which would be too wide beside it
      label.classList.toggle("coded", coded);
      label.replaceChildren(...(coded ? [text.slice(0, 2), text.slice(2)].map((part) => make("span", { text: part })) : [text]));
      bar.removeAttribute("aria-label"); // its letter is its name until all rest
      node.labelled = group;
    }
    const cut = isCut(group, shown);
    const has = (/** @type {number | null | undefined} */ id) => group.places.some((place) => row.ids[place] === id);
    const aimed = has(under);
    const aim = !aimed ? "" : hurry && node.aim ? node.aim : colour;
    if (node.aim !== aim) label.style.color = node.aim = aim;
    const bent = row.bent === row.ranked ? "" : groups.bendOf(row, group);
    if ((bar.dataset.bias ?? "") !== bent) bar.dataset.bias = bent;
    const look = `bar${bent ? " bent" : ""}${group.special ? " special" : ""}${cut ? " cut" : ""}${came && has(came.id) ? " came" : ""}${aimed ? " under" : ""}`;
    if (node.look !== look) bar.className = node.look = look;
    return { column, share: shareOf(group), cut, aimed };
  }

  // How high the share of the draws stands in a column, and the band of what is expected.
  /** @type {(group: Group, column: number, shown: Distribution, tally: { counts: Float64Array, n: number }) => import("./fills.js").Tally} */
  const tallyOf = (group, column, shown, { counts, n }) =>
    ({ column, expected: band(groups.mass(group, shown.drawn.probabilities), n).map(share), share: share(groups.mass(group, counts) / n) });

  // The bars to draw: all, or of many, those in view and as many again on both sides, so that scrolling uncovers none that is not drawn.
  const inSight = { left: 0, wide: 0 };
  /** @returns {[number, number]} */
  function near() {
    if (nodes.length <= FEW) return [0, nodes.length];
    const { left, wide } = inSight;
    const pitch = columns.pitch() || 1;
    return [Math.max(0, Math.floor((left - wide) / pitch)), Math.ceil((left + 2 * wide) / pitch)];
  }

  // Where it is scrolled to is kept, because asking for it lays the page out.
  function look() {
    Object.assign(inSight, { left: scroller.scrollLeft, wide: scroller.clientWidth });
    stale = true;
    if (now) draw(now);
  }
  scroller.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(scroller);

  // In the order of the alphabet, the likeliest may be anywhere: the view begins where the mass is, at each place anew.
  /** @type {Logits | null} */
  let brought = null;
  function bringLikeliest() {
    if (!now) return;
    brought = now.logits;
    const [top] = now.row.order;
    const node = view.alphabet && nodes.find(({ group }) => group.places.includes(top));
    const left = node ? node.bar.offsetLeft - list.offsetLeft : 0;
    const within = node && left >= scroller.scrollLeft && left + node.bar.offsetWidth <= scroller.scrollLeft + scroller.clientWidth;
    if (!within) scroller.scrollLeft = node ? left - scroller.clientWidth / 3 : 0;
  }

  const rests = atRest(nameBars, REST);
  function nameBars() {
    if (!now) return;
    if (view.alphabet && brought !== now.logits) bringLikeliest();
    for (const { bar, group, labelled } of nodes) {
      if (labelled !== group) continue; // out of sight: it has the letter of an earlier one
      const name = `${format.called(group.symbol, group.special)}, ${format.percent(groups.mass(group, now.drawn.probabilities))}`;
      const bent = groups.bendOf(now.row, group);
      bar.setAttribute("aria-label", bent ? `${name}, ${bent === groups.BANNED ? words.banned : format.say("biased", { bias: bent })}` : name);
    }
  }

  onTheme(() => { if (now) draw(now); });
  drawGrid();
  return { draw, legend };
}

/** @type {Group} */
const NOTHING = { symbol: "", places: [], special: false };
