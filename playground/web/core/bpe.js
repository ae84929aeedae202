// Cuts a text into pieces after a number of byte-pair merges, as computed by server/bpe.py. Pure.

/**
 * `joined` has, for each pair of adjacent characters, the number of the merge that joins them.
 * @typedef {{ characters: number, alphabet: number, words: number, kinds: number }} Counts
 * @typedef {Counts & { merges: [string, string, number][], joined: (number | null)[], learned: Counts, shakespeare: Counts, tokens: { title: string, size: number, starts: number[] } | null }} Pairs
 */

// The pieces of a text after the first k merges. `fresh` marks a piece that merge k itself joined.
/** @param {string} text @param {Pairs["joined"]} joined @param {number} k @returns {{ text: string, fresh: boolean }[]} */
export function pieces(text, joined, k) {
  const [first, ...rest] = text;
  const result = [{ text: first ?? "", fresh: false }];
  rest.forEach((character, i) => {
    const number = joined[i];
    if (number === null || number === undefined || number >= k) {
      result.push({ text: character, fresh: false });
      return;
    }
    const last = result[result.length - 1];
    last.text += character;
    last.fresh ||= number === k - 1;
  });
  return result;
}

// Cuts a text at the given characters. Tokens that share a character are merged into one piece.
/** @param {string} text @param {number[]} starts */
export function cutAt(text, starts) {
  const characters = [...text];
  const bounds = [...new Set([0, ...starts])].sort((a, b) => a - b);
  return bounds.map((from, i) => ({ text: characters.slice(from, bounds[i + 1] ?? characters.length).join(""), fresh: false })).filter((piece) => piece.text);
}

// The number of symbols in the text after each number of merges, from none to all.
/** @param {Pairs["joined"]} joined @param {number} merges @param {number} characters */
export function lengths(joined, merges, characters) {
  const mergeCounts = new Array(merges).fill(0);
  for (const number of joined) if (number !== null) mergeCounts[number] += 1;
  const counts = [characters];
  for (const count of mergeCounts) counts.push(counts[counts.length - 1] - count);
  return counts;
}
