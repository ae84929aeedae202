"""Text <-> ids, one id per character. tokens.py does the same for token models.

A vocabulary is a real `tokenizer.json`: a BPE model without merges, so that every symbol is one character, with an
optional Unicode normaliser in front. It does not know models or pages.

A text is read character by character, where a character is a grapheme cluster: a letter with its marks, an emoji with
all its parts. Each is read as the first of these that the vocabulary has:

1. itself: composed (NFC), as it was given, or decomposed (NFD), with or without the code points that show nothing;
2. a Hangul letter as the jamo that it stands for, or as the letter that looks like it;
3. what `stand_ins.py` lists, from typographic equals to the other case;
4. a separator: space, else line end, else tab, else the symbol with id 0.

Steps 3 and 4 are reported as substitutions. Invisible code points, such as a joiner that is not a symbol, have no id.
Nor has a mark without a letter, or the "\\r" of "\\r\\n" where the vocabulary has no "\\r"; these are reported too.
"""

import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

from tokenizers import Tokenizer, decoders, models, normalizers

from playground.errors import BadCheckpoint, BadCorpus, BadInput
from playground.text.jsonfile import parse
from playground.text.stand_ins import stand_ins
from playground.text.unicode_text import (
    clusters,
    compatibility,
    compose,
    conjoining,
    is_invisible,
    is_mark,
    may_fuse,
    split_jamo,
)

# "nfd" decomposes composed characters, Hangul syllables into jamo; "lower" converts to lowercase.
Normalizer = Literal["none", "nfd", "lower"]

MAX_BYTES = 10_000_000
MAX_SYMBOLS = 200_000
SEPARATORS = " \n\t"
LONGEST = 200  # code points considered per character; marks beyond them are skipped


@dataclass(frozen=True)
class Substitution:
    """A character of the text that the vocabulary lacks, and its replacement ("" for none).

    position:  of its first code point, in the text as it was given.
    character: its code points, composed (NFC). In token models it may be several characters that share one unknown
               token.
    """

    position: int
    character: str
    replacement: str


@dataclass(frozen=True)
class Encoding:
    """A text as ids.

    `offsets[i]` is the index, in the original text, of the code point that `ids[i]` came from, or of the first if
    several form one symbol.
    """

    ids: list[int]
    offsets: list[int]
    substitutions: tuple[Substitution, ...]


