// A canvas that fills its box at the screen's resolution.

/**
 * @param {HTMLCanvasElement} canvas @param {Element} box
 * @param {() => void} repaint called when the size has changed, which clears the canvas
 */
export function fit(canvas, box, repaint) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const size = { wide: 0, high: 0 }; // CSS pixels
  new ResizeObserver(([{ contentRect: { width, height } }]) => {
    const ratio = window.devicePixelRatio || 1;
    Object.assign(size, { wide: width, high: height });
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    repaint();
  }).observe(box);
  return { context, size };
}
