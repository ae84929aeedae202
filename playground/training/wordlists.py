"""What a checkpoint records about its training text, as a command:

    python -m playground.training.wordlists FOLDER … --text FILE

`words.json` beside the weights has the words of the text and the count of each symbol; training writes it too. Only the
training part counts, normalised as for the model. The card gets the result of the best n-gram of that part on the other
part: how well counting alone predicts a text. For an n-gram model that is its own figure already.
"""

import argparse
import sys
from pathlib import Path

from torch import Tensor

from playground import library
from playground.checkpoints.card import Figures
from playground.errors import BadCorpus, PlaygroundError
from playground.inference.score import unit_of
from playground.models.ngram import NGram
from playground.text import wordlist
from playground.text.characters import Vocabulary
from playground.training import records
from playground.training.corpora import Corpus
from playground.training.evaluate import evaluate
from playground.training.recipes import get_recipe
from playground.training.texts import fit_recipe, prepare

ORDERS = range(1, 13)  # orders of n-grams to try
HELD_OUT = 10  # one part in so many of the training text chooses the order


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status is 0 when done, 1 if the user must fix something."""
    parser = argparse.ArgumentParser(
        prog="python -m playground.training.wordlists",
        description="Write what checkpoints keep of their training text: its words, its letters, and its best count.",
    )
    named = "a checkpoint, such as checkpoints/my-gru"
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help=named)
    parser.add_argument("--text", required=True, type=Path, help="the text that they were trained on, UTF-8")
    given = parser.parse_args(arguments)
    best: dict[Corpus, Figures] = {}  # by normalised and split text
    try:
        for folder in given.folders:
            recipe = fit_recipe(get_recipe(library.card(folder).recipe), given.text)
            vocabulary, train_ids, validation_ids = prepare(recipe.corpus, given.text)
            written = records.save_words(folder, vocabulary, train_ids)
            size = (folder / wordlist.FILE).stat().st_size
            sys.stdout.write(
                f"{folder / wordlist.FILE}: {written.count:,} words, {size:,} bytes, "
                f"takes {written.false_positives:.2%} of other words for one of them\n"
            )
            if recipe.kind == "ngram":
                continue
            if recipe.corpus not in best:
                best[recipe.corpus] = best_count(train_ids, validation_ids, vocabulary)
            found = best[recipe.corpus]
            save_best_count(folder, found)
            sys.stdout.write(f"{folder}: an n-gram of order {found.order} has {found.nats:.4f} nats\n")
    except PlaygroundError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def best_count(train_ids: Tensor, validation_ids: Tensor, vocabulary: Vocabulary) -> Figures:
    """The result of the best n-gram of a training text (N,) on the validation text (M,).

    Its order is chosen on the last tenth of the training text: the one with the fewest nats there, counting the rest.
    """
    held_out, size = len(train_ids) // HELD_OUT, len(vocabulary)
    nats = {}
    for order in ORDERS:
        try:
            model = NGram.from_counts(train_ids[:-held_out], order=order, vocabulary=size)
        except BadCorpus:  # it has too many different strings of that length, or is too short for it
            break
        nats[order] = evaluate(model, train_ids[-held_out:]).nats
    order = min(nats, key=nats.__getitem__)
    result = evaluate(NGram.from_counts(train_ids, order=order, vocabulary=size), validation_ids)
    return records.figures(result, unit_of(vocabulary)).model_copy(update={"order": order})


def save_best_count(folder: Path, best: Figures) -> None:
    """Write the best count's figures into a checkpoint's card."""
    checkpoint = library.load(folder)
    card = checkpoint.card.model_copy(update={"best_count": best})
    library.save(folder, checkpoint.kind, checkpoint.model, checkpoint.vocabulary, checkpoint.start, card)


if __name__ == "__main__":
    sys.exit(main())
