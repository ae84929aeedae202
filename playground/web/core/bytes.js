// A token can be some of the bytes of a character. In a symbol such a byte is U+F700 + byte (spelling.py); together they
// are the character again. What makes none stays as it is. Pure.

const CHARACTER = /[\uf7c2-\uf7df][\uf780-\uf7bf]|[\uf7e0-\uf7ef][\uf780-\uf7bf]{2}|[\uf7f0-\uf7f4][\uf780-\uf7bf]{3}/g;
const BEGUN = /(?:[\uf7c2-\uf7df]|[\uf7e0-\uf7ef][\uf780-\uf7bf]?|[\uf7f0-\uf7f4][\uf780-\uf7bf]{0,2})$/;
const CONTINUES = /^[\uf780-\uf7bf]/; // the bytes of UTF-8 that no character begins with
const ESCAPED = /[\uf700-\uf7ff]/;
const RUNS = /[\uf700-\uf7ff]+|[^\uf700-\uf7ff]+/g;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lax = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
/** @param {string} text */
const unescaped = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0) - 0xf700);

// A text in which bytes that make a character are that character.
/** @param {string} text */
export function whole(text) {
  return text.replace(CHARACTER, (escaped) => {
    try {
      return strict.decode(unescaped(escaped));
    } catch {
      return escaped; // such as half a surrogate pair
    }
  });
}

// The bytes of tokens' symbols. A private-use character in them always stands for a byte.
/** @param {string} symbols */
export const bytesOf = (symbols) =>
  Uint8Array.from((symbols.match(RUNS) || []).flatMap((part) => [...(ESCAPED.test(part) ? unescaped(part) : encoder.encode(part))]));

// Bytes as text, with U+FFFD for those that make no character, but for those at the end that more bytes could complete.
/** @param {Uint8Array<ArrayBuffer>} bytes */
export const decode = (bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });

// The bytes at the end of a text that begin a character and are none yet.
/** @param {string} text */
export const pending = (text) => (BEGUN.exec(text) || [""])[0];

// A token's symbol as programs read it: as text and, where it holds a part of a character, with all its bytes in hex.
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
export const isBegun = (text) => BEGUN.test(text);
/** @param {string} symbol */
export const continues = (symbol) => CONTINUES.test(symbol);
