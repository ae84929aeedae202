// One question of a part of the page at a time, and a line that says what went wrong, with a button that asks again. The newest
// question wins: what was asked before is broken off, and the server ends it.
//
//   const answers = asking("shapes-step", { receive: (frame) => … });
//   answers.ask("look", { … });        the node `answers.problem` stands where a problem is to be said

import * as client from "../core/client.js";
import { make } from "../core/dom.js";
import { told, words } from "../core/i18n.js";
import * as server from "../core/server.js";

/**
 * @param {string} name of the way, which no other part has
 * @param {{ receive: (frame: Frame) => void, whole?: () => boolean, refused?: string }} options
 *   `whole` says whether all has come once the answer has ended; `refused` what is said where the server has too much to do
 */
export function asking(name, { receive, whole = () => true, refused = words.refused_writing }) {
  const way = client.beside(name);
  const problem = make("p", { class: "problem", role: "alert" });
  /** @type {object | null} */
  let job = null; // while one is answered
  let asked = ""; // the question whose answer is here, or on its way

  // Asks, where the answer to just this is neither here nor on its way.
  /** @param {string} route @param {object} data */
  async function ask(route, data) {
    const question = JSON.stringify([route, data]);
    if (question === asked) return;
    halt();
    asked = question;
    const mine = {};
    job = mine;
    const waits = () => job === mine;
    let heard = -Infinity; // when the last frame came
    // What is wrong with the question itself stays wrong, however often it is asked.
    /** @param {string} sentence @param {boolean} [ours] whether it is the question that is wrong */
    const fail = (sentence, ours = false) => {
      halt();
      const again = make("button", { class: "quiet", text: words.try_again, on: { click: () => ask(route, data) } });
      problem.replaceChildren(make("span", { text: sentence }), ...(ours ? [] : [" ", again]));
    };
    problem.replaceChildren();
    server.watch(waits, () => fail(words.lost), () => heard);
    try {
      for await (const frame of way.ask(route, data)) {
        if (!waits()) return;
        heard = performance.now();
        const { head } = frame;
        if (head.problem || head.code) return fail(head.problem ? told(head.problem) : words[head.code], Boolean(head.problem));
        receive(frame);
      }
      if (!waits()) return;
      if (heard > 0 && whole()) job = null; // an answer without a frame is none
      else fail(words.lost);
    } catch (error) {
      if (waits()) fail(client.sentenceOf(error, refused), error instanceof client.Refused && Boolean(error.problem)); // whoever took it back says why
    }
  }

  // What is under way is not wanted any more, and can be asked for again.
  function halt() {
    if (!job) return;
    job = null;
    asked = "";
    way.end();
  }

  return { ask, halt, problem, isAsking: () => job !== null };
}
