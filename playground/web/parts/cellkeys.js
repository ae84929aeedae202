// The keyboard in the text: one stop of the Tab key for all its cells, arrows from cell to cell and from line to line, Enter
// to go there, Space to play from there, Escape to leave. The focus stays at its place when cells are drawn anew.

const LINE = 4; // pixels by which the tops of cells of one line may differ

// `drawn` holds the cells in their order. Calls `go` and `playFrom` with a place, and `leave`.
/**
 * @param {HTMLElement} box
 * @param {{ node: HTMLElement, cell: Cell }[]} drawn
 * @param {{ go: (place: number) => void, playFrom: (place: number) => void, leave: () => void }} acts
 */
export function cellKeys(box, drawn, { go, playFrom, leave }) {
  let stop = 0; // the cell that Tab comes to

  /** @param {number} index */
  function set(index) {
    if (drawn[stop]) drawn[stop].node.tabIndex = -1;
    stop = Math.max(0, Math.min(index, drawn.length - 1));
    if (drawn[stop]) drawn[stop].node.tabIndex = 0;
  }

  // Calls `draw`, which may take away the cell that has the focus; then the one at its place, or the last one, gets it.
  // Without the focus here, Tab comes to the cell that `place()` tells.
  /** @param {() => void} draw @param {() => number} place */
  function around(draw, place) {
    const held = box.contains(document.activeElement);
    draw();
    set(held ? stop : place());
    if (held && !box.contains(document.activeElement)) drawn[stop]?.node.focus({ preventScroll: true });
  }

  // The cell over or under this one, as near as can be.
  /** @param {number} from @param {number} sign */
  function beside(from, sign) {
    /** @param {number} i */
    const rect = (i) => drawn[i].node.getBoundingClientRect();
    const here = rect(from);
    let i = from + sign;
    while (drawn[i] && Math.abs(rect(i).top - here.top) < LINE) i += sign;
    if (!drawn[i]) return -1;
    const { top } = rect(i);
    let best = i;
    for (; drawn[i] && Math.abs(rect(i).top - top) < LINE; i += sign) {
      if (Math.abs(rect(i).left - here.left) < Math.abs(rect(best).left - here.left)) best = i;
    }
    return best;
  }

  /** @param {Event} event */
  const cellOf = ({ target }) => /** @type {HTMLElement | null} */ (target instanceof Element ? target.closest(".cell") : null);
  box.addEventListener("focusin", (event) => {
    const node = cellOf(event);
    if (node) set(Number(node.dataset.index));
  });
  box.addEventListener("keydown", (event) => {
    const node = cellOf(event);
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    const here = Number(node.dataset.index);
    const { place } = drawn[here].cell;
    /** @type {Record<string, () => void>} */
    const acts = { Enter: () => go(place), " ": () => playFrom(place), Escape: leave };
    /** @type {Record<string, () => number>} */
    const moves = {
      ArrowLeft: () => here - 1, ArrowRight: () => here + 1, Home: () => 0, End: () => drawn.length - 1,
      ArrowUp: () => beside(here, -1), ArrowDown: () => beside(here, 1),
    };
    if (moves[event.key]) drawn[moves[event.key]()]?.node.focus();
    else if (acts[event.key]) acts[event.key]();
    else return;
    event.preventDefault();
  });

  return { around };
}
