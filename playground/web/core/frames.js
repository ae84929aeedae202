// The frames of the stream (server/frames.py), read as they come. Pure: it knows neither the page nor the network.

const HEAD = 8; // bytes: two lengths

// The frames of a body that comes in pieces: { head, body }, a small object and the bytes of the numbers that belong to it.
/** @param {AsyncIterable<Uint8Array>} pieces */
export async function* frames(pieces) {
  /** @type {Uint8Array[]} */
  let parts = [];
  let have = 0;
  let need = HEAD;
  for await (const piece of pieces) {
    parts.push(piece);
    have += piece.length;
    if (have < need) continue;
    let bytes = parts.length === 1 ? piece : joined(parts, have);
    for (;;) {
      need = bytes.length < HEAD ? HEAD : lengthOf(bytes);
      if (bytes.length < need) break;
      yield frameOf(bytes.subarray(0, need));
      bytes = bytes.subarray(need);
    }
    parts = bytes.length ? [bytes] : [];
    have = bytes.length;
  }
}

/** @param {Uint8Array[]} parts @param {number} length */
function joined(parts, length) {
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

// Reads the numbers of a body one column after the other. They are little-endian, as every machine's that has a browser.
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

// One row of logits of a vocabulary of `size`: a Float32Array or, where it is folded, what `sampling.rank` takes.
/** @param {ReturnType<typeof reader>} read @param {{ folded: boolean, size: number }} model */
export function row(read, { folded, size }) {
  if (!folded) return read.singles(size);
  const [kept, groups] = read.wholes(2);
  const [ids, logits] = [read.wholes(kept), read.singles(kept)];
  const [counts, means] = [read.wholes(groups), read.singles(groups)];
  return { ids, logits, counts, means, size };
}

// The draws of n steps, without rows: [{ id, u }].
/** @param {ReturnType<typeof reader>} read @param {number} n */
export function draws(read, n) {
  const ids = read.wholes(n);
  const us = read.doubles(n);
  return Array.from(ids, (id, i) => ({ id, u: Number.isNaN(us[i]) ? null : us[i] }));
}

// The block of n steps: [{ id, u, own, after }], u null where nothing was drawn; `own` says how the id stood in the row
// before it, where that is folded; `after` is the row after it.
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
