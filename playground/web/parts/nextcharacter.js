// The true next character of a token model: while "characters" is selected, the server is asked about the place that
// the bars show. A first answer arrives at once, better ones follow, and a line says by how much they differ. A link
// switches the model to generating by characters; its bars are then exact, and the line says what was left out.

import { receiveAnswer } from "../core/answer.js";
import * as characters from "../core/characters.js";
import * as client from "../core/client.js";
import { eachFrame, make } from "../dom.js";
import * as format from "../core/format.js";
import { words } from "../core/i18n.js";
import * as next from "../core/nextcharacter.js";
import { state } from "../core/store.js";
import { SUFFIX } from "./modelnames.js";

const PAUSE = 200; // milliseconds before a place is requested
const MAX_CACHED = 40; // places
const MAX_BOUND = 0.5; // a larger bound is not worth showing

/** @typedef {{ key: string, answer: NextCharacters | null, done: boolean, problem: string }} Asked */

const channel = client.beside("characters");

/** @param {() => void} redraw called when there is more to draw @param {(model: string) => void} openModel */
export function nextCharacter(redraw, openModel) {
  const status = make("span", { role: "status" });
  const retryButton = make("button", { type: "button", class: "link", text: words.try_again, hidden: "", on: { click: retry } });
  const switchButton = make("button", { type: "button", class: "link", on: { click: () => { if (switchButton.dataset.model) openModel(switchButton.dataset.model); } } });
  const node = make("p", { class: "next-character", hidden: "" }, status, retryButton, switchButton);
  let isChosen = false;
  /** @type {Map<string, Asked>} */
  const cache = new Map(); // the latest last
  /** @type {Asked | null} */
  let current = null; // for the place shown
  /** @type {{ tokens: Distribution, moment: Moment } | null} */
  let place = null;
  let timer = 0;

  /** @param {boolean} on */
  function choose(on) {
    isChosen = on;
    if (!on) hide();
  }

  // Cancels the request.
  function cancel() {
    clearTimeout(timer);
    channel.end();
    current = place = null;
  }

  // Hides the line.
  function hide() {
    cancel();
    node.hidden = true;
  }

  // What the bars show: the known characters, else the tokens. With a bias, characters are not computed, since it
  // applies to tokens.
  /** @param {Distribution} tokens @param {Moment} moment @returns {Distribution} */
  function distributionFor(tokens, moment) {
    const { run, at } = moment;
    if (run.byCharacters) {
      if (place) hide();
      drawExact(tokens, run);
      return tokens;
    }
    if (isChosen && run.unit === "token" && state.tab === "play" && state.settings.bias) {
      drawBiased(run);
      return tokens;
    }
    if (!isChosen || run.unit !== "token" || state.tab !== "play") {
      if (place || !node.hidden) hide();
      return tokens;
    }
    const key = JSON.stringify(next.question(run, at));
    if (current && current.key !== key) hide();
    place = { tokens, moment };
    if (!current) {
      current = cache.get(key) ?? { key, answer: null, done: false, problem: "" };
      if (!current.done) timer = setTimeout(ask, PAUSE, current, moment);
    }
    drawStatus();
    return current.answer ? next.distribution(current.answer, tokens) : tokens;
  }

  /** @param {Asked} request @param {Moment} moment */
  async function ask(request, { run, at }) {
    if (state.playing || state.busy) { // the place is about to change
      timer = setTimeout(ask, PAUSE, request, { run, at });
      return;
    }
    const isCurrent = () => current === request && !request.done;
    const failure = await receiveAnswer(channel, "next_character", next.question(run, at), {
      isCurrent, busy: words.refused_reading, isComplete: () => Boolean(request.answer),
      receive(frame) {
        request.answer = next.answerOf(frame, run);
        redraw();
      },
    });
    if (!isCurrent()) return;
    Object.assign(request, { done: true, problem: failure?.sentence ?? "" });
    if (!failure) cache.set(request.key, request);
    if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value ?? "");
    redraw();
  }

  function retry() {
    if (!current || !place) return;
    Object.assign(current, { done: false, problem: "" });
    ask(current, place.moment);
    redraw();
  }

  const drawStatus = eachFrame(() => {
    if (!place || !current) return;
    node.hidden = false;
    const text = sentenceOf(current, place.moment);
    if (status.textContent !== text) status.textContent = text;
    retryButton.hidden = !current.problem;
    offerModel(place.moment.run.model + SUFFIX, String(words.characters_write));
  });

  /** @param {Distribution} shown @param {Run} run */
  function drawExact({ row }, run) {
    node.hidden = state.tab !== "play";
    const text = format.sentence("characters_drawn", { left: format.percent(next.leftOut(row)) });
    if (status.textContent !== text) status.textContent = text;
    retryButton.hidden = true;
    offerModel(run.model.slice(0, -SUFFIX.length), String(words.characters_write_tokens));
  }

  /** @param {Run} run */
  function drawBiased(run) {
    if (place) cancel();
    node.hidden = false;
    if (status.textContent !== String(words.characters_biased)) status.textContent = String(words.characters_biased);
    retryButton.hidden = true;
    offerModel(run.model + SUFFIX, String(words.characters_write));
  }

  /** @param {string} model @param {string} text */
  function offerModel(model, text) {
    switchButton.dataset.model = model;
    if (switchButton.textContent !== text) switchButton.textContent = text;
  }

  /** @param {number} id an entry of the distribution that the bars show */
  function tokenOf(id) {
    return current?.answer && place ? next.tokenOf(current.answer, place.tokens, id) : id;
  }

  return { node, choose, over: distributionFor, tokenOf };
}

/** @param {Asked} asked @param {Moment} moment */
function sentenceOf({ answer, done, problem }, { run, at }) {
  if (problem) return problem;
  if (!answer?.cutAnew) return answer && done ? words[answer.whole ? "characters_one" : "characters_as_cut"] : words.characters_first;
  const values = { end: characters.isolate(format.seen(next.endOf(run, at, answer.cutAnew))), changed: format.percent(answer.changed), left: format.percent(answer.leftOut), all: format.percent(answer.leftOutOfAll) };
  const key = answer.whole ? "characters_whole" : answer.leftOutOfAll < MAX_BOUND ? "characters_end_bounded" : "characters_end";
  return `${format.sentence(key, values)}${done ? "" : ` ${words.characters_more}`}`;
}
