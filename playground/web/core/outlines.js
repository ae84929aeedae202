// Outlines of adjacent bars as SVG path data. Pure.

const ROUND = 4; // radius of a bar's upper corners in pixels
const MIN_HEIGHT = 1e-3; // pixels: lower bars are not drawn

// Rounds to what a screen can show. `toFixed` takes ten times as long, and a move of the slider formats one number
// per bar.
/** @param {number} x */
const round = (x) => Math.round(x * 1e4) / 1e4;

// Bars of equal width in columns of equal height, each as tall as its share of the column.
/**
 * @param {Iterable<[number, number]>} bars the number of the column, and the share
 * @param {{ pitch: number, gap: number, tall: number }} size in pixels: from column to column, between two bars, and the height
 * @param {{ least?: number, edge?: number }} [options] minimum height in pixels; inset of the outline, which then has no bottom
 */
export function outlines(bars, { pitch, gap, tall }, { least: minHeight = 0, edge = 0 } = {}) {
  const width = pitch - gap - 2 * edge;
  const roundedCorners = corners(width, ROUND);
  const end = edge ? `V${tall}` : `V${tall}z`;
  let data = "";
  for (const [column, share] of bars) {
    const height = Math.min(tall, Math.max(minHeight, share * tall)) - edge;
    if (!(height > MIN_HEIGHT)) continue;
    const radius = Math.min(ROUND, height);
    data += `M${round(column * pitch + gap / 2 + edge)} ${tall}V${round(tall - height + radius)}${radius === ROUND ? roundedCorners : corners(width, radius)}${end}`;
  }
  return data;
}

/** @param {number} width @param {number} radius */
function corners(width, radius) {
  const r = round(Math.min(radius, width / 2));
  return `q0 ${-r} ${r} ${-r}h${round(width - 2 * r)}q${r} 0 ${r} ${r}`;
}
