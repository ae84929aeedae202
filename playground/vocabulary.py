"""Text <-> ids, one id a character. With tokens.py, the one room that knows the `tokenizers` library.

A vocabulary is a real `tokenizer.json`: a BPE model without merges, so that every symbol is one
character, with an optional Unicode normaliser in front. It does not know models or pages.

What stands for a character that the vocabulary lacks is decided here, in this order; the first
stand-in whose symbols are all in the vocabulary is taken:

1. a typographic equal: curly quotes, dashes, ellipsis, unusual spaces, other line ends;
2. the same letters without accents or compatibility forms (Unicode NFKD, marks dropped);
3. the other case of the character, of its typographic equals and of its plain letters;
4. a separator: space, else line end, else tab, else the symbol with id 0.

Every character yields at least one id, but for one: in "\\r\\n", where the vocabulary has no "\\r", the pair is
one line end, the "\\n"'s own.
"""

import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from tokenizers import Tokenizer, decoders, models, normalizers

from playground.errors import BadCheckpoint, BadCorpus, BadInput
from playground.jsonfile import parsed

# "nfd" takes composed characters apart, Hangul syllables into jamo; "lower" lower-cases.
Normalizer = Literal["none", "nfd", "lower"]

MAX_BYTES = 10_000_000
MAX_SYMBOLS = 200_000
SEPARATORS = " \n\t"

_EQUALS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", ("'",)),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", ('"', "'")),
    "'": ("\u2019",),
    '"': ("\u201d", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\u00ad", ("-",)),
    **dict.fromkeys("\u2014\u2015", ("--", "-")),
    "\u2026": ("...", "."),
    **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000\ufeff\u200b\t\v", (" ",)),
    **dict.fromkeys("\r\u0085\u2028\u2029\f", ("\n",)),
    "\n": (" ",),
    "\u2022": ("*", "-"),
    "\u00b7": (".",),
    "[": ("(",), "]": (")",), "{": ("(",), "}": (")",),
    "\u00df": ("ss",), "\u00e6": ("ae",), "\u00c6": ("AE", "Ae"), "\u0153": ("oe",), "\u0152": ("OE", "Oe"),
    "\u00f8": ("o",), "\u00d8": ("O",), "\u0142": ("l",), "\u0141": ("L",),
}  # fmt: skip


@dataclass(frozen=True)
class Substitution:
    """A character of the text that the vocabulary lacks, and what stands for it ("" for the \\r of \\r\\n).

    Where symbols are tokens it may be several characters, for which the unknown token stands together.
    """

    position: int
    character: str
    replacement: str


@dataclass(frozen=True)
class Encoding:
    """A text as ids.

    `offsets[i]` is the index, in the text as it was given, of the character that `ids[i]` came from.
    """

    ids: list[int]
    offsets: list[int]
    substitutions: tuple[Substitution, ...]


class Symbols(Protocol):
    """What a model's ids stand for: a Vocabulary's characters, or the tokens of tokens.py."""

    unit: ClassVar[Literal["character", "token"]]

    @property
    def symbols(self) -> tuple[str, ...]: ...
    @property
    def normalizer(self) -> Normalizer: ...
    @property
    def special(self) -> frozenset[int]: ...  # ids that mean something other than text, such as its end
    @property
    def drops_first_space(self) -> bool: ...  # whether a text is shown without the space that its first symbol has
    def __len__(self) -> int: ...
    def encode(self, text: str) -> Encoding: ...
    def decode(self, ids: Iterable[int]) -> str: ...
    def join(self, text: str, ids: Iterable[int]) -> str: ...
    def save(self, path: str | os.PathLike[str]) -> None: ...


