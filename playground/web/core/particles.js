// Korean particles after a word that is only known when the page is read: 을 or 를, 은 or 는, 으로 or 로. The same rules as in
// playground/particles.py, which explains them; tests/particles.json has the cases of both.

const FINALS = 28; // a syllable block is 28 · (21 · initial + medial) + final
const FINAL_L = 8;
/** @type {Record<string, string>} */
const DIGITS = { 0: "consonant", 1: "ㄹ", 2: "vowel", 3: "consonant", 4: "vowel", 5: "vowel", 6: "consonant", 7: "ㄹ", 8: "ㄹ", 9: "vowel" };
/** @type {Record<string, string>} */
const LETTERS = { l: "ㄹ", r: "ㄹ", m: "consonant", n: "consonant" };

const ASIDE = /(?<=\S)\s*\([^()]*\)$/;
const AROUND = /[\s"'`“”‘’«»…?!.,:;)\]}>⟩*_-]+$/;

// The one of a pair, "after a consonant/after a vowel", that follows the word; both where that is not known.
/** @param {string} word @param {string} pair @returns {string} */
export function particle(word, pair) {
  const [closed, open] = pair.split("/");
  const end = ending(word);
  if (end === null) return closed === `으${open}` ? `(으)${open}` : `${closed}(${open})`;
  if (end === "ㄹ") return closed.startsWith("으로") ? open : closed;
  return end === "consonant" ? closed : open;
}

/** @param {string} whole @returns {string | null} */
function ending(whole) {
  const word = whole.replace(ASIDE, "").replace(AROUND, "");
  const last = word.at(-1) ?? "";
  if (last === "%" || last === "∞") return "vowel";
  if (last >= "가" && last <= "힣") {
    const final = (last.charCodeAt(0) - 0xac00) % FINALS;
    return final === 0 ? "vowel" : final === FINAL_L ? "ㄹ" : "consonant";
  }
  if (last >= "ㄱ" && last <= "ㅎ") return last === "ㄹ" ? "ㄹ" : "consonant";
  if (last >= "ㅏ" && last <= "ㅣ") return "vowel";
  const number = /[\d.,]*\d$/.exec(word);
  if (number) return ofNumber(number[0]);
  const latin = /[A-Za-z]+$/.exec(word);
  return latin && ofLatin(latin[0]);
}

/** @param {string} number */
function ofNumber(number) {
  const digits = number.replaceAll(",", "");
  const zeros = /0*$/.exec(digits)?.[0].length ?? 0;
  return !digits.includes(".") && zeros >= 12 && zeros < 16 ? "vowel" : DIGITS[digits.at(-1) ?? ""];
}

/** @param {string} word */
function ofLatin(word) {
  const lower = word.toLowerCase();
  if (/[A-Z]$/.test(word) || !/[aeiouy]/.test(lower) || word.length === 1) return LETTERS[lower.at(-1) ?? ""] ?? "vowel";
  const found = /[aeiouy].*?([lmn])e?$/.exec(lower);
  if (found) return found[1] === "l" ? "ㄹ" : "consonant";
  return /ng$|(?:^|[^aeiou])(?:[aeiou]|oo)(?:[pt]|c?k)$/.test(lower) ? "consonant" : "vowel";
}
