"""The training texts of the recipes: their sources, splits and normalization.

Knows no files: the text is given on the command line, and a `Corpus` says which one it must be.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from playground.text.characters import Normalizer

HASHED = "a line validates whose SHA-256, read as a number, is 0 modulo 20; the others train"


@dataclass(frozen=True)
class Corpus:
    """A text and its source.

    file:         its usual file name.
    card_licence: the Hub's identifier for the weights' licence.
    train, end:   the split, as in `batches.split`.
    rule:         another way of splitting, in words.
    shuffle:      the seed for shuffling its lines first, if any.
    common:       minimum occurrences of a learned symbol.
    sha256:       of the text, to recognise other texts; empty if any will do.
    """

    name: str
    file: str
    licence: str
    credit: str
    card_licence: str
    language: str
    dataset: str | None = None
    normalizer: Normalizer = "none"
    train: float = 0.9
    end: float = 1.0
    shuffle: int | None = None
    sha256: str = ""
    rule: str = ""
    common: int = 1


SHAKESPEARE = Corpus(
    name="Tiny Shakespeare",
    file="tinyshakespeare.txt",
    sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    licence="public domain text",
    credit="William Shakespeare; excerpt by Andrej Karpathy (char-rnn)",
    card_licence="mit",
    language="en",
)
SHAKESPEARE_LOWER = replace(
    SHAKESPEARE, name="Tiny Shakespeare, lowercase", normalizer="lower", train=1_000_000, end=1_060_000
)
NIETZSCHE = Corpus(
    name="Nietzsche, lowercase",
    file="nietzsche.txt",
    sha256="23cf69874ab69d3d256099ab530ea4be24d47d9675b673bcc67cbcd6298ec647",
    licence="public domain text",
    credit="Friedrich Nietzsche, translated by Helen Zimmern and Alexander Harvey",
    card_licence="mit",
    language="en",
    normalizer="lower",
)
KOREAN = Corpus(
    name="53 Korean stories",
    file="korean_literature.txt",
    sha256="a0cf02475644195d18f7c6db309eae6e920ae7ec8c7e2b9575cc8a118ba2eebc",
    licence="public domain works; edition KoCoNovel CC BY-SA 4.0",
    credit="14 Korean authors; KoCoNovel by Kim, Lee and Lee, 2024 (arXiv 2404.01140)",
    card_licence="cc-by-sa-4.0",
    language="ko",
    normalizer="nfd",
)
NAMES = Corpus(
    name="32,033 given names",
    file="names.txt",
    sha256="0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
    licence="MIT",
    credit="US Social Security Administration, collected by Andrej Karpathy (makemore)",
    card_licence="mit",
    language="en",
    shuffle=1,
)
LUA = Corpus(
    name="the C source of Lua",
    file="lua_source.c.txt",
    sha256="5e96a2e932c729ee1227a60fe7bda914362ee967dacb0cc7d6ef8885d4ec7558",
    licence="MIT",
    credit="Lua.org, PUC-Rio",
    card_licence="mit",
    language="en",
)
PAIRS = Corpus(
    name="118,964 English–Spanish sentences",
    file="spa_eng_tatoeba.txt",
    sha256="6ec60e212f812ee3430f7568ea6f33b6fb080e32193c5952e8da0ee8ba45574c",
    licence="CC BY 2.0",
    credit="Tatoeba (tatoeba.org), collected by manythings.org/anki, 2018-05-13",
    card_licence="cc-by-2.0",
    language="es",
    rule="of the pairs of at most 50 letters each, those validate whose English side's SHA-256, read as a number, is 0 "
    "modulo 20; the others train",
    common=5,
)
KOREAN_REVIEWS = Corpus(
    name="60,000 Korean film reviews",
    file="nsmc_reviews.tsv",
    sha256="9cf63b6986f4970ed3483ad0bc2758ce1de93404234c7522c048c1f1b2b99de4",
    licence="CC0 1.0",
    credit="Naver sentiment movie corpus, Lucy Park (e9t/nsmc)",
    card_licence="mit",
    language="ko",
    normalizer="nfd",
    rule=HASHED,
    common=10,
)
ENGLISH_REVIEWS = Corpus(
    name="3,000 English sentences of reviews",
    file="sentiment_en.tsv",
    sha256="1d7ec25420655ee7a9285640c8e11ca57b6a32424ef4e479ce45693102b8e20c",
    licence="CC BY 4.0",
    credit="Sentiment Labelled Sentences: Kotzias, Denil, de Freitas and Smyth, 2015 (From Group to Individual Labels "
    "using Deep Features); UCI Machine Learning Repository",
    card_licence="mit",
    language="en",
    rule=HASHED,
    common=5,
)


def own(corpus: Corpus, path: Path, text: str) -> Corpus:
    """The corpus itself if the text is its own; otherwise what is known about the text: its file's name."""
    if corpus.sha256 in ("", hashlib.sha256(text.encode()).hexdigest()):
        return corpus
    return Corpus(
        name=path.name,
        file=path.name,
        licence="not stated",
        credit="not stated",
        card_licence="other",
        language="und",
        normalizer=corpus.normalizer,
        shuffle=corpus.shuffle,
        rule=corpus.rule,
        common=corpus.common,
    )
