// Particles are chosen as Python chooses them (tests/test_words.py has the same cases), and sentences are filled.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as format from "../../playground/web/core/format.js";
import * as i18n from "../../playground/web/core/i18n.js";
import { configure } from "../../playground/web/core/pagedata.js";
import { particle } from "../../playground/web/core/particles.js";

configure({
  words: {
    en: { units_token: "tokens", done: "{n} of {all}", done_counted: "{n} of {all} {units}", copy: "Copy", found: "{name} has {n} {n#symbol|symbols}: {all& or }." },
    ko: { units_token: "토큰", done: "{all}자 중 {n}자", done_counted: "{units} {all}개 중 {n}개", copy: "복사", found: "{name:은/는} 기호가 {n}개입니다: {all& 또는 }." },
  },
});
i18n.switchTo("ko");

test("particles follow consonants, vowels, digits and Latin letters", () => {
  const cases = JSON.parse(readFileSync(new URL("../particles.json", import.meta.url), "utf-8"));
  for (const [word, pair, expected] of cases) assert.equal(particle(word, pair), expected, `${word} ${pair}`);
});

test("numbers are formatted for each language, with the name of the unit", () => {
  const numbers = [2145, 858_753, 3_322_497, 10_788_929, 124_439_808];
  i18n.switchTo("ko");
  assert.deepEqual(numbers.map(format.count), ["2,145", "85.9만", "332만", "1080만", "1.24억"]);
  assert.deepEqual([10_037, 177.6, 9.87].map(format.roughly), ["1만", "180", "9.9"]);
  assert.deepEqual(["character", "token"].map((unit) => format.counting("done", unit, { n: 2, all: 3 })), ["3자 중 2자", "토큰 3개 중 2개"]);
  i18n.switchTo("en");
  assert.deepEqual(numbers.map(format.count), ["2.15 K", "859 K", "3.32 M", "10.8 M", "124 M"]);
  assert.deepEqual([10_037, 177.6, 9.87].map(format.roughly), ["10,000", "180", "9.9"]);
  assert.deepEqual(["character", "token"].map((unit) => format.counting("done", unit, { n: 2, all: 3 })), ["2 of 3", "2 of 3 tokens"]);
  i18n.switchTo("ko");
});

test("words, sentences and server messages follow the language", () => {
  const { copy } = i18n.words;
  const sentence = i18n.sentence("found", { name: "나무", n: 1, all: ["a", "b"] });
  const fromServer = i18n.fromServer({ code: "x", text: { en: "No.", ko: "아니요." } });
  assert.equal(`${copy} ${sentence} ${fromServer}`, "복사 나무는 기호가 1개입니다: a 또는 b. 아니요.");
  let message = 0;
  i18n.onSwitch(() => { message += 1; });
  i18n.switchTo("en");
  assert.equal(`${copy} ${sentence} ${fromServer}`, "Copy 나무 has 1 symbol: a or b. No.");
  i18n.switchTo("fr");
  i18n.switchTo("en");
  assert.equal(message, 1);
  assert.equal(i18n.words.copy, copy);
  assert.equal(copy.toLowerCase(), "copy");
});

test("a rich sentence has its texts and nodes in order", () => {
  assert.deepEqual(i18n.rich("found", { name: "x", n: 2, all: "y" }), ["", "x", " has ", 2, " ", "symbols", ": ", "y", "."]);
});