class Symbols(Protocol):
    """What a model's ids stand for: the characters of a Vocabulary, or the tokens of tokens.py."""

    unit: ClassVar[Literal["character", "token"]]

    @property
    def symbols(self) -> tuple[str, ...]: ...
    @property
    def normalizer(self) -> Normalizer: ...
    @property
    def special(self) -> frozenset[int]: ...  # ids that mean something other than text, such as its end
    @property
    def drops_first_space(self) -> bool: ...  # whether a text is shown without its first space
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
        symbols = sorted({symbol for c in set(text) for symbol in normalize(c, normalizer)})
        if not symbols:
            raise BadCorpus("corpus.no_characters")
        if any("\ud800" <= s <= "\udfff" for s in symbols):
            raise BadCorpus("corpus.surrogates")
        tokenizer = Tokenizer(models.BPE(vocab={s: i for i, s in enumerate(symbols)}, merges=[]))
        if normalizer != "none":
            tokenizer.normalizer = normalizers.NFD() if normalizer == "nfd" else normalizers.Lowercase()
        tokenizer.decoder = decoders.Fuse()
        return cls(tokenizer, normalizer)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Vocabulary":
        """Read a `tokenizer.json`; BadCheckpoint when it is missing, over 10 MB, or not a character vocabulary."""
        path = Path(path)
        text, content = parse(path, MAX_BYTES)
        normalizer = _check(content, path.name)
        try:
            tokenizer = Tokenizer.from_str(text)
        except Exception as error:  # noqa: BLE001 (the library raises nothing narrower)
            raise BadCheckpoint("vocabulary.no_file", file=path.name, problem=str(error)[:200]) from None
        return cls(tokenizer, normalizer)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the `tokenizer.json`; `tokenizers.Tokenizer.from_file` reads it too."""
        self._tokenizer.save(str(path))

    def encode(self, text: str) -> Encoding:
        """The ids of a text. Never fails: characters that the vocabulary lacks are replaced and listed."""
        starts = clusters(text)
        alone = isinstance(starts, range)  # each code point is a character
        characters = list(text) if alone else [text[a:b] for a, b in pairwise([*starts, len(text)])]
        known = {character: self._read(character) for character in set(characters)}
        if alone and all(read.replacement is None and not read.may_fuse for read in known.values()):
            # Most training text, which is long, is like this.
            ids = [id for character in text for id in known[character].ids]
            return Encoding(ids, [at for at, c in enumerate(text) for _ in known[c].ids], ())
        return self._encode(text, characters, known)

    def _encode(self, text: str, characters: list[str], known: Mapping[str, "_Read"]) -> Encoding:
        ids: list[int] = []
        offsets: list[int] = []
        substitutions: list[Substitution] = []
        position = 0
        for character in characters:
            pieces, places, replacement, fuses = known[character]
            if replacement is not None:
                if character == "\r" and text[position + 1 : position + 2] == "\n":
                    pieces, places, replacement = [], [], ""
                substitutions.append(Substitution(position, compose(character[:LONGEST]), replacement))
            if fuses and (instead := self._kept_apart(ids, pieces[0])) is not None:
                pieces, places = instead + pieces[1:], places[:1] * (len(instead) - 1) + places
            ids += pieces
            if len(places) == 1:
                offsets.append(position + places[0])
            else:
                offsets += [position + place for place in places]
            position += len(character)
        return Encoding(ids, offsets, tuple(substitutions))

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, composed (NFC) where the vocabulary is decomposed; BadInput for an id out of range."""
        ids = list(ids)
        if ids and not 0 <= min(ids) <= max(ids) < len(self):
            wrong = min(ids) if min(ids) < 0 else max(ids)
            raise BadInput("input.id", most=len(self) - 1, value=wrong)
        text = "".join(self.symbols[i] for i in ids)
        return compose(text) if self.normalizer == "nfd" else text

    def join(self, text: str, ids: Iterable[int]) -> str:
        """A text with the text of ids appended. If the vocabulary is decomposed and the text ends with a character that
        was read as itself, that character is composed with what follows; the rest of the text stays as given."""
        written = self.decode(ids)
        starts = clusters(text)
        if self.normalizer != "nfd" or not starts or self.encode(text[starts[-1] :]).substitutions:
            return text + written
        last = text[starts[-1] :]
        joined = compose(last + written)
        return text + written if joined == compose(last) + written else text[: starts[-1]] + joined

    def _read(self, character: str) -> "_Read":
        """What a single character is read as, by the steps in the module's docstring."""
        if len(character) > LONGEST:
            ids = self._ids_of(character)
            return self._read(character[:LONGEST]) if ids is None else self._as_read(ids, self._places(character, ids))
        for form in _equivalents(character):
            if (ids := self._ids_of(form)) is not None:
                return self._as_read(ids, self._places(character, ids))
        visible = [i for i, c in enumerate(character) if not is_invisible(c) or self._ids_of(c) is not None]
        if not visible:
            return _Read([], [], None)
        if len(visible) < len(character):
            read = self._read("".join(character[i] for i in visible))
            return self._as_read(read.ids, [visible[place] for place in read.places], read.replacement)
        for letter in filter(None, (*conjoining(character), compatibility(character))):
            if (ids := self._ids_of(letter)) is not None:
                return self._as_read(ids, [0] * len(ids))
        for stand_in in stand_ins(compose(character), lambda text: self._ids_of(text) is not None):
            if (ids := self._ids_of(stand_in)) is not None:
                return self._as_read(ids, [0] * len(ids), stand_in)
        if all(map(is_mark, character)):
            return _Read([], [], "")
        return _Read([self._ids[self._separator]], [0], self._separator)

    def _as_read(self, ids: list[int], places: list[int], replacement: str | None = None) -> "_Read":
        return _Read(ids, places, replacement, bool(ids) and may_fuse(self.symbols[ids[0]]))

    def _ids_of(self, text: str) -> list[int] | None:
        """The ids of a text whose symbols are all in the vocabulary, or None."""
        ids = [self._ids.get(symbol) for symbol in normalize(text, self.normalizer)]
        return None if None in ids else ids  # type: ignore[return-value]  # just checked

    def _places(self, character: str, ids: list[int]) -> list[int]:
        """The code point that each id of a character came from: the first one if that is ambiguous."""
        parts = [self._ids_of(c) or [] for c in character]
        if [id for part in parts for id in part] != ids:
            return [0] * len(ids)
        return [place for place, part in enumerate(parts) for _ in part]

    def _kept_apart(self, before: list[int], first: int) -> list[int] | None:
        """The ids in place of `first`, if it would form an unintended syllable with those before it."""
        jamo = self.symbols[first]
        other = split_jamo("".join(self.symbols[id] for id in before[-2:]), jamo)
        return None if other == jamo else self._ids_of(other)


class _Read(NamedTuple):
    """What one character is read as.

    places: for each id the code point of the character that it came from. replacement: what stands for it, None if it
    stands for itself. may_fuse: whether the first symbol can form a syllable with the preceding text.
    """

    ids: list[int]
    places: list[int]
    replacement: str | None
    may_fuse: bool = False


def _equivalents(character: str) -> Iterator[str]:
    """The forms of a character that Unicode considers equivalent, best first."""
    if len(character) == 1:
        yield character
    yield compose(character)
    yield character
    yield unicodedata.normalize("NFD", character)


def normalize(text: str, normalizer: Normalizer) -> str:
    """A text as a vocabulary with this normaliser spells it."""
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
        raise BadCheckpoint("vocabulary.type", file=name)
    if model.get("merges") or content.get("added_tokens"):
        raise BadCheckpoint("vocabulary.merges", file=name)
    vocab = model.get("vocab")
    if not isinstance(vocab, dict) or not 1 <= len(vocab) <= MAX_SYMBOLS:
        raise BadCheckpoint("vocabulary.size", file=name, most=MAX_SYMBOLS)
    if any(len(symbol) != 1 for symbol in vocab):
        raise BadCheckpoint("vocabulary.symbols", file=name)
    numbers = list(vocab.values())
    if any(type(n) is not int for n in numbers) or sorted(numbers) != list(range(len(vocab))):
        raise BadCheckpoint("vocabulary.numbers", file=name, count=len(vocab))
    match content.get("normalizer"):
        case None:
            return "none"
        case {"type": "NFD"}:
            return "nfd"
        case {"type": "Lowercase"}:
            return "lower"
    raise BadCheckpoint("vocabulary.normalizer", file=name)
