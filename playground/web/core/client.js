// Requests to the server's stream (server/routes.py). Each channel has one request under way at a time: a new one
// cancels the previous one, and the server stops working on it. The Hub panel has a channel of its own.

import { commonEnds } from "./edits.js";
import { frames } from "./frames.js";
import { sentence, words } from "./i18n.js";

// Identifies this page to the server. Anyone who guessed it could cancel the page's requests, so it is 128 random
// bits and is sent nowhere else.
const page = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
let recallCount = 0;

// Thrown when the server, or a proxy, answers with an error status. `code` is "busy" if the server has too many
// requests and "share" if this visitor does; `seconds` then says when to retry. `problem` is a sentence from the
// server, if it sent one.
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

// The message for an error: how long to wait if the server said so, else its own sentence or `refused`; `lost` if the
// server did not answer.
/** @param {unknown} error @param {string} refused @param {string} [lost] @returns {string} */
export function sentenceOf(error, refused, lost = words.lost) {
  if (!(error instanceof Refused)) return lost;
  if (error.seconds) return sentence(error.code === "share" ? "refused_share" : "refused_full", { n: error.seconds });
  return error.problem || refused;
}

// Seconds to wait before retrying; 0 if unknown.
/** @param {unknown} error */
export const secondsOf = (error) => (error instanceof Refused ? error.seconds : 0);

// A channel sends one request at a time and yields the frames of the answer as they arrive. A page can have several.
/** @param {string} channelName */
function channel(channelName) {
  let turn = 0;
  /** @type {AbortController | null} */
  let current = null; // the request under way

  // Cancels the request under way.
  function end() {
    current?.abort();
    current = null;
  }

  /** @param {string} kind @param {object} data @returns {AsyncGenerator<Frame>} */
  async function* ask(kind, data) {
    end();
    const controller = new AbortController();
    current = controller;
    turn += 1;
    try {
      yield* send(kind, { ...data, page, way: channelName, turn, token: `${channelName}-${turn}` }, controller.signal);
    } finally {
      if (current === controller) current = null; // it ended without being cancelled
    }
  }

  return { ask, end };
}

export const { ask, end } = channel(""); // "look" and "write"
// A further channel, independent of the others.
export const beside = (/** @type {string} */ channelName) => channel(channelName);
export const hub = beside("hub"); // "ask" and "fetch"

// Requests a stored run that has no logits, without cancelling anything.
/** @param {object} data @returns {AsyncGenerator<Frame>} */
export async function* recall(data) {
  recallCount += 1;
  const channelName = `kept-${recallCount}`;
  yield* send("write", { ...data, page, way: channelName, turn: 1, token: channelName });
}

/** @param {string} kind @param {object} data @param {AbortSignal} [signal] */
async function* send(kind, data, signal) {
  const headers = { "Content-Type": "application/json" };
  yield* readFrames(await fetch(`stream/${kind}`, { method: "POST", headers, body: JSON.stringify(data), signal }));
}

// The frame that describes the page with this query string. `first` is the response if early.js has already sent the
// request.
/** @param {string} search @param {Promise<Response> | null} [first] @returns {Promise<Frame>} */
export async function open(search, first = null) {
  let lastFrame = null;
  for await (const frame of readFrames(await (first ?? fetch(`stream/open${search}`)))) lastFrame = frame;
  if (!lastFrame) throw new Error("The answer broke off.");
  return lastFrame;
}

/** @param {Response} response @returns {AsyncGenerator<any>} */
async function* readFrames(response) {
  if (!response.ok) throw new Refused(response.status, await response.json().catch(() => ({})));
  if (!response.body) return;
  for await (const frame of frames(pieces(response.body.getReader()))) {
    // It can be refused after it began: the status had already been sent.
    if (frame.head.code === "share" || frame.head.code === "busy") throw new Refused(response.status, frame.head);
    yield frame;
  }
}

/** @param {ReadableStreamDefaultReader<Uint8Array>} reader */
async function* pieces(reader) {
  let isComplete = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isComplete = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!isComplete) reader.cancel().catch(() => {}); // the consumer stopped early: cancel the response
  }
}

// The prompt of a run as an edit of the new one, so that the server sends only rows that are new (requests/play.py).
/** @param {Run | null} run @param {string} model @param {string} prompt */
export function promptEdit(run, model, prompt) {
  if (!run || run.model !== model) return null;
  const old = [...run.text];
  const { head, tail } = commonEnds(old, [...prompt]);
  return { head, tail, between: old.slice(head, old.length - tail).join(""), skipped: run.skipped };
}
