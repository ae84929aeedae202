"""Recipes of the models that translate."""

from dataclasses import replace

from playground.training.corpora import PAIRS
from playground.training.recipe import GradientTraining, Recipe

TRANSLATION_PROMPTS = ("I love you.→", "Where is the station?→", "She has two cats.→", "It's raining.→")
SHARED = "Its core had other work too meanwhile: alone, the training is shorter."
# The four see the same letters.
TRANSLATION = GradientTraining(
    epochs=5, batches="pairs", batch=64, length=50, lr=4e-3, ema_decay=0.998, precision="float32"
)
TRANSLATOR = {"embedding": 64, "encoder": 160, "hidden": 320, "readout": 192}

TRANSLATION_RECIPES: dict[str, Recipe] = {
    "translate-gru": Recipe(
        title="English to Spanish · GRU without attention",
        corpus=PAIRS,
        kind="seq2seq",
        config={**TRANSLATOR, "attention": "none"},
        training=TRANSLATION,
        prompts=TRANSLATION_PROMPTS,
        note=SHARED,
    ),
    "translate-luong": Recipe(
        title="English to Spanish · GRU with Luong attention",
        corpus=PAIRS,
        kind="seq2seq",
        config={**TRANSLATOR, "attention": "luong"},
        training=TRANSLATION,
        prompts=TRANSLATION_PROMPTS,
        note="The score of its attention is divided by the root of its width. Without that the same recipe had 0.7458 "
        "nats and a chrF of 36.2: each letter looked at one letter of the source alone, often not at the one it meant. "
        + SHARED,
    ),
    "translate-bahdanau": Recipe(
        title="English to Spanish · GRU with Bahdanau attention",
        corpus=PAIRS,
        kind="seq2seq",
        config={**TRANSLATOR, "attention": "bahdanau"},
        training=TRANSLATION,
        prompts=TRANSLATION_PROMPTS,
        note=SHARED,
    ),
    "translate-transformer": Recipe(
        title="English to Spanish · Transformer",
        corpus=PAIRS,
        kind="seq2seq-transformer",
        config={"width": 144, "layers": 2, "heads": 4, "d_ff": 432},
        training=replace(TRANSLATION, lr=1.5e-3),
        prompts=TRANSLATION_PROMPTS,
        note=SHARED,
    ),
}
