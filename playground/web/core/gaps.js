// A text with gaps: which letters are taken out, what becomes of them when the text is edited, and how far a stretch of gaps is
// filled. Places are in code points. Pure.

// The gaps with one more, or without one that is open; null where there are as many as may be.
/** @param {number[]} gaps @param {number} place @param {number} most @returns {number[] | null} */
export function toggled(gaps, place, most) {
  if (gaps.includes(place)) return gaps.filter((gap) => gap !== place);
  return gaps.length < most ? [...gaps, place].sort((a, b) => a - b) : null;
}

// Where the gaps of a text are after an edit: before and behind the part that changed they stay with their letters; in it they close.
/** @param {string} before @param {string} after @param {number[]} gaps @returns {number[]} */
export function moved(before, after, gaps) {
  const [old, now] = [[...before], [...after]];
  const most = Math.min(old.length, now.length);
  let head = 0;
  while (head < most && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < most - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  return gaps.flatMap((gap) => {
    if (gap < head) return [gap];
    return gap >= old.length - tail ? [gap + now.length - old.length] : [];
  });
}

// Gaps as the address has them: "7,12".
/** @param {string | null} written @param {number} length of the text @param {number} most @returns {number[] | null} null where it says none */
export function read(written, length, most) {
  if (written === null) return null;
  const found = written.split(",").filter(Boolean).map(Number).filter((place) => Number.isInteger(place) && place >= 0 && place < length);
  return [...new Set(found)].sort((a, b) => a - b).slice(0, most);
}

// The letters around a gap, for a line that shows it: at most `reach` of them on each side, and null at every gap.
/** @param {string} text @param {number[]} gaps @param {number} gap @param {number} reach @returns {{ from: number, letters: (string | null)[] }} */
export function around(text, gaps, gap, reach) {
  const letters = [...text].map((letter, i) => (gaps.includes(i) ? null : letter));
  const from = Math.max(0, gap - reach);
  return { from, letters: letters.slice(from, gap + reach + 1) };
}

// A stretch of gaps after its first steps: the symbol at each place, null where the gap is open; and the place that was filled last.
/** @param {{ place: number, symbol: string }[]} steps @param {number} count @param {number} length */
export function stretch(steps, count, length) {
  /** @type {(string | null)[]} */
  const symbols = Array(length).fill(null);
  for (const { place, symbol } of steps.slice(0, count)) symbols[place] = symbol;
  return { symbols, last: steps[Math.min(count, steps.length) - 1]?.place ?? -1 };
}
