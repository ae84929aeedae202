// Particles are chosen as Python chooses them (tests/test_words.py has the same cases), and sentences are filled.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

globalThis.document = /** @type {any} */ ({
  documentElement: { lang: "ko" },
  getElementById: () => ({
    textContent: JSON.stringify({
      words: {
        en: { copy: "Copy", found: "{name} has {n} {n#symbol|symbols}: {all& or }." },
        ko: { copy: "복사", found: "{name:은/는} 기호가 {n}개입니다: {all& 또는 }." },
      },
    }),
  }),
});
const i18n = await import("../../playground/web/core/i18n.js");
const { particle } = await import("../../playground/web/core/particles.js");

test("particles after consonants, vowels, digits and Latin letters", () => {
  const cases = JSON.parse(readFileSync(new URL("../particles.json", import.meta.url), "utf-8"));
  for (const [word, pair, expected] of cases) assert.equal(particle(word, pair), expected, `${word} ${pair}`);
});

test("a word, a sentence and what the server said follow the language", () => {
  const { copy } = i18n.words;
  const sentence = i18n.sentence("found", { name: "나무", n: 1, all: ["a", "b"] });
  const told = i18n.told({ code: "x", text: { en: "No.", ko: "아니요." } });
  assert.equal(`${copy} ${sentence} ${told}`, "복사 나무는 기호가 1개입니다: a 또는 b. 아니요.");
  let heard = 0;
  i18n.onSwitch(() => { heard += 1; });
  i18n.switchTo("en");
  assert.equal(`${copy} ${sentence} ${told}`, "Copy 나무 has 1 symbol: a or b. No.");
  i18n.switchTo("fr");
  i18n.switchTo("en");
  assert.equal(heard, 1);
  assert.equal(i18n.words.copy, copy);
  assert.equal(copy.toLowerCase(), "copy");
});

test("a sentence of texts and nodes has its parts in order", () => {
  assert.deepEqual(i18n.rich("found", { name: "x", n: 2, all: "y" }), ["", "x", " has ", 2, " ", "symbols", ": ", "y", "."]);
});
