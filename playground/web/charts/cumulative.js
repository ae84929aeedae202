// The cumulative line: a segment for each symbol, likeliest first, as wide as its probability, and the dart where u fell.

import * as characters from "../core/characters.js";
import { make, keep } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/given.js";
import * as runs from "../core/runs.js";

const THIN = 0.0005; // narrower segments are drawn together
const LETTER = 0.018; // of the line, so wide is a letter

export function cumulative() {
  const rest = make("span", { class: "segment rest" }); // what is too thin to draw, and what is folded, all together
  const line = make("div", { class: "line", role: "img", "aria-label": words.line }, rest);
  const dart = make("div", { class: "dart" });
  const segments = [];

  // As many segments as are wide enough to be seen; those that are not needed now wait hidden.
  function fit(count) {
    while (segments.length < count) {
      const node = make("span", { class: "segment" });
      // The line has the colour of the temperature, and each segment but the first a veil over it, thicker down the ranks,
      // and from the second one thick enough for dark letters, at every temperature.
      node.style.setProperty("--fade", segments.length ? Math.min(0.75, 0.25 + 0.07 * segments.length) : 0);
      if (segments.length) node.classList.add("pale");
      line.append(node);
      segments.push({ node, shown: true });
    }
    segments.forEach((segment, i) => {
      if (segment.shown !== i < count) segment.node.hidden = segment.shown;
      segment.shown = i < count;
    });
  }

  function draw({ moment, row, drawn, under }, heat) {
    const { probabilities, even } = drawn;
    line.style.backgroundColor = heat;
    // The order of the draw: likeliest first, ties by id. At T = ∞ all that is kept ties.
    const places = Array.from({ length: row.ids.length }, (_, i) => i).filter((place) => probabilities[place] >= THIN);
    if (even) places.sort((a, b) => row.ids[a] - row.ids[b]);
    fit(places.length);
    let shown = 0;
    places.forEach((place, i) => {
      const { node } = segments[i];
      const width = probabilities[place];
      node.style.left = `${100 * shown}%`;
      node.style.width = `${100 * width}%`;
      const symbol = width > LETTER ? format.seen(moment.symbols[row.ids[place]]) : "";
      const text = width > LETTER * symbol.length ** 0.8 ? symbol : "";
      if (node.textContent !== text) node.textContent = text;
      node.classList.toggle("special", runs.isSpecial(moment.run, row.ids[place]));
      shown += width;
    });
    rest.style.left = `${100 * shown}%`;
    rest.textContent = row.folded && 1 - shown > LETTER ? "…" : "";
    dart.hidden = moment.u === null;
    if (dart.hidden) return;
    dart.style.setProperty("--at", moment.u);
    dart.classList.toggle("late", moment.u > (innerWidth < 760 ? 0.58 : 0.75)); // where its words would not fit
    const symbol = under === null ? format.unnamed(drawn) : format.seen(moment.symbols[under]);
    dart.textContent = format.say("dart", { u: moment.u.toFixed(4), symbol: characters.isolated(symbol) });
  }

  const name = () => line.setAttribute("aria-label", `${words.line}. ${dart.hidden ? "" : dart.textContent}`);
  return { parts: [keep(line), keep(dart)], draw, name };
}
