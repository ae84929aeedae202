"""The list of the words that a checkpoint's training text has, beside its weights, as a command:

    python -m playground.training.wordlists FOLDER … --text FILE

Training writes it too. Only the part of the text that trained counts, spelled as the model spells it.
"""

import argparse
import sys
from pathlib import Path

from playground import library
from playground.errors import PlaygroundError
from playground.text import wordlist
from playground.training import records
from playground.training.recipes import recipe
from playground.training.texts import fit_recipe, prepare


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status is 0 when done, 1 when something must be put right."""
    parser = argparse.ArgumentParser(
        prog="python -m playground.training.wordlists", description="Write the word lists of checkpoints."
    )
    named = "a checkpoint, such as checkpoints/my-gru"
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help=named)
    parser.add_argument("--text", required=True, type=Path, help="the text that they were trained on, UTF-8")
    given = parser.parse_args(arguments)
    try:
        for folder in given.folders:
            chosen = fit_recipe(recipe(library.card(folder).recipe), given.text)
            vocabulary, train_ids, _ = prepare(chosen.corpus, given.text)
            written = records.save_words(folder, vocabulary, train_ids)
            size = (folder / wordlist.FILE).stat().st_size
            sys.stdout.write(
                f"{folder / wordlist.FILE}: {written.count:,} words, {size:,} bytes, "
                f"takes {written.false_positives:.2%} of other words for one of them\n"
            )
    except PlaygroundError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
