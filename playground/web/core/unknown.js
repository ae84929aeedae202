// The message about characters that a model's alphabet lacks, and what it reads instead. Pure.

import * as format from "./format.js";

const MAX_LISTED = 6; // characters listed by name

// Characters that look alike are listed once: composed or not, with or without a variation selector.
/** @param {string} text */
const normalize = (text) => text.normalize("NFC").replace(/\p{DI}/gu, "");

/**
 * @param {Iterable<{ text: string, unknown?: string }>} cells of a text; unknown: what is read in its place, "" for nothing
 * @returns {string} "" if the model knows all of them
 */
export function sentenceOf(cells) {
  /** @type {Map<string, [string, string]>} */
  const byCharacter = new Map();
  for (const { text, unknown } of cells) if (unknown !== undefined) byCharacter.set(normalize(text), [format.quoted(text), unknown]);
  if (!byCharacter.size) return "";
  const listed = [...byCharacter.values()].slice(0, MAX_LISTED);
  const replacements = listed.map(([character, replacement]) => (replacement
    ? format.say("stands_for", { character, replacement: format.seen(replacement) })
    : format.say("stands_for_nothing", { character })));
  const characters = listed.map(([character]) => character).join(" ") + (byCharacter.size > listed.length ? " …" : "");
  return format.say("unknown", { characters, stands: replacements.join("; ") });
}
