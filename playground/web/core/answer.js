// Sends one request and receives its answer frame by frame; returns what went wrong.

import * as client from "./client.js";
import { fromServer, words } from "./i18n.js";
import * as server from "./server.js";

/**
 * What went wrong. `isInvalid`: whether the request itself is invalid, so that a retry is pointless.
 * @typedef {{ sentence: string, isInvalid: boolean }} Failure
 *
 * `isCurrent` tells whether the answer is still wanted; `isComplete` whether an ended answer has everything; `busy` is
 * the message if the server is too busy.
 * @typedef {{ isCurrent: () => boolean, receive: (frame: Frame) => void, isComplete?: () => boolean, busy?: string }} Receiver
 */

// Sends a request and passes each frame of the answer to `receive`. Resolves to what went wrong, or to null; also to
// null once the answer is no longer wanted: whoever cancelled it knows why.
/** @param {ReturnType<typeof client.beside>} channel @param {string} route @param {object} data @param {Receiver} receiver @returns {Promise<Failure | null>} */
export async function receiveAnswer(channel, route, data, { isCurrent, receive, isComplete = () => true, busy = words.refused_writing }) {
  let [lastFrameAt, isOver] = [-Infinity, false];
  server.watch(() => !isOver && isCurrent(), channel.end, () => lastFrameAt);
  try {
    for await (const frame of channel.ask(route, data)) {
      if (!isCurrent()) return null;
      const { problem, code } = frame.head;
      if (problem || code) return { sentence: problem ? fromServer(problem) : words[code], isInvalid: Boolean(problem) };
      lastFrameAt = performance.now();
      receive(frame);
    }
    const hasAnswer = lastFrameAt > 0 && isComplete(); // an answer without frames is a failure
    return hasAnswer || !isCurrent() ? null : { sentence: words.lost, isInvalid: false };
  } catch (error) {
    if (!isCurrent()) return null;
    return { sentence: client.sentenceOf(error, busy), isInvalid: error instanceof client.Refused && Boolean(error.problem) };
  } finally {
    isOver = true;
  }
}
