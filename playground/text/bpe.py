"""Byte-pair encoding for demonstration: the most frequent pair of neighbours becomes one symbol, repeatedly.

The merges are those of the `tokenizers` trainer (Sennrich et al., 2016, "Neural machine translation of rare words with
subword units"); the symbols start as characters rather than bytes, so that each is readable. A merge never crosses the
edge of a word, which begins with its preceding space, as in GPT-2. The trainer does not report counts, so they are
computed here: how many pairs a merge joins after all earlier ones.

Leaves out: how a model's own tokenizer cuts a text, which is in tokens.py.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

# Letters and digits, signs, and white space.
SPLIT = pre_tokenizers.Split(Regex(r" ?\w+| ?[^\s\w]+|\s+"), "isolated")
SHAKESPEARE = Path(__file__).with_name("shakespeare_pairs.json")
GPT2_CUT = Path(__file__).with_name("gpt2_cut.json")


@dataclass(frozen=True)
class Merge:
    """Two symbols that became one, and how often they were neighbours at that point."""

    left: str
    right: str
    count: int


@dataclass(frozen=True)
class LearnedMerges:
    """The result for a text. characters: its length; alphabet: its distinct characters; words: pieces that SPLIT cuts
    it into; kinds: distinct pieces."""

    characters: int
    alphabet: int
    words: int
    kinds: int
    merges: list[Merge]


def split(text: str) -> list[str]:
    """The words, which no merge crosses, in order; concatenated they are the text."""
    return [word for word, _ in SPLIT.pre_tokenize_str(text)]


def train_merges(text: str, most: int) -> list[tuple[str, str]]:
    """At most `most` merges, in the trainer's order; stops when no pair occurs twice."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = SPLIT
    size = len(set(text)) + most
    trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=2, show_progress=False, special_tokens=[])
    tokenizer.train_from_iterator([text], trainer)
    return [(left, right) for left, right in json.loads(tokenizer.to_str())["model"]["merges"]]


def learn(text: str, most: int) -> LearnedMerges:
    """The merges of a text, at most `most`, each with its count."""
    words = split(text)
    found = Counter(words)
    pairs = train_merges(text, most)
    merges = [Merge(*pair, count) for pair, count in zip(pairs, _counts(found, pairs), strict=True)]
    return LearnedMerges(len(text), len(set(text)), len(words), len(found), merges)


def _counts(found: Counter[str], pairs: Sequence[tuple[str, str]]) -> Iterator[int]:
    """How many pairs each merge joins in these words, given how often each word occurs."""
    words = {word: list(word) for word in found}
    within: defaultdict[tuple[str, str], set[str]] = defaultdict(set)  # words that contain each pair, or once did
    for word in words:
        for pair in pairwise(word):
            within[pair].add(word)
    for pair in pairs:
        count = 0
        for word in within.pop(pair, ()):
            before = words[word]
            words[word] = after = merge(before, *pair)
            count += found[word] * (len(before) - len(after))
            for neighbours in pairwise(after):
                within[neighbours].add(word)
        yield count


def merge(symbols: Sequence[str], left: str, right: str) -> list[str]:
    """The symbols with this pair joined wherever it occurs, from the left."""
    made: list[str] = []
    at = 0
    while at < len(symbols):
        joins = symbols[at : at + 2] == [left, right]
        made.append(left + right if joins else symbols[at])
        at += 2 if joins else 1
    return made


def merge_ranks(text: str, merges: Sequence[tuple[str, str]]) -> list[int | None]:
    """For each of the n − 1 positions between two characters the number of the merge that joins them, or None. So the
    text after the first k merges is cut at all positions whose number is not below k."""
    found: list[int | None] = []
    known: dict[str, list[int | None]] = {}
    rank = {pair: n for n, pair in enumerate(merges)}
    for word in split(text):
        if word not in known:
            known[word] = _joined(word, rank)
        found += [*known[word], None]  # no merge crosses the edge of a word
    return found[:-1]


def _joined(word: str, rank: dict[tuple[str, str], int]) -> list[int | None]:
    symbols = list(word)
    places: list[int | None] = [None] * (len(word) - 1)
    while True:
        there = [rank[pair] for pair in pairwise(symbols) if pair in rank]
        if not there:
            return places
        first = min(there)
        made: list[str] = []
        at = end = 0  # a symbol, and the place after it
        while at < len(symbols):
            end += len(symbols[at])
            if at + 1 < len(symbols) and rank.get((symbols[at], symbols[at + 1])) == first:
                places[end - 1] = first
                end += len(symbols[at + 1])
                made.append(symbols[at] + symbols[at + 1])
                at += 2
            else:
                made.append(symbols[at])
                at += 1
        symbols = made


def write(learned: LearnedMerges, path: Path = SHAKESPEARE) -> None:
    """Write the result as JSON."""
    plain = asdict(learned) | {"merges": [[m.left, m.right, m.count] for m in learned.merges]}
    path.write_text(json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


@dataclass(frozen=True)
class TokenCut:
    """How a vocabulary of `size` tokens cuts a text: where each token begins, in characters."""

    text: str
    starts: list[int]
    size: int


@cache
def gpt2_cut() -> TokenCut:
    """How GPT-2's own tables cut one sample text, stored in advance: the tables, half a megabyte, are not bundled. The
    file names their source."""
    read = json.loads(GPT2_CUT.read_text("utf-8"))
    return TokenCut(read["text"], read["starts"], read["size"])


@cache
def shakespeare() -> LearnedMerges:
    """The result for Tiny Shakespeare (training/bpe.py)."""
    read = json.loads(SHAKESPEARE.read_text("utf-8"))
    return LearnedMerges(**read | {"merges": [Merge(*merge) for merge in read["merges"]]})
