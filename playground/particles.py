"""Korean particles after a word that is only known at run time: 을 or 를, 은 or 는, 이 or 가, 으로 or 로.

    particle("모델", "을/를")       "을"
    particle("GPT-2", "을/를")      "를", as 2 is read 이
    particle("서울", "으로/로")     "로", because ㄹ counts as open before 로
    particle("東京", "이/가")       "이(가)", as its reading is unknown

Which one stands depends on the sound at the end of the word: the first after a consonant, the second after a vowel.
`web/core/particles.js` does the same; tests/particles.json has the cases of both.
"""

import re
from typing import Literal

Ending = Literal["vowel", "consonant", "ㄹ"]

# How digits and capital letters are read, one by one: 영 일 이 삼 사 오 육 칠 팔 구; 엘, 엠, 엔, 알.
_DIGITS: dict[str, Ending] = {
    **dict.fromkeys("2459", "vowel"),
    **dict.fromkeys("036", "consonant"),
    **dict.fromkeys("178", "ㄹ"),
}
_LETTERS: dict[str, Ending] = {"l": "ㄹ", "r": "ㄹ", "m": "consonant", "n": "consonant"}
_UNITS: dict[str, Ending] = {"%": "vowel", "∞": "vowel", "α": "vowel"}  # 퍼센트, 무한대, 알파
_FINALS = 28  # a syllable block is 28 · (21 · initial + medial) + final
_FINAL_L = 8

_ASIDE = re.compile(r"(?<=\S)\s*\([^()]*\)$")
_AROUND = re.compile(r"[\s\"'`“”‘’«»…?!.,:;)\]}>⟩*_-]+$")


def particle(word: str, pair: str) -> str:
    """The particle of a pair, "after a consonant/after a vowel", that fits the word; both where the sound is
    unknown."""
    closed, open_ = pair.split("/")
    end = _ending(word)
    if end is None:
        return f"(으){open_}" if closed == f"으{open_}" else f"{closed}({open_})"
    if end == "ㄹ":
        return open_ if closed.startswith("으로") else closed
    return closed if end == "consonant" else open_


def _ending(word: str) -> Ending | None:
    """The sound at the end of a word; None where it is unknown."""
    word = _AROUND.sub("", _ASIDE.sub("", word))
    last = word[-1:]
    if last in _UNITS:
        return _UNITS[last]
    if "가" <= last <= "힣":
        final = (ord(last) - ord("가")) % _FINALS
        return "vowel" if final == 0 else "ㄹ" if final == _FINAL_L else "consonant"
    if "ㄱ" <= last <= "ㅎ":  # 기역, 니은; the name of ㄹ ends in itself
        return "ㄹ" if last == "ㄹ" else "consonant"
    if "ㅏ" <= last <= "ㅣ":
        return "vowel"
    if found := re.search(r"[\d.,]*\d$", word, re.ASCII):
        return _of_number(found[0])
    if found := re.search(r"[A-Za-z]+$", word):
        return _of_latin(found[0])
    return None


def _of_number(number: str) -> Ending:
    """십, 백, 천, 만 and 억 end in a consonant, 조 (twelve zeros) in a vowel."""
    digits = number.replace(",", "")
    zeros = len(digits) - len(digits.rstrip("0"))
    return "vowel" if "." not in digits and 12 <= zeros < 16 else _DIGITS[digits[-1]]


def _of_latin(word: str) -> Ending:
    """Abbreviations are read letter by letter, words roughly as Korean transcribes them: 캣, 파일, 테스트."""
    lower = word.lower()
    if word[-1].isupper() or not re.search(r"[aeiouy]", lower) or len(word) == 1:
        return _LETTERS.get(lower[-1], "vowel")
    if found := re.search(r"[aeiouy].*?([lmn])e?$", lower):
        return "ㄹ" if found[1] == "l" else "consonant"
    # A stop after a single short vowel closes the syllable, as does ng.
    return "consonant" if re.search(r"ng$|(?:^|[^aeiou])(?:[aeiou]|oo)(?:[pt]|c?k)$", lower) else "vowel"
