"""Training task of a language model: predict each next symbol of a text."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from playground.inference.score import unit_of
from playground.text.characters import Vocabulary
from playground.training import batches, loop, records
from playground.training.corpora import Corpus
from playground.training.objective import NextSymbol
from playground.training.recipes import GradientTraining, Recipe


class TextTask:
    """See train.TrainingTask, for a text. train_ids, validation_ids: its two parts, (N,)."""

    def __init__(self, recipe: Recipe, text_file: Path) -> None:
        self.recipe = fit_recipe(recipe, text_file)
        self.vocabulary, self.train_ids, self.validation_ids = prepare(self.recipe.corpus, text_file)
        self.unit = unit_of(self.vocabulary)

    def fit_plan(self, plan: GradientTraining) -> GradientTraining:
        """See TrainingTask."""
        return fit_plan(plan, len(self.train_ids))

    def objective(self, plan: GradientTraining) -> NextSymbol:
        """See TrainingTask."""
        return NextSymbol(plan, self.train_ids, self.validation_ids)

    def finish(self, folder: Path, recipe: Recipe) -> None:
        """See TrainingTask; and the list of its words."""
        records.save_words(folder, self.vocabulary, self.train_ids)
        records.finish(folder, recipe, self.validation_ids)


def fit_plan(plan: GradientTraining, characters: int) -> GradientTraining:
    """The plan for a training text of that length; reports if its batches differ from the recipe's."""
    suits = loop.fit_to(plan, characters)
    if suits != plan:
        sizes = [f"{p.batch} × {p.length}" for p in (suits, plan)]
        tqdm.write(f"The text is short, so a batch has {sizes[0]} characters, and not {sizes[1]}.")
    return suits


def fit_recipe(recipe: Recipe, text_file: Path) -> Recipe:
    """The recipe for this text: if it is not the recipe's own, with its file name, and its lines as prompts."""
    text = batches.read(text_file)
    fitted = records.name_recipe(recipe, text_file, text)
    return fitted if fitted is recipe else replace(fitted, prompts=_beginnings(text))


def _beginnings(text: str) -> tuple[str, ...]:
    """Up to three different prompts: beginnings of lines or, if there are few, of words."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 3:
        at = (0, len(text) // 3, 2 * len(text) // 3)
        lines = [part.lstrip() for part in (text[0:], *(text[i:].partition(" ")[2] for i in at[1:]))]
        lines = [part.replace("\n", " ") for part in lines if part.strip()]
    picked = lines[:: max(1, len(lines) // 3)][:3]
    return tuple(dict.fromkeys(line[:16] for line in picked))


def prepare(about: Corpus, text_file: Path) -> tuple[Vocabulary, Tensor, Tensor]:
    """The vocabulary of a text, and the ids for training and for validation, as its corpus says."""
    text = batches.read(text_file)
    if about.shuffle is not None:
        text = batches.shuffle_lines(text, about.shuffle)
    # Of the whole text, so that validation has no unknown characters.
    vocabulary = Vocabulary.from_text(text, about.normalizer)
    batches.check_symbols(len(vocabulary), text_file.name)  # "Aaaa" is two characters, and one in lowercase
    begin, end = batches.split(text, about.train, about.end)
    return vocabulary, torch.tensor(vocabulary.encode(begin).ids), torch.tensor(vocabulary.encode(end).ids)
