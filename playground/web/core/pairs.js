// A text cut into pieces by byte pairs, after so many merges, from the numbers that the server gives (server/pairs.py). Pure.

/**
 * `joined` has of each place between two characters the number of the merge that joins them.
 * @typedef {{ characters: number, alphabet: number, words: number, kinds: number }} Counts
 * @typedef {Counts & { merges: [string, string, number][], joined: (number | null)[], learned: Counts, shakespeare: Counts, tokens: { title: string, size: number, starts: number[] } | null }} Pairs
 */

// The pieces of a text after the first k merges. `fresh` where its last join was just made, by the last of them.
/** @param {string} text @param {Pairs["joined"]} joined @param {number} k @returns {{ text: string, fresh: boolean }[]} */
export function pieces(text, joined, k) {
  const [first, ...others] = text;
  const found = [{ text: first ?? "", fresh: false }];
  others.forEach((character, i) => {
    const number = joined[i];
    if (number === null || number === undefined || number >= k) {
      found.push({ text: character, fresh: false });
      return;
    }
    const last = found[found.length - 1];
    last.text += character;
    last.fresh ||= number === k - 1;
  });
  return found;
}

// The pieces of a text that begin at these characters; those that share a character are one piece here.
/** @param {string} text @param {number[]} starts */
export function cutAt(text, starts) {
  const characters = [...text];
  const places = [...new Set([0, ...starts])].sort((a, b) => a - b);
  return places.map((from, i) => ({ text: characters.slice(from, places[i + 1] ?? characters.length).join(""), fresh: false })).filter((piece) => piece.text);
}

// How many symbols a text of so many characters has after each number of merges, from none to all.
/** @param {Pairs["joined"]} joined @param {number} merges @param {number} characters */
export function lengths(joined, merges, characters) {
  const made = new Array(merges).fill(0);
  for (const number of joined) if (number !== null) made[number] += 1;
  const found = [characters];
  for (const count of made) found.push(found[found.length - 1] - count);
  return found;
}
