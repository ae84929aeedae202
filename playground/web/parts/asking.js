// Sends one request of a part of the page at a time, and has a line for errors with a retry button. A new request
// cancels the previous one, also on the server.
//
//   const answers = asking("shapes-step", { receive: (frame) => … });
//   answers.ask("look", { … });        the element `answers.problem` shows errors

import { receiveAnswer } from "../core/answer.js";
import * as client from "../core/client.js";
import { make } from "../dom.js";
import { showMessage } from "./message.js";

/**
 * @param {string} name of the channel, unique to this part
 * @param {{ receive: (frame: Frame, data: any) => void, isComplete?: () => boolean, busy?: string, outdated?: (is: boolean) => void, ended?: () => void }} options
 *   `receive` gets each frame with the data of its request, as the page may already show others;
 *   `isComplete` tells whether an ended answer has everything; `busy` is the message if the server is too busy;
 *   `outdated` is called with whether the content shown answers an earlier request, because the current one failed;
 *   `ended` is called once an answer has ended or failed
 */
export function asking(name, options) {
  const { receive, isComplete, busy, outdated = () => {}, ended = () => {} } = options;
  const channel = client.beside(name);
  const problem = make("p", { class: "problem", role: "alert" });
  /** @type {object | null} */
  let current = null; // while a request is under way
  let lastQuestion = ""; // the last request, answered or under way

  // Sends a request unless the same one is answered or under way.
  /** @param {string} route @param {object} data */
  async function ask(route, data) {
    const question = JSON.stringify([route, data]);
    if (question === lastQuestion) return;
    halt();
    lastQuestion = question;
    const request = {};
    current = request;
    const isCurrent = () => current === request;
    let hasAnswer = false; // whether any frame was accepted
    showMessage(problem, "");
    const failure = await receiveAnswer(channel, route, data, { isCurrent, isComplete, busy, receive: (frame) => {
      if (!hasAnswer) outdated(false);
      hasAnswer = true;
      receive(frame, data);
    } });
    if (!isCurrent()) return;
    current = null;
    if (failure) {
      lastQuestion = "";
      if (!hasAnswer) outdated(true);
      showMessage(problem, failure.sentence, failure.isInvalid ? undefined : () => ask(route, data));
    }
    ended();
  }

  // Sends nothing, and shows a reason if there is one.
  /** @param {string} [sentence] */
  function stopWith(sentence = "") {
    halt();
    lastQuestion = "";
    outdated(Boolean(sentence));
    showMessage(problem, sentence);
  }

  // Cancels the request under way; it may be sent again.
  function halt() {
    if (!current) return;
    current = null;
    lastQuestion = "";
    channel.end();
  }

  return { ask, stopWith, halt, problem, isAsking: () => current !== null };
}
