// A canvas that fills its box, in the dots of the screen.

/**
 * @param {HTMLCanvasElement} canvas @param {Element} box
 * @param {() => void} repaint called when it has another size, which empties it
 */
export function fit(canvas, box, repaint) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const size = { wide: 0, high: 0 }; // CSS pixels
  new ResizeObserver(([{ contentRect: { width, height } }]) => {
    const dots = window.devicePixelRatio || 1;
    Object.assign(size, { wide: width, high: height });
    canvas.width = Math.round(width * dots);
    canvas.height = Math.round(height * dots);
    context.scale(dots, dots);
    repaint();
  }).observe(box);
  return { context, size };
}
