// Compares two versions of a text. Pure.

// The lengths of the longest common beginning, and of the longest common end of what follows it.
/** @param {string[]} before @param {string[]} after characters */
export function commonEnds(before, after) {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return { head, tail };
}
