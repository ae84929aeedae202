"""Recipes of the translation models."""

from dataclasses import replace
from typing import Any

from playground.training.corpora import PAIRS
from playground.training.recipe import GradientTraining, Recipe

PROMPTS = ("I love you.→", "Where is the station?→", "She has two cats.→", "It's raining.→")
SHARED = "Its core had other work too meanwhile: alone, the training is shorter."
# All four see the same letters.
TRAINING = GradientTraining(
    epochs=5, batches="pairs", batch=64, length=50, lr=4e-3, ema_decay=0.998, precision="float32"
)
GRU = {"embedding": 64, "encoder": 160, "hidden": 320, "readout": 192}


def _recipe(how: str, config: dict[str, Any], kind: str = "seq2seq", lr: float = TRAINING.lr, note: str = "") -> Recipe:
    """One of them. how: its method, for the title. note: what its card says besides the time."""
    return Recipe(
        title=f"English to Spanish · {how}",
        corpus=PAIRS,
        kind=kind,
        config=config,
        training=replace(TRAINING, lr=lr),
        prompts=PROMPTS,
        note=f"{note} {SHARED}".strip(),
    )


TRANSLATION_RECIPES: dict[str, Recipe] = {
    "translate-gru": _recipe("GRU without attention", {**GRU, "attention": "none"}),
    "translate-luong": _recipe(
        "GRU with Luong attention",
        {**GRU, "attention": "luong"},
        note="The score of its attention is divided by the root of its width. Without that it learned more slowly: "
        "each letter looked at one letter of the source alone, often not at the one it meant.",
    ),
    "translate-bahdanau": _recipe("GRU with Bahdanau attention", {**GRU, "attention": "bahdanau"}),
    "translate-transformer": _recipe(
        "Transformer", {"width": 144, "layers": 2, "heads": 4, "d_ff": 432}, kind="seq2seq-transformer", lr=1.5e-3
    ),
}