class Vocabulary:
    """The symbols of a model, one character each, numbered from 0; `vocabulary.symbols[id]` is the symbol."""

    unit: ClassVar[Literal["character", "token"]] = "character"  # what a symbol is
    special: frozenset[int] = frozenset()
    drops_first_space: bool = False

    def __init__(self, tokenizer: Tokenizer, normalizer: Normalizer) -> None:
        self._tokenizer = tokenizer
        self.normalizer: Normalizer = normalizer
        self._ids: dict[str, int] = tokenizer.get_vocab()
        self.symbols: tuple[str, ...] = tuple(sorted(self._ids, key=self._ids.__getitem__))
        self._separator = next((s for s in SEPARATORS if s in self._ids), self.symbols[0])

    def __len__(self) -> int:
        return len(self.symbols)

    @classmethod
    def from_text(cls, text: str, normalizer: Normalizer = "none") -> "Vocabulary":
        """The vocabulary of all characters of a text, ordered by code point; BadCorpus when there is none."""
        symbols = sorted({symbol for c in set(text) for symbol in _normalized(c, normalizer)})
        if not symbols:
            raise BadCorpus("The text is empty, so it has no characters to learn: choose another text.")
        if any("\ud800" <= s <= "\udfff" for s in symbols):
            raise BadCorpus("The text holds halves of characters (lone surrogates): save it again as UTF-8.")
        tokenizer = Tokenizer(models.BPE(vocab={s: i for i, s in enumerate(symbols)}, merges=[]))
        if normalizer != "none":
            tokenizer.normalizer = normalizers.NFD() if normalizer == "nfd" else normalizers.Lowercase()
        tokenizer.decoder = decoders.Fuse()
        return cls(tokenizer, normalizer)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Vocabulary":
        """Read a `tokenizer.json`; BadCheckpoint when it is missing, over 10 MB, or not one of ours."""
        path = Path(path)
        text, content = parsed(path, MAX_BYTES)
        normalizer = _check(content, path.name)
        try:
            tokenizer = Tokenizer.from_str(text)
        except Exception as error:  # noqa: BLE001 (the library raises nothing narrower)
            raise BadCheckpoint(f"{path.name} is not a tokenizers file: {str(error)[:200]}") from None
        return cls(tokenizer, normalizer)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the `tokenizer.json`; `tokenizers.Tokenizer.from_file` reads it too."""
        self._tokenizer.save(str(path))

    def encode(self, text: str) -> Encoding:
        """The ids of a text. Never fails: what the vocabulary lacks is stood for, and listed."""
        known: dict[str, tuple[list[int], str | None]] = {}
        ids: list[int] = []
        offsets: list[int] = []
        substitutions: list[Substitution] = []
        for position, character in enumerate(text):
            if character not in known:
                known[character] = self._represent(character)
            pieces, replacement = known[character]
            if replacement is not None and character == "\r" and text[position + 1 : position + 2] == "\n":
                pieces, replacement = [], ""
            ids += pieces
            offsets += [position] * len(pieces)
            if replacement is not None:
                substitutions.append(Substitution(position, character, replacement))
        return Encoding(ids, offsets, tuple(substitutions))

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, composed (NFC) where the vocabulary is decomposed; BadInput for an id out of range."""
        ids = list(ids)
        if ids and not 0 <= min(ids) <= max(ids) < len(self):
            wrong = min(ids) if min(ids) < 0 else max(ids)
            raise BadInput(f"id must be from 0 to {len(self) - 1}, not {wrong}.")
        text = "".join(self.symbols[i] for i in ids)
        return unicodedata.normalize("NFC", text) if self.normalizer == "nfd" else text

    def join(self, text: str, ids: Iterable[int]) -> str:
        """A text and what ids add to it, composed across the seam where the vocabulary is decomposed."""
        joined = text + self.decode(ids)
        return unicodedata.normalize("NFC", joined) if self.normalizer == "nfd" else joined

    def _represent(self, character: str) -> tuple[list[int], str | None]:
        """The ids of a character, and what stands for it (None where it stands for itself)."""
        for stand_in in _stand_ins(character):
            symbols = _normalized(stand_in, self.normalizer)
            if all(s in self._ids for s in symbols):
                return [self._ids[s] for s in symbols], None if stand_in == character else stand_in
        return [self._ids[self._separator]], self._separator


def _stand_ins(character: str) -> Iterator[str]:
    """The character itself, then what may stand for it, best first: steps 1 to 3 of the module's list."""
    equals = _EQUALS.get(character, ())
    plain = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    letters = [character, *equals, *([plain] if plain else [])]
    yield from letters
    for other in letters:
        for case in (other.lower(), other.upper()):
            if case:
                yield case


def _normalized(text: str, normalizer: Normalizer) -> str:
    match normalizer:
        case "nfd":
            return unicodedata.normalize("NFD", text)
        case "lower":
            return text.lower()
    return text


def _check(content: Any, name: str) -> Normalizer:
    """The normaliser of a parsed `tokenizer.json`; BadCheckpoint unless it is a character vocabulary."""
    model = content.get("model") if isinstance(content, dict) else None
    if not isinstance(model, dict) or model.get("type") != "BPE":
        raise BadCheckpoint(f'{name} must hold a tokenizers model of type "BPE": save the vocabulary again.')
    if model.get("merges") or content.get("added_tokens"):
        raise BadCheckpoint(f"{name} has merges or added tokens: only vocabularies of single characters are read.")
    vocab = model.get("vocab")
    if not isinstance(vocab, dict) or not 1 <= len(vocab) <= MAX_SYMBOLS:
        raise BadCheckpoint(f"{name} must list from 1 to {MAX_SYMBOLS:,} symbols.")
    if any(len(symbol) != 1 for symbol in vocab):
        raise BadCheckpoint(f"{name} has symbols that are not one character: only character vocabularies are read.")
    numbers = list(vocab.values())
    if any(type(n) is not int for n in numbers) or sorted(numbers) != list(range(len(vocab))):
        raise BadCheckpoint(f"{name} must number its {len(vocab):,} symbols from 0 on, each once.")
    match content.get("normalizer"):
        case None:
            return "none"
        case {"type": "NFD"}:
            return "nfd"
        case {"type": "Lowercase"}:
            return "lower"
    raise BadCheckpoint(f"{name} has a normalizer that is not known: use none, NFD or Lowercase.")
