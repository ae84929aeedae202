// The Shapes tab: cards for what can be built from the same parts, and below them the open one with a live example. A
// section is a file in parts/shapes/ and an entry in the list here; types/shapes.d.ts describes it.

import { diagram } from "../charts/diagram.js";
import * as dial from "../core/dial.js";
import { eachFrame, keep, make } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import { readLink } from "../core/link.js";
import { setTemperature, state, subscribe, update } from "../core/store.js";
import { showMessage } from "../parts/message.js";
import { cost } from "../parts/shapes/costs.js";
import { gap } from "../parts/shapes/gap.js";
import { names } from "../parts/shapes/names.js";
import { one } from "../parts/shapes/one.js";
import { pairs } from "../parts/shapes/pairs.js";
import { review } from "../parts/shapes/review.js";
import { step } from "../parts/shapes/step.js";
import { translate } from "../parts/shapes/translation.js";
import { styleSheet } from "../parts/stylesheet.js";

// In the order of the cards.
/** @type {Shape[]} */
const SHAPES = [one, names, review, step, translate, gap, pairs, cost];
const ONE_LINE = ["names-one", "names-other", "translate-text", "translate-person", "gap-text", "gap-prompt"];
const FIRST = SHAPES[0].name; // opened if the URL names none

/** @typedef {{ shape: Shape, node: HTMLElement, card: HTMLElement, small: ReturnType<typeof diagram>, large: ReturnType<typeof diagram> | null, part: ShapePart | null, linked: Record<string, string | null> }} Section */

/** @param {GradioParts} gradio */
export async function mount({ element }) {
  await styleSheet("shapes");
  const link = readLink(location.search, ONE_LINE);
  const sections = SHAPES.map(makeSection);
  const openSection = () => /** @type {Section} */ (sections.find(({ shape }) => shape.name === openedName));
  const sectionForModel = () => (
    state.another ? SHAPES.find(({ task }) => task === state.another?.task)?.name : undefined);
  let openedName = sectionForModel() ?? (sections.some(({ shape }) => shape.name === link.get("shape")) ? String(link.get("shape")) : FIRST);
  /** @type {Section | null} */
  let shownSection = null; // the section being shown

  // ── The parts ────────────────────────────────────────────────────────────────────────────────────
  const rail = make("input", { type: "range", id: "shapes-temperature", min: 0, max: 1, step: 0.001, on: { input: () => setTemperature(dial.temperatureAt(Number(rail.value))) } });
  const value = keep(make("output", { for: "shapes-temperature" }));
  const temperaturePart = make("div", { class: "warmth" }, make("label", { for: "shapes-temperature", text: words.temperature }), rail, value);
  const title = make("h2");
  const point = make("p", { class: "point" });
  const overview = make("div", { class: "overview", role: "group", "aria-label": words.shapes_overview }, ...sections.map(({ card }) => card));
  // The head is sticky, so that the slider and its effect are visible together.
  const node = make("div", { class: "shapes" }, overview, make("div", { class: "opened-head" }, title, temperaturePart), point, ...sections.map((entry) => entry.node));
  element.replaceChildren(node);

  /** @param {Shape} shape @returns {Section} */
  function makeSection(shape) {
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
  /** @param {Section} entry */
  function build(entry) {
    const { shape, small } = entry;
    const flowing = make("div", { class: "flowing", tabindex: 0, role: "group", "aria-label": words.shapes_flow });
    const large = diagram(flowing, { title: shape.title, temperature: () => (shape.heated === false ? 1 : state.settings.temperature) });
    large.draw(shape.diagram);
    entry.large = large;
    const part = shape.build({
      link,
      say: (linked) => { entry.linked = { ...entry.linked, ...linked }; updateLink(); },
      draw(data, end = false) {
        large.draw(data);
        if (end) flowing.scrollLeft = flowing.scrollWidth;
      },
      flowing,
      flow: () => { large.flow(); small.flow(); },
    });
    entry.part = part;
    entry.node.replaceChildren(flowing, large.save, part.node); // in place of what an earlier try said
  }

  /** @param {string} name */
  function choose(name) {
    openedName = name;
    updateLink();
    showOpened();
  }

  // Whether the style sheets of a section have loaded. If not, the section says so.
  /** @param {Section} entry */
  async function loadStyles({ shape, card, node: section }) {
    try {
      await Promise.all((shape.styles ?? []).map(styleSheet));
      return true;
    } catch {
      const message = make("p", { class: "problem", role: "alert" });
      section.replaceChildren(message);
      showMessage(message, words.section_failed, () => { card.focus({ preventScroll: true }); showOpened(); });
      return false;
    }
  }

  // Shows the open section and notifies sections of being shown or hidden.
  async function showOpened() {
    const opened = openSection();
    for (const other of sections) {
      other.card.setAttribute("aria-expanded", String(other === opened));
      other.node.hidden = other !== opened;
    }
    temperaturePart.hidden = opened.shape.heated === false;
    title.replaceChildren(make("span", { text: opened.shape.title }));
    point.replaceChildren(make("span", { text: opened.shape.point }));
    const visibleSection = state.tab === "shapes" && state.opened ? opened : null;
    if (shownSection && shownSection !== visibleSection) {
      shownSection.part?.hide?.();
      shownSection = null;
    }
    if (visibleSection && !visibleSection.part) {
      const isLoaded = await loadStyles(visibleSection);
      if (isLoaded && !visibleSection.part) build(visibleSection); // two calls may have waited here
      if (!isLoaded) return;
      if (openSection() !== visibleSection || state.tab !== "shapes") return;
    }
    const hasChanged = visibleSection !== shownSection;
    shownSection = visibleSection;
    drawTemperature();
    if (hasChanged) visibleSection?.part?.show?.();
  }

  // Puts the open section's parameters into the URL, and none of the others'.
  function updateLink() {
    const others = Object.fromEntries(sections.flatMap(({ linked }) => Object.keys(linked)).map((name) => [name, null]));
    update({ linked: { ...state.linked, shapes: { ...others, shape: openedName === FIRST ? null : openedName, ...openSection().linked } } });
  }

  const drawTemperature = eachFrame(() => {
    const { temperature } = state.settings;
    dial.follow(rail, temperature);
    value.textContent = `T = ${format.number(temperature)}`;
    rail.setAttribute("aria-valuetext", value.textContent);
    const heat = format.heat(temperature);
    for (const one of [overview, temperaturePart, openSection().node]) one.style.setProperty("--heat", heat);
  });

  // ── Starting ─────────────────────────────────────────────────────────────────────────────────────
  subscribe((_, patch) => {
    if ("settings" in patch) drawTemperature();
    if ("another" in patch) choose(sectionForModel() ?? openedName);
    if ("tab" in patch || "opened" in patch) showOpened();
  });
  updateLink();
  await showOpened();
  openSection().card.scrollIntoView({ block: "nearest", inline: "nearest" });
}
