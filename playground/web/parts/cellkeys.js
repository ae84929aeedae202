// Keyboard control of the text: one Tab stop for all cells, arrows to move between cells and lines, Enter to go
// there, Space to play from there, Escape to leave. Focus is preserved when cells are redrawn.

const LINE = 4; // tops within this many pixels are on the same line

// `drawn` has the cells in order; `go` and `playFrom` receive a place.
/**
 * @param {HTMLElement} box
 * @param {{ node: HTMLElement, cell: Cell }[]} drawn
 * @param {{ go: (place: number) => void, playFrom: (place: number) => void, leave: () => void }} acts
 */
export function cellKeys(box, drawn, { go, playFrom, leave }) {
  let tabStop = 0; // the cell that is the Tab stop

  /** @param {number} index */
  function setTabStop(index) {
    if (drawn[tabStop]) drawn[tabStop].node.tabIndex = -1;
    tabStop = Math.max(0, Math.min(index, drawn.length - 1));
    if (drawn[tabStop]) drawn[tabStop].node.tabIndex = 0;
  }

  // Calls `draw`, which may remove the focused cell; the one at its index, or the last one, then gets the focus. If
  // the focus is elsewhere, the cell at `place()` becomes the Tab stop.
  /** @param {() => void} draw @param {() => number} place */
  function keepFocus(draw, place) {
    const hadFocus = box.contains(document.activeElement);
    draw();
    setTabStop(hadFocus ? tabStop : place());
    if (hadFocus && !box.contains(document.activeElement)) drawn[tabStop]?.node.focus({ preventScroll: true });
  }

  // The nearest cell on the line above or below.
  /** @param {number} from @param {number} sign */
  function cellOnNextLine(from, sign) {
    /** @param {number} i */
    const rect = (i) => drawn[i].node.getBoundingClientRect();
    const origin = rect(from);
    let i = from + sign;
    while (drawn[i] && Math.abs(rect(i).top - origin.top) < LINE) i += sign;
    if (!drawn[i]) return -1;
    const { top } = rect(i);
    let best = i;
    for (; drawn[i] && Math.abs(rect(i).top - top) < LINE; i += sign) {
      if (Math.abs(rect(i).left - origin.left) < Math.abs(rect(best).left - origin.left)) best = i;
    }
    return best;
  }

  /** @param {Event} event */
  const cellOf = ({ target }) => /** @type {HTMLElement | null} */ (target instanceof Element ? target.closest(".cell") : null);
  box.addEventListener("focusin", (event) => {
    const node = cellOf(event);
    if (node) setTabStop(Number(node.dataset.index));
  });
  box.addEventListener("keydown", (event) => {
    const node = cellOf(event);
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    const index = Number(node.dataset.index);
    const { place } = drawn[index].cell;
    /** @type {Record<string, () => void>} */
    const acts = { Enter: () => go(place), " ": () => playFrom(place), Escape: leave };
    /** @type {Record<string, () => number>} */
    const targets = {
      ArrowLeft: () => index - 1, ArrowRight: () => index + 1, Home: () => 0, End: () => drawn.length - 1,
      ArrowUp: () => cellOnNextLine(index, -1), ArrowDown: () => cellOnNextLine(index, 1),
    };
    if (targets[event.key]) drawn[targets[event.key]()]?.node.focus();
    else if (acts[event.key]) { if (!event.repeat) acts[event.key](); }
    else return;
    event.preventDefault();
  });

  return { around: keepFocus };
}
