"""Unicode properties of a text: which code points form one character, which are invisible, and which are Hangul
letters.

The Unicode Character Database of Python answers where it can (unicodedata); grapheme clusters come from the regular
expressions of the `tokenizers` library. This module does not know vocabularies.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from tokenizers import Regex, pre_tokenizers

from playground.halves import replace_halves

# Default_Ignorable_Code_Point (DerivedCoreProperties.txt, Unicode 16), and the marks of interlinear annotations.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# What can share a cluster with another character, beyond what its general category tells: jamo, Thai and Lao vowels,
# letters that precede their base (Prepend), halfwidth voice marks, and the letters of flags.
_JOINING = re.compile(
    "[\u0d4e\u0e33\u0eb3\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\uff9e\uff9f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff"
    "\U000111c2\U000111c3\U0001193f\U00011941\U00011a3a\U00011a84-\U00011a89\U00011d46\U00011f02]"
)
_JOINING_CATEGORIES = {"Mn", "Mc", "Me", "Cf", "Cn"}
_MODIFIERS = re.compile("[\U0001f3fb-\U0001f3ff]")  # skin tones of emoji
_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_LETTERS = re.compile("[\u3131-\u318e\uffa1-\uffdc]")  # compatibility jamo, full and half width
_VOWELS = re.compile("[\u1161-\u11a7\ud7b0-\ud7c6]")
_FINALS = re.compile("[\u11a8-\u11ff\ud7cb-\ud7fb]")

_SPLIT = pre_tokenizers.Split(Regex(r"\X"), "isolated")


def compose(text: str) -> str:
    """The text in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", text)


def is_invisible(character: str) -> bool:
    """Whether a code point is invisible: joiners, variation selectors, zero-width spaces, …"""
    return _INVISIBLE.fullmatch(character) is not None


def is_control(character: str) -> bool:
    """Whether a code point is a control, a format (joiners, direction marks, zero width) or a variation selector."""
    return unicodedata.category(character) in ("Cc", "Cf") or "\ufe00" <= character <= "\ufe0f"


def is_mark(character: str) -> bool:
    """Whether a code point modifies another one: accents, enclosing marks, skin tones of emoji."""
    return unicodedata.category(character)[0] == "M" or _MODIFIERS.fullmatch(character) is not None


def clusters(text: str) -> Sequence[int]:
    """Where the extended grapheme clusters of a text begin (UAX #29), except that "\r\n" counts as two."""
    joining = "".join(c for c in set(text) if _may_join(c))
    if not joining:
        return range(len(text))
    joining = re.escape(joining)
    other = f"[^{joining}\x00-\x1f]"
    starts: list[int] = []
    at = 0
    for region in re.finditer(f"{other}?[{joining}]+(?:{other}[{joining}]+)*{other}?", text):
        starts += range(at, region.start())
        at = region.start()
        for length in _lengths(region[0]):
            starts.append(at)
            at += length
    starts += range(at, len(text))
    return starts


def _may_join(character: str) -> bool:
    """Whether a code point can share a cluster with its neighbour; two that cannot never do."""
    if character < "\u0300":
        return False
    return unicodedata.category(character) in _JOINING_CATEGORIES or _JOINING.fullmatch(character) is not None


@lru_cache(maxsize=10_000)
def _lengths(region: str) -> tuple[int, ...]:
    """The number of code points in each cluster of a text."""
    # The library takes quadratic time for many flags in a row, and cannot take lone surrogates.
    region = replace_halves(_FLAGS.sub("A\u0301", region))
    return tuple(len(cluster) for cluster, _ in _SPLIT.pre_tokenize_str(region))


def conjoining(letter: str) -> list[str]:
    """The conjoining jamo that a compatibility jamo stands for, best first; none for other characters.

    A pair of consonants stands for the final that looks like it, or for its two letters as initials.
    """
    if not _LETTERS.fullmatch(letter):
        return []
    jamo = unicodedata.normalize("NFKD", letter)
    return [jamo, _initials(jamo)] if _FINALS.fullmatch(jamo) else [jamo]


def compatibility(jamo: str) -> str:
    """The compatibility jamo that look like these conjoining ones; "" if one has none, or is not a jamo."""
    names = [re.fullmatch("HANGUL (?:CHOSEONG|JUNGSEONG|JONGSEONG) (.+)", unicodedata.name(c, "")) for c in jamo]
    try:
        return "".join(unicodedata.lookup(f"HANGUL LETTER {name[1]}" if name else "") for name in names)
    except KeyError:
        return ""


def may_fuse(symbol: str) -> bool:
    """Whether a jamo can form a syllable with the text before it."""
    return _VOWELS.fullmatch(symbol) is not None or _FINALS.fullmatch(symbol) is not None


def split_jamo(before: str, jamo: str) -> str:
    """`jamo`, or, if it would form a syllable with the text `before` it, a spelling that keeps it separate: a vowel
    gets the silent initial, a final is written as initials."""
    if len(compose(before + jamo)) == len(compose(before)) + len(jamo):
        return jamo
    return "\u110b" + jamo if _VOWELS.fullmatch(jamo) else _initials(jamo)


def _initials(final: str) -> str:
    """The letters of a final as initials: of U+11AA, kiyeok and sios."""
    letters = unicodedata.name(final).removeprefix("HANGUL JONGSEONG ").split("-")
    try:
        return "".join(unicodedata.lookup(f"HANGUL CHOSEONG {letter}") for letter in letters)
    except KeyError:
        return final


def names(characters: Iterable[str]) -> dict[str, str]:
    """Unicode's names, in lowercase, of those code points that cannot be seen by themselves: spaces, controls, marks,
    and invisible ones. Those without a name are left out."""
    found = ((c, _name(c)) for c in characters if unicodedata.category(c)[0] in "CZM" or is_invisible(c))
    return {character: name.lower() for character, name in found if name}


def _name(character: str) -> str:
    if character < " " or character == "\x7f":  # Unicode names only their visible pictures
        picture = "\u2421" if character == "\x7f" else chr(0x2400 + ord(character))
        return unicodedata.name(picture).removeprefix("SYMBOL FOR ")
    return unicodedata.name(character, "")
