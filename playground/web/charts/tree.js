// The branches of a search: tree(host).draw({ nodes, depth }). Kept branches are solid, dropped ones dashed, the best
// text's path bold; `depth` is how far the search has come. A node that is pointed at, by pointer or arrow keys, is
// described in words; a chosen one is reported. It owns its host and knows no store.

import { treeCsv } from "../core/csv.js";
import { keep, make, shape } from "../dom.js";
import { words } from "../core/i18n.js";
import { layTree, nextNode } from "../core/tree.js";
import { menu } from "./menu.js";
import { ACROSS, branchPaths, DOWN, LEFT, textX, treeSvg } from "./treesvg.js";

/**
 * @param {HTMLElement} host
 * @param {{ title: string, tell: (node: number) => string, go?: (node: number) => void }} options
 *   `tell` describes a node in words, `go` is called with a chosen one
 */
export function tree(host, { title, tell, go }) {
  /** @type {TreeData} */
  let data = { nodes: [], depth: 0 };
  let { laid, rows, depth } = layTree([]);
  let selected = -1;
  const svg = shape("svg", { tabindex: 0, role: "slider", "aria-label": title, "aria-valuemin": 1 });
  const dropped = shape("path", { class: "dropped" });
  const kept = shape("path", { class: "kept" });
  const best = shape("path", { class: "best" });
  const names = shape("g", { class: "names" });
  const mark = shape("circle", { class: "mark", r: 6 });
  svg.append(dropped, kept, best, names, mark);
  const status = keep(make("div", { class: "told", role: "status" }));
  const save = menu(words.save_chart, "segments", "tree", () => ({ svg: treeSvg(data, title), csv: treeCsv(data.nodes) }));
  host.classList.add("tree");
  host.replaceChildren(make("div", { class: "legend" }, save), keep(make("div", { class: "scroller" }, svg)), status);

  /** @param {number} i */
  const x = (i) => LEFT + laid[i].depth * ACROSS;
  /** @param {number} i */
  const y = (i) => (laid[i].row + 0.5) * DOWN;

  /** @param {TreeData} newData */
  function draw(newData) {
    data = newData;
    ({ laid, rows, depth } = layTree(data.nodes, data.depth));
    const visible = laid.map((_, i) => i).filter((i) => laid[i].depth <= data.depth);
    kept.setAttribute("d", branchPaths(laid, visible.filter((i) => laid[i].kept)));
    dropped.setAttribute("d", branchPaths(laid, visible.filter((i) => !laid[i].kept)));
    best.setAttribute("d", branchPaths(laid, visible.filter((i) => laid[i].best)));
    names.replaceChildren(...visible.map((i) => {
      const node = shape("text", { x: textX(laid[i].depth), y: y(i) - 7, class: laid[i].best ? "best" : laid[i].kept ? "kept" : "dropped" });
      node.textContent = laid[i].text;
      return node;
    }));
    svg.setAttribute("width", String(LEFT + (depth + 1) * ACROSS));
    svg.setAttribute("height", String(rows * DOWN));
    svg.setAttribute("aria-valuemax", String(Math.max(1, laid.length)));
    point(laid[selected]?.depth <= data.depth ? selected : -1);
  }

  /** @param {number} i a node, or −1 */
  function point(i) {
    selected = i;
    mark.setAttribute("visibility", i < 0 ? "hidden" : "visible");
    status.textContent = i < 0 ? "" : tell(i);
    svg.setAttribute("aria-valuenow", String(i + 1));
    svg.setAttribute("aria-valuetext", status.textContent);
    if (i < 0) return;
    mark.setAttribute("cx", String(x(i)));
    mark.setAttribute("cy", String(y(i)));
  }

  // The nearest node at the pointer's depth. A node's letter stands at the start of the line leading to it.
  /** @param {Event} event */
  function nodeUnder(event) {
    const { clientX, clientY } = /** @type {PointerEvent} */ (event);
    const { left, top } = svg.getBoundingClientRect();
    const depthAt = Math.max(0, Math.ceil((clientX - left - LEFT) / ACROSS - 0.1));
    const candidates = laid.map((_, i) => i).filter((i) => laid[i].depth === depthAt && depthAt <= data.depth);
    const distance = (/** @type {number} */ i) => Math.abs(y(i) - (clientY - top));
    return candidates.reduce((best, i) => (best < 0 || distance(i) < distance(best) ? i : best), -1);
  }
  svg.addEventListener("pointermove", (event) => point(nodeUnder(event)));
  svg.addEventListener("pointerleave", () => point(-1));
  svg.addEventListener("blur", () => point(-1));
  svg.addEventListener("click", (event) => { if (nodeUnder(event) >= 0) go?.(nodeUnder(event)); });
  svg.addEventListener("keydown", (event) => {
    const { key } = /** @type {KeyboardEvent} */ (event);
    const isKey = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home"].includes(key);
    if (key === "Enter" && selected >= 0) go?.(selected);
    else if (!isKey) return;
    else point(nextNode(key, selected, laid, data.depth) ?? selected);
    event.preventDefault();
    event.stopPropagation(); // the page's own keys
  });

  return { draw };
}
