// A token may hold only some of a character's bytes. In a symbol such a byte is written as U+F700 + byte
// (spelling.py). This module puts the bytes of a character back together and leaves incomplete ones as they are.
// Pure.

const CHARACTER = /[\uf7c2-\uf7df][\uf780-\uf7bf]|[\uf7e0-\uf7ef][\uf780-\uf7bf]{2}|[\uf7f0-\uf7f4][\uf780-\uf7bf]{3}/g;
const INCOMPLETE = /(?:[\uf7c2-\uf7df]|[\uf7e0-\uf7ef][\uf780-\uf7bf]?|[\uf7f0-\uf7f4][\uf780-\uf7bf]{0,2})$/;
const CONTINUATION = /^[\uf780-\uf7bf]/; // UTF-8 continuation bytes
const ESCAPED = /[\uf700-\uf7ff]/;
const RUNS = /[\uf700-\uf7ff]+|[^\uf700-\uf7ff]+/g;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lax = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
/** @param {string} text */
const rawBytes = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0) - 0xf700);

// Replaces escaped bytes that form a whole character with that character.
/** @param {string} text */
export function whole(text) {
  return text.replace(CHARACTER, (escaped) => {
    try {
      return strict.decode(rawBytes(escaped));
    } catch {
      return escaped; // e.g. half a surrogate pair
    }
  });
}

// The bytes of some symbols. A private-use character always stands for a byte.
/** @param {string} symbols */
export const bytesOf = (symbols) =>
  Uint8Array.from((symbols.match(RUNS) || []).flatMap((part) => [...(ESCAPED.test(part) ? rawBytes(part) : encoder.encode(part))]));

// Decodes bytes, with U+FFFD for invalid ones. An incomplete character at the end is dropped: more bytes may follow.
/** @param {Uint8Array<ArrayBuffer>} bytes */
export const decode = (bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });

// The same, but an incomplete character at the end becomes U+FFFD too.
/** @param {Uint8Array<ArrayBuffer>} bytes */
export const decodeAll = (bytes) => lax.decode(bytes);

// The incomplete character at the end of a text.
/** @param {string} text */
export const pending = (text) => (INCOMPLETE.exec(text) || [""])[0];

// A token's symbol for an export: its text and, if it contains part of a character, all of its bytes in hex.
/** @param {string} symbol */
export function plain(symbol) {
  if (!ESCAPED.test(symbol)) return { symbol, bytes: null };
  const bytes = bytesOf(symbol);
  try {
    return { symbol: strict.decode(bytes), bytes: null };
  } catch {
    return { symbol: lax.decode(bytes), bytes: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") };
  }
}

/** @param {string} text */
export const endsIncomplete = (text) => INCOMPLETE.test(text);
/** @param {string} symbol */
export const startsWithContinuation = (symbol) => CONTINUATION.test(symbol);
