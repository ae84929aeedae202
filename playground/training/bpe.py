"""The byte-pair merges bundled for the Shapes tab, learned from Tiny Shakespeare by a command:

    python -m playground.training.bpe --text FILE
"""

import argparse
import sys
from pathlib import Path

from playground.text import bpe

MAX_MERGES = 2_000  # merges


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status is 0 when done."""
    parser = argparse.ArgumentParser(
        prog="python -m playground.training.bpe", description="Learn the byte pairs of a text."
    )
    parser.add_argument("--text", required=True, type=Path, help="the text, UTF-8")
    parser.add_argument("--out", type=Path, default=bpe.SHAKESPEARE, help="the file to write, JSON")
    given = parser.parse_args(arguments)
    learned = bpe.learn(given.text.read_text("utf-8"), MAX_MERGES)
    bpe.write(learned, given.out)
    left = learned.characters - sum(merge.count for merge in learned.merges)
    sys.stdout.write(
        f"{given.out}: {learned.characters:,} characters of {learned.alphabet} kinds are {left:,} symbols of "
        f"{learned.alphabet + len(learned.merges):,} after {len(learned.merges):,} merges; "
        f"{learned.words:,} words of {learned.kinds:,} kinds\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
