"""Training task of a translator: its table, its objective, and its final record."""

from pathlib import Path

from playground import library
from playground.checkpoints.card import Unit
from playground.training import batches, records, translation_figures
from playground.training.recipes import GradientTraining, Recipe
from playground.training.sentences import Translations, encode, prepare


class PairTask:
    """See train.TrainingTask, for a table of sentences. train, validation: its two parts."""

    unit: Unit = "character"

    def __init__(self, recipe: Recipe, text_file: Path) -> None:
        text = batches.read(text_file)
        self.recipe = records.name_recipe(recipe, text_file, text)
        self.vocabulary, self.train, self.validation = prepare(self.recipe.corpus, text, text_file.name)

    def fit_plan(self, plan: GradientTraining) -> GradientTraining:
        """See TrainingTask: the recipe's own, as a batch may be smaller."""
        return plan

    def objective(self, plan: GradientTraining) -> Translations:
        """See TrainingTask."""
        train, validation = (encode(self.vocabulary.symbols, part) for part in (self.train, self.validation))
        return Translations(plan, train, validation, len(self.vocabulary))

    def finish(self, folder: Path, recipe: Recipe) -> None:
        """See TrainingTask."""
        checkpoint = library.load(folder)
        result, figures = translation_figures.measure(checkpoint, self.validation)
        letters = sum(len(pair.source) + len(pair.target) for pair in self.train)
        assert isinstance(recipe.training, GradientTraining)
        found = {
            "validation": records.figures(result, self.unit),
            "translation": figures.model_copy(update={"seen": letters * recipe.training.epochs}),
            "samples": translation_figures.samples(checkpoint),
        }
        card = checkpoint.card.model_copy(update=found)
        library.save(folder, checkpoint.kind, checkpoint.model, checkpoint.vocabulary, checkpoint.start, card)
        records.report(folder, result, self.unit)
