// The true next character of a model of tokens, for the bars: while "characters" is chosen, the server is asked about the place
// that they show. Its first answer is there at once; better ones follow, and a line says by how much they differ from it. Beside
// it the model can be asked to write by characters; then its bars are them, and the line says what was left out.

import * as characters from "../core/characters.js";
import * as client from "../core/client.js";
import { eachFrame, make } from "../core/dom.js";
import * as format from "../core/format.js";
import { told, words } from "../core/i18n.js";
import * as next from "../core/nextcharacter.js";
import * as server from "../core/server.js";
import { state } from "../core/store.js";
import { SUFFIX } from "./modelnames.js";

const PAUSE = 200; // milliseconds that a place is looked at before it is asked about
const KEPT = 40; // places
const KNOWN = 0.5; // a bound above says nothing

/** @typedef {{ key: string, answer: NextCharacters | null, done: boolean, problem: string }} Asked */

const way = client.beside("characters");

/** @param {() => void} redraw called where there is more to draw @param {(model: string) => void} turn opens a model */
export function nextCharacter(redraw, turn) {
  const said = make("span", { role: "status" });
  const again = make("button", { type: "button", class: "link", text: words.try_again, hidden: "", on: { click: retry } });
  const other = make("button", { type: "button", class: "link", on: { click: () => { if (other.dataset.model) turn(other.dataset.model); } } });
  const node = make("p", { class: "next-character", hidden: "" }, said, again, other);
  let chosen = false;
  /** @type {Map<string, Asked>} */
  const known = new Map(); // the latest last
  /** @type {Asked | null} */
  let now = null; // of the place that is shown
  /** @type {{ tokens: Distribution, moment: Moment } | null} */
  let place = null;
  let timer = 0;

  /** @param {boolean} on */
  function choose(on) {
    chosen = on;
    if (!on) leave();
  }

  // What was asked for is not wanted any more.
  function forget() {
    clearTimeout(timer);
    way.end();
    now = place = null;
  }

  // Nobody looks at it any more.
  function leave() {
    forget();
    node.hidden = true;
  }

  // What the bars show of a distribution of tokens: what is known of its characters, else itself. A bias bends tokens, and what
  // it makes of other cuts is not asked.
  /** @param {Distribution} tokens @param {Moment} moment @returns {Distribution} */
  function over(tokens, moment) {
    const { run, at } = moment;
    if (run.byCharacters) {
      if (place) leave();
      tellOf(tokens, run);
      return tokens;
    }
    if (chosen && run.unit === "token" && state.tab === "play" && state.settings.bias) {
      sayBiased(run);
      return tokens;
    }
    if (!chosen || run.unit !== "token" || state.tab !== "play") {
      if (place || !node.hidden) leave();
      return tokens;
    }
    const key = `${run.model} ${run.steps.slice(0, at).map(({ id }) => id)}`;
    place = { tokens, moment };
    if (now?.key !== key) {
      if (now) leave();
      place = { tokens, moment };
      now = known.get(key) ?? { key, answer: null, done: false, problem: "" };
      if (!now.done) timer = setTimeout(ask, PAUSE, now, moment);
    }
    tell();
    return now.answer ? next.distribution(now.answer, tokens) : tokens;
  }

  /** @param {Asked} mine @param {Moment} moment */
  async function ask(mine, { run, at }) {
    if (state.playing || state.busy) { // the next place follows at once
      timer = setTimeout(ask, PAUSE, mine, { run, at });
      return;
    }
    const waits = () => now === mine && !mine.done;
    let heard = -Infinity;
    const lost = () => fail(mine, words.lost);
    server.watch(waits, lost, () => heard);
    try {
      for await (const frame of way.ask("next_character", { model: run.model, ids: run.steps.slice(0, at).map(({ id }) => id) })) {
        if (!waits()) return;
        heard = performance.now();
        const { problem, code } = frame.head;
        if (problem || code) return fail(mine, problem ? told(problem) : words[code]);
        mine.answer = next.answerOf(frame, run);
        redraw();
      }
      if (!waits()) return;
      if (!mine.answer) return lost();
      mine.done = true;
      known.set(mine.key, mine);
      if (known.size > KEPT) known.delete(known.keys().next().value ?? "");
      redraw();
    } catch (error) {
      if (waits()) fail(mine, client.sentenceOf(error, words.refused_reading));
    }
  }

  /** @param {Asked} mine @param {string} problem */
  function fail(mine, problem) {
    if (now !== mine) return;
    Object.assign(mine, { done: true, problem });
    redraw();
  }

  function retry() {
    if (!now || !place) return;
    Object.assign(now, { done: false, problem: "" });
    ask(now, place.moment);
    redraw();
  }

  const tell = eachFrame(() => {
    if (!place || !now) return;
    node.hidden = false;
    const text = sentenceOf(now, place.moment);
    if (said.textContent !== text) said.textContent = text;
    again.hidden = !now.problem;
    offer(place.moment.run.model + SUFFIX, String(words.characters_write));
  });

  /** @param {Distribution} shown @param {Run} run */
  function tellOf({ row }, run) {
    node.hidden = state.tab !== "play";
    const text = format.sentence("characters_drawn", { left: format.percent(next.leftOut(row)) });
    if (said.textContent !== text) said.textContent = text;
    again.hidden = true;
    offer(run.model.slice(0, -SUFFIX.length), String(words.characters_write_tokens));
  }

  /** @param {Run} run */
  function sayBiased(run) {
    if (place) forget();
    node.hidden = false;
    if (said.textContent !== String(words.characters_biased)) said.textContent = String(words.characters_biased);
    again.hidden = true;
    offer(run.model + SUFFIX, String(words.characters_write));
  }

  /** @param {string} model @param {string} text */
  function offer(model, text) {
    other.dataset.model = model;
    if (other.textContent !== text) other.textContent = text;
  }

  /** @param {number} id an entry of the distribution that the bars show */
  function tokenOf(id) {
    return now?.answer && place ? next.tokenOf(now.answer, place.tokens, id) : id;
  }

  return { node, choose, over, tokenOf };
}

/** @param {Asked} asked @param {Moment} moment */
function sentenceOf({ answer, done, problem }, { run, at }) {
  if (problem) return problem;
  if (!answer?.cutAnew) return answer && done ? words[answer.whole ? "characters_one" : "characters_as_cut"] : words.characters_first;
  const values = { end: characters.isolated(format.seen(next.endOf(run, at, answer.cutAnew))), changed: format.percent(answer.changed), left: format.percent(answer.leftOut), all: format.percent(answer.leftOutOfAll) };
  const all = answer.whole ? "characters_whole" : answer.leftOutOfAll < KNOWN ? "characters_end_bounded" : "characters_end";
  return `${format.sentence(all, values)}${done ? "" : ` ${words.characters_more}`}`;
}
