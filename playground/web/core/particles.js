// Chooses Korean particles after a word known only at run time: 을/를, 은/는, 으로/로. The rules are those of
// playground/particles.py, which explains them; both are tested with tests/particles.json.

const FINALS = 28; // a syllable block is 28 · (21 · initial + medial) + final
const FINAL_L = 8;
/** @type {Record<string, string>} */
const DIGITS = { 0: "consonant", 1: "ㄹ", 2: "vowel", 3: "consonant", 4: "vowel", 5: "vowel", 6: "consonant", 7: "ㄹ", 8: "ㄹ", 9: "vowel" };
/** @type {Record<string, string>} */
const LETTERS = { l: "ㄹ", r: "ㄹ", m: "consonant", n: "consonant" };

const PARENTHESES = /(?<=\S)\s*\([^()]*\)$/;
const TRAILING = /[\s"'`“”‘’«»…?!.,:;)\]}>⟩*_-]+$/;

// Chooses from a pair, "after a consonant/after a vowel", the one that follows the word; both if that is unknown.
/** @param {string} word @param {string} pair @returns {string} */
export function particle(word, pair) {
  const [afterConsonant, afterVowel] = pair.split("/");
  const sound = finalSound(word);
  if (sound === null) {
    return afterConsonant === `으${afterVowel}` ? `(으)${afterVowel}` : `${afterConsonant}(${afterVowel})`;
  }
  if (sound === "ㄹ") return afterConsonant.startsWith("으로") ? afterVowel : afterConsonant;
  return sound === "consonant" ? afterConsonant : afterVowel;
}

/** @param {string} text @returns {string | null} */
function finalSound(text) {
  const word = text.replace(PARENTHESES, "").replace(TRAILING, "");
  const last = word.at(-1) ?? "";
  if (["%", "∞", "α"].includes(last)) return "vowel"; // 퍼센트, 무한대, 알파
  if (last >= "가" && last <= "힣") {
    const final = (last.charCodeAt(0) - 0xac00) % FINALS;
    return final === 0 ? "vowel" : final === FINAL_L ? "ㄹ" : "consonant";
  }
  if (last >= "ㄱ" && last <= "ㅎ") return last === "ㄹ" ? "ㄹ" : "consonant";
  if (last >= "ㅏ" && last <= "ㅣ") return "vowel";
  const number = /[\d.,]*\d$/.exec(word);
  if (number) return soundOfNumber(number[0]);
  const latin = /[A-Za-z]+$/.exec(word);
  return latin && soundOfLatin(latin[0]);
}

/** @param {string} number */
function soundOfNumber(number) {
  const digits = number.replaceAll(",", "");
  const zeros = /0*$/.exec(digits)?.[0].length ?? 0;
  return !digits.includes(".") && zeros >= 12 && zeros < 16 ? "vowel" : DIGITS[digits.at(-1) ?? ""];
}

/** @param {string} word */
function soundOfLatin(word) {
  const lower = word.toLowerCase();
  if (/[A-Z]$/.test(word) || !/[aeiouy]/.test(lower) || word.length === 1) return LETTERS[lower.at(-1) ?? ""] ?? "vowel";
  const match = /[aeiouy].*?([lmn])e?$/.exec(lower);
  if (match) return match[1] === "l" ? "ㄹ" : "consonant";
  return /ng$|(?:^|[^aeiou])(?:[aeiou]|oo)(?:[pt]|c?k)$/.test(lower) ? "consonant" : "vowel";
}
