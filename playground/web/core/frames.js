// Parses the frames of the stream (server/frames.py) as they arrive. Pure.

const HEAD = 8; // bytes: two lengths

// Yields { head, body } from a body that arrives in pieces: a small object and the bytes of its numbers.
/** @param {AsyncIterable<Uint8Array>} pieces */
export async function* frames(pieces) {
  /** @type {Uint8Array[]} */
  let parts = [];
  let available = 0;
  let needed = HEAD;
  for await (const piece of pieces) {
    parts.push(piece);
    available += piece.length;
    if (available < needed) continue;
    let bytes = parts.length === 1 ? piece : concatenate(parts, available);
    for (;;) {
      needed = bytes.length < HEAD ? HEAD : lengthOf(bytes);
      if (bytes.length < needed) break;
      yield frameOf(bytes.subarray(0, needed));
      bytes = bytes.subarray(needed);
    }
    parts = bytes.length ? [bytes] : [];
    available = bytes.length;
  }
}

/** @param {Uint8Array[]} parts @param {number} length */
function concatenate(parts, length) {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** @param {Uint8Array} bytes */
const lengths = (bytes) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEAD);
  return [view.getUint32(0, true), view.getUint32(4, true)];
};
/** @param {Uint8Array} bytes */
const lengthOf = (bytes) => lengths(bytes).reduce((sum, length) => sum + length, HEAD);

const decoder = new TextDecoder();
/** @param {Uint8Array} bytes */
function frameOf(bytes) {
  const [text] = lengths(bytes);
  return { head: JSON.parse(decoder.decode(bytes.subarray(HEAD, HEAD + text))), body: bytes.slice(HEAD + text) };
}

// Reads a body's numbers one column after another. They are little-endian, as is every machine that runs a browser.
/** @param {Uint8Array} body */
export function reader(body) {
  let at = 0;
  /** @param {number} size */
  const next = (size) => {
    at += size;
    return body.slice(at - size, at).buffer;
  };
  return {
    wholes: (/** @type {number} */ count) => new Uint32Array(next(4 * count)),
    singles: (/** @type {number} */ count) => new Float32Array(next(4 * count)),
    doubles: (/** @type {number} */ count) => new Float64Array(next(8 * count)),
  };
}

// One row of logits: a Float32Array or, for a long vocabulary, a folded row as `sampling.rank` takes it.
/** @param {ReturnType<typeof reader>} read @param {{ folded: boolean, size: number }} model */
export function row(read, { folded, size }) {
  if (!folded) return read.singles(size);
  const [kept, groups] = read.wholes(2);
  const [ids, logits] = [read.wholes(kept), read.singles(kept)];
  const [counts, means] = [read.wholes(groups), read.singles(groups)];
  return { ids, logits, counts, means, size };
}

// The draws of n steps, without logits: [{ id, u }].
/** @param {ReturnType<typeof reader>} read @param {number} n */
export function draws(read, n) {
  const ids = read.wholes(n);
  const us = read.doubles(n);
  return Array.from(ids, (id, i) => ({ id, u: Number.isNaN(us[i]) ? null : us[i] }));
}

// A block of n steps: [{ id, u, own, after }]. u is null if nothing was drawn, `own` is the id's standing in a folded
// row before it, and `after` the row after it.
/** @param {ReturnType<typeof reader>} read @param {number} n @param {{ folded: boolean, size: number }} model @param {boolean} drawn */
export function block(read, n, model, drawn) {
  const ids = read.wholes(n);
  const us = drawn ? read.doubles(n) : null;
  const ranks = model.folded ? read.wholes(n) : null;
  const logits = model.folded ? read.singles(n) : null;
  return Array.from(ids, (id, i) => ({
    id,
    u: us && !Number.isNaN(us[i]) ? us[i] : null,
    own: ranks && logits ? { rank: ranks[i], logit: logits[i] } : null,
    after: row(read, model),
  }));
}
