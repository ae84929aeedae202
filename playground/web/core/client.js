// The way to the server: the stream (server/routes.py). A page reads or writes one thing at a time: what it asks later breaks
// off what it asked before, and the server ends that work. The panel of the Hub does the same beside it.

import { frames } from "./frames.js";
import { sentence, words } from "./i18n.js";

// By this name the server knows what belongs to the page. Who could guess it could end what the page asked for, so it is of
// 128 random bits, and goes nowhere else.
const page = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
let recalls = 0;

// Raised where the server, or something on the way to it, answered with a status that is none of an answer. `code` is
// "busy" where it has too many requests, and "share" where this visitor has; then it says in how many `seconds` it is worth to
// ask again. `problem` is a sentence, if it sent one.
export class Refused extends Error {
  /** @param {number} status @param {{ code?: string, problem?: string, seconds?: number }} told */
  constructor(status, { code = "", problem = "", seconds = 0 } = {}) {
    super(`The server answered with status ${status}.`);
    this.status = status;
    this.code = code;
    this.problem = problem;
    this.seconds = seconds;
  }
}

// What to say of an error: of a refusal how long it takes, where the server told; else what is said of any refusal, or of a server
// that does not answer.
/** @param {unknown} error @param {string} refused @param {string} [lost] @returns {string} */
export function sentenceOf(error, refused, lost = words.lost) {
  if (!(error instanceof Refused)) return lost;
  if (error.seconds) return sentence(error.code === "share" ? "refused_share" : "refused_full", { n: error.seconds });
  return error.problem || refused;
}

// In how many seconds it is worth to ask again; 0 where nobody knows.
/** @param {unknown} error */
export const secondsOf = (error) => (error instanceof Refused ? error.seconds : 0);

/** @param {string} path */
const address = (path) => new URL(`stream/${path}`, globalThis.document.baseURI);

// Asks for one thing at a time, and gives the frames of the answer as they come. A page has several such ways.
/** @param {string} way */
function asker(way) {
  let turns = 0;
  /** @type {AbortController | null} */
  let current = null; // of the request that is under way

  // Ends what is under way.
  function end() {
    current?.abort();
    current = null;
  }

  /** @param {string} kind @param {object} data @returns {AsyncGenerator<Frame>} */
  async function* ask(kind, data) {
    end();
    const mine = new AbortController();
    current = mine;
    turns += 1;
    try {
      yield* send(kind, { ...data, page, way, turn: turns, token: `${way}-${turns}` }, mine.signal);
    } finally {
      if (current === mine) current = null; // there is nothing to break off any more
    }
  }

  return { ask, end };
}

export const { ask, end } = asker(""); // "look" and "write"
// What asks beside all else, one thing at a time each.
export const beside = (/** @type {string} */ way) => asker(way);
export const hub = beside("hub"); // "ask" and "fetch"

// Asks for a run that was kept without its rows, beside all else: it breaks nothing off.
/** @param {object} data @returns {AsyncGenerator<Frame>} */
export async function* recall(data) {
  recalls += 1;
  const way = `kept-${recalls}`;
  yield* send("write", { ...data, page, way, turn: 1, token: way });
}

/** @param {string} kind @param {object} data @param {AbortSignal} [signal] */
async function* send(kind, data, signal) {
  const headers = { "Content-Type": "application/json" };
  yield* answer(await fetch(address(kind), { method: "POST", headers, body: JSON.stringify(data), signal }));
}

// The frame that describes the page of an address. The first answer may be under way already (early.js).
/** @param {Promise<Response> | null} [first] @returns {Promise<Frame>} */
export async function open(first = null) {
  let opened = null;
  for await (const frame of answer(await (first ?? fetch(address(`open${globalThis.location.search}`))))) opened = frame;
  if (!opened) throw new Error("The answer broke off.");
  return opened;
}

/** @param {Response} response @returns {AsyncGenerator<any>} */
async function* answer(response) {
  if (!response.ok) throw new Refused(response.status, await response.json().catch(() => ({})));
  if (response.body) yield* frames(pieces(response.body.getReader()));
}

/** @param {ReadableStreamDefaultReader<Uint8Array>} reader */
async function* pieces(reader) {
  let whole = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      whole = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!whole) reader.cancel().catch(() => {}); // whoever stops listening breaks the answer off
  }
}

// The prompt that a run has rows of, as an edit of the new one, for the server to send only what is new (requests/play.py).
/** @param {Run | null} run @param {string} model @param {string} prompt */
export function had(run, model, prompt) {
  if (!run || run.model !== model) return null;
  const [old, now] = [[...run.text], [...prompt]];
  const most = Math.min(old.length, now.length);
  let head = 0;
  while (head < most && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < most - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  return { head, tail, between: old.slice(head, old.length - tail).join(""), skipped: run.skipped };
}
