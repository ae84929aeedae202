// The Shapes tab: an overview of what can be built of the same parts, a card each, and under it the one that is open, with a live
// example. A section is a file in parts/shapes/ and a line in the list here; types/shapes.d.ts says what it has.

import { diagram } from "../charts/diagram.js";
import { eachFrame, keep, make, styleSheet } from "../core/dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as sampling from "../core/sampling.js";
import { setTemperature, state, subscribe, update } from "../core/store.js";
import { cost } from "../parts/shapes/costs.js";
import { gap } from "../parts/shapes/gap.js";
import { names } from "../parts/shapes/names.js";
import { one } from "../parts/shapes/one.js";
import { pairs } from "../parts/shapes/pairs.js";
import { review } from "../parts/shapes/review.js";
import { step } from "../parts/shapes/step.js";
import { translate } from "../parts/shapes/translation.js";

// In the order of the cards.
/** @type {Shape[]} */
const SHAPES = [one, names, review, step, translate, gap, pairs, cost];
const FIRST = SHAPES[0].name; // the one that an address without a shape opens

/** @typedef {{ shape: Shape, node: HTMLElement, card: HTMLElement, small: ReturnType<typeof diagram>, large: ReturnType<typeof diagram> | null, part: ShapePart | null, linked: Record<string, string | null> }} Section */

/** @param {GradioParts} gradio */
export async function mount({ element }) {
  await styleSheet("shapes");
  const link = new URLSearchParams(location.search);
  const sections = SHAPES.map(section);
  const open = () => /** @type {Section} */ (sections.find(({ shape }) => shape.name === opened));
  const sectionFor = () => (state.another ? SHAPES.find(({ task }) => task === state.another?.task)?.name : undefined);
  let opened = sectionFor() ?? (sections.some(({ shape }) => shape.name === link.get("shape")) ? String(link.get("shape")) : FIRST);
  /** @type {Section | null} */
  let looked = null; // the section that is looked at

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const rail = make("input", { type: "range", id: "shapes-temperature", min: 0, max: 1, step: 0.001, on: { input: () => setTemperature(sampling.temperatureAt(Number(rail.value))) } });
  const value = keep(make("output", { for: "shapes-temperature" }));
  const warmth = make("div", { class: "warmth" }, make("label", { for: "shapes-temperature", text: words.temperature }), rail, value);
  const title = make("h2");
  const point = make("p", { class: "point" });
  const overview = make("div", { class: "overview", role: "group", "aria-label": words.shapes_overview }, ...sections.map(({ card }) => card));
  // The head stays in sight while a section scrolls: what the slider does is seen under the hand.
  const node = make("div", { class: "shapes" }, overview, make("div", { class: "opened-head" }, title, warmth), point, ...sections.map((one) => one.node));
  element.replaceChildren(node);

  /** @param {Shape} shape @returns {Section} */
  function section(shape) {
    const picture = make("span", { class: "picture" });
    const card = make("button", {
      class: "shape-card", "aria-expanded": "false", "aria-controls": `shape-${shape.name}`, "data-shape": shape.name,
      on: { click: () => choose(shape.name) },
    }, picture, make("b", { text: shape.title }), make("span", { class: "kind", text: shape.kind }));
    const small = diagram(picture, { size: "small", silent: true });
    small.draw(shape.diagram);
    return { shape, card, small, large: null, part: null, linked: {}, node: make("section", { class: "open", id: `shape-${shape.name}`, "aria-label": shape.title, hidden: "" }) };
  }

  // Builds a section when it is first opened.
  /** @param {Section} one */
  function build(one) {
    const { shape, small } = one;
    const flowing = make("div", { class: "flowing", tabindex: 0, role: "group", "aria-label": words.shapes_flow });
    const large = diagram(flowing);
    large.draw(shape.diagram);
    one.large = large;
    const part = shape.build({
      link,
      say: (linked) => { one.linked = { ...one.linked, ...linked }; say(); },
      draw(data, end = false) {
        large.draw(data);
        if (end) flowing.scrollLeft = flowing.scrollWidth;
      },
      flow: () => { large.flow(); small.flow(); },
    });
    one.part = part;
    one.node.append(flowing, part.node);
  }

  /** @param {string} name */
  function choose(name) {
    opened = name;
    say();
    look();
  }

  // Shows what is open, and tells it whether it is looked at.
  async function look() {
    const one = open();
    for (const other of sections) {
      other.card.setAttribute("aria-expanded", String(other === one));
      other.node.hidden = other !== one;
    }
    warmth.hidden = one.shape.heated === false;
    title.replaceChildren(make("span", { text: one.shape.title }));
    point.replaceChildren(make("span", { text: one.shape.point }));
    const here = state.tab === "shapes" && state.opened ? one : null;
    if (looked && looked !== here) looked.part?.hide?.();
    if (here && !here.part) {
      await Promise.all((here.shape.styles ?? []).map(styleSheet));
      if (!here.part) build(here); // two looks may have waited
      if (open() !== here || state.tab !== "shapes") return;
    }
    const begins = here !== looked;
    looked = here;
    warm();
    if (begins) here?.part?.show?.();
  }

  // The address says what is open, and what that says of itself; nothing of the others.
  function say() {
    const others = Object.fromEntries(sections.flatMap(({ linked }) => Object.keys(linked)).map((name) => [name, null]));
    update({ linked: { ...state.linked, shapes: { ...others, shape: opened === FIRST ? null : opened, ...open().linked } } });
  }

  const warm = eachFrame(() => {
    const { temperature } = state.settings;
    const position = sampling.positionOf(temperature);
    if (Math.abs(Number(rail.value) - position) > 0.001) rail.value = String(position);
    value.textContent = `T = ${format.number(temperature)}`;
    rail.setAttribute("aria-valuetext", value.textContent);
    const heat = format.heat(temperature);
    for (const one of [overview, warmth, open().node]) one.style.setProperty("--heat", heat);
  });

  // ── Starting ─────────────────────────────────────────────────────────────────────────────────────
  subscribe((_, patch) => {
    if ("settings" in patch) warm();
    if ("another" in patch) choose(sectionFor() ?? opened);
    if ("tab" in patch || "opened" in patch) look();
  });
  say();
  await look();
  open().card.scrollIntoView({ block: "nearest", inline: "nearest" });
}
