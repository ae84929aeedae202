"""The texts that the recipes learn from: whose they are, how they are split, how they are spelled.

Knows no files: the text is given on the command line, and a `Corpus` says which one it must be.
"""

from dataclasses import dataclass, replace

from playground.vocabulary import Normalizer


@dataclass(frozen=True)
class Corpus:
    """What a text is, and whose.

    file: what its file is usually called. card_licence: the Hub's short name for what the weights are under. train,
    end: the split, as `corpus.split` takes it. shuffle: the seed that its lines are shuffled with before, if any.
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


SHAKESPEARE = Corpus(
    name="Tiny Shakespeare",
    file="tinyshakespeare.txt",
    licence="public domain text",
    credit="William Shakespeare; excerpt by Andrej Karpathy (char-rnn)",
    card_licence="mit",
    language="en",
)
SHAKESPEARE_LOWER = replace(
    SHAKESPEARE, name="Tiny Shakespeare, lower-cased", normalizer="lower", train=1_000_000, end=1_060_000
)
NIETZSCHE = Corpus(
    name="Nietzsche, lower-cased",
    file="nietzsche.txt",
    licence="public domain text",
    credit="Friedrich Nietzsche, translated by Helen Zimmern and Alexander Harvey",
    card_licence="mit",
    language="en",
    normalizer="lower",
)
KOREAN = Corpus(
    name="53 Korean stories",
    file="korean_literature.txt",
    licence="public domain works; edition KoCoNovel CC BY-SA 4.0",
    credit="14 Korean authors; KoCoNovel by Kim, Lee and Lee, 2024 (arXiv 2404.01140)",
    card_licence="cc-by-sa-4.0",
    language="ko",
    normalizer="nfd",
)
NAMES = Corpus(
    name="32,033 given names",
    file="names.txt",
    licence="MIT",
    credit="US Social Security Administration, collected by Andrej Karpathy (makemore)",
    card_licence="mit",
    language="en",
    shuffle=1,
)
LUA = Corpus(
    name="the C source of Lua",
    file="lua_source.c.txt",
    licence="MIT",
    credit="Lua.org, PUC-Rio",
    card_licence="mit",
    language="en",
)
