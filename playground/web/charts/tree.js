// The branches of a search: tree(host).draw({ nodes, depth }). Those that were kept are drawn in full, those that were dropped dashed,
// the best text's way bold; `depth` is how far the search has come. A node that is pointed at, by hand or with the arrow keys, is told in words; one that is chosen is reported.
// It owns its host and knows no store.

import { treeCsv } from "../core/csv.js";
import { keep, make, shape } from "../core/dom.js";
import { words } from "../core/i18n.js";
import { layTree, stepped } from "../core/tree.js";
import { menu } from "./menu.js";
import { ACROSS, branches, DOWN, LEFT, textAt, treeSvg } from "./treesvg.js";

/**
 * @param {HTMLElement} host
 * @param {{ title: string, tell: (node: number) => string, go?: (node: number) => void }} options
 *   `tell` says a node in words, `go` hears of one that is chosen
 */
export function tree(host, { title, tell, go }) {
  /** @type {TreeData} */
  let data = { nodes: [], depth: 0 };
  let { laid, rows, depth } = layTree([]);
  let pointed = -1;
  const svg = shape("svg", { tabindex: 0, role: "slider", "aria-label": title, "aria-valuemin": 1 });
  const dropped = shape("path", { class: "dropped" });
  const kept = shape("path", { class: "kept" });
  const best = shape("path", { class: "best" });
  const names = shape("g", { class: "names" });
  const mark = shape("circle", { class: "mark", r: 6 });
  svg.append(dropped, kept, best, names, mark);
  const told = keep(make("div", { class: "told", role: "status" }));
  const save = menu(words.save_chart, "segments", "tree", () => ({ svg: treeSvg(data, title), csv: treeCsv(data.nodes) }));
  host.classList.add("tree");
  host.replaceChildren(make("div", { class: "legend" }, save), keep(make("div", { class: "scroller" }, svg)), told);

  /** @param {number} i */
  const x = (i) => LEFT + laid[i].depth * ACROSS;
  /** @param {number} i */
  const y = (i) => (laid[i].row + 0.5) * DOWN;

  /** @param {TreeData} given */
  function draw(given) {
    data = given;
    ({ laid, rows, depth } = layTree(data.nodes, data.depth));
    const shown = laid.map((_, i) => i).filter((i) => laid[i].depth <= data.depth);
    kept.setAttribute("d", branches(laid, shown.filter((i) => laid[i].kept)));
    dropped.setAttribute("d", branches(laid, shown.filter((i) => !laid[i].kept)));
    best.setAttribute("d", branches(laid, shown.filter((i) => laid[i].best)));
    names.replaceChildren(...shown.map((i) => {
      const node = shape("text", { x: textAt(laid[i].depth), y: y(i) - 7, class: laid[i].best ? "best" : laid[i].kept ? "kept" : "dropped" });
      node.textContent = laid[i].text;
      return node;
    }));
    svg.setAttribute("width", String(LEFT + (depth + 1) * ACROSS));
    svg.setAttribute("height", String(rows * DOWN));
    svg.setAttribute("aria-valuemax", String(Math.max(1, laid.length)));
    point(laid[pointed]?.depth <= data.depth ? pointed : -1);
  }

  /** @param {number} i a node, or −1 */
  function point(i) {
    pointed = i;
    mark.setAttribute("visibility", i < 0 ? "hidden" : "visible");
    told.textContent = i < 0 ? "" : tell(i);
    svg.setAttribute("aria-valuenow", String(i + 1));
    svg.setAttribute("aria-valuetext", told.textContent);
    if (i < 0) return;
    mark.setAttribute("cx", String(x(i)));
    mark.setAttribute("cy", String(y(i)));
  }

  // The nearest node of those that a point is on the line to: a node's letter stands at the beginning of its line.
  /** @param {Event} event */
  function under(event) {
    const { clientX, clientY } = /** @type {PointerEvent} */ (event);
    const { left, top } = svg.getBoundingClientRect();
    const at = Math.max(0, Math.ceil((clientX - left - LEFT) / ACROSS - 0.1));
    const beside = laid.map((_, i) => i).filter((i) => laid[i].depth === at && at <= data.depth);
    const far = (/** @type {number} */ i) => Math.abs(y(i) - (clientY - top));
    return beside.reduce((best, i) => (best < 0 || far(i) < far(best) ? i : best), -1);
  }
  svg.addEventListener("pointermove", (event) => point(under(event)));
  svg.addEventListener("pointerleave", () => point(-1));
  svg.addEventListener("blur", () => point(-1));
  svg.addEventListener("click", (event) => { if (under(event) >= 0) go?.(under(event)); });
  svg.addEventListener("keydown", (event) => {
    const { key } = /** @type {KeyboardEvent} */ (event);
    const known = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home"].includes(key);
    if (key === "Enter" && pointed >= 0) go?.(pointed);
    else if (!known) return;
    else point(stepped(key, pointed, laid, data.depth) ?? pointed);
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
  });

  return { draw };
}
