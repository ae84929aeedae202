// The outlines of bars that stand side by side, as the data of an SVG path. Pure.

const ROUND = 4; // pixels of a bar's upper corners
const LEAST = 1e-3; // pixels: what is lower is not there

// A number in as few digits as a screen can tell apart. They are rounded so because `toFixed` takes ten times as long, and a move
// of the slider writes one for each bar.
/** @param {number} x */
const short = (x) => Math.round(x * 1e4) / 1e4;

// Bars of one width, in columns of one height. Each is as tall as its share of the column, from the bottom.
/**
 * @param {Iterable<[number, number]>} bars the number of the column, and the share
 * @param {{ pitch: number, gap: number, tall: number }} size pixels from one column to the next, between two bars, and in height
 * @param {{ least?: number, edge?: number }} [how] the least height in pixels; how far inside an edge runs, which has no bottom
 */
export function outlines(bars, { pitch, gap, tall }, { least = 0, edge = 0 } = {}) {
  const wide = pitch - gap - 2 * edge;
  const usual = corners(wide, ROUND);
  const end = edge ? `V${tall}` : `V${tall}z`;
  let data = "";
  for (const [column, share] of bars) {
    const high = Math.min(tall, Math.max(least, share * tall)) - edge;
    if (!(high > LEAST)) continue;
    const round = Math.min(ROUND, high);
    data += `M${short(column * pitch + gap / 2 + edge)} ${tall}V${short(tall - high + round)}${round === ROUND ? usual : corners(wide, round)}${end}`;
  }
  return data;
}

/** @param {number} wide @param {number} round */
function corners(wide, round) {
  const r = short(Math.min(round, wide / 2));
  return `q0 ${-r} ${r} ${-r}h${short(wide - 2 * r)}q${r} 0 ${r} ${r}`;
}
