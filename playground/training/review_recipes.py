"""The recipes of the classifiers of reviews, and the pretraining that one is compared with."""

from playground.training.corpora import ENGLISH_REVIEWS, KOREAN_REVIEWS
from playground.training.recipe import GradientTraining, Recipe

# What folds.py compares a classifier's recipe with: its layers are language models first.
PRETRAINING = GradientTraining(epochs=12, batches="texts", batch=32, length=480, lr=8e-3, precision="float32")

REVIEW_RECIPES: dict[str, Recipe] = {
    "sentiment-ko": Recipe(
        title="Korean film reviews · bidirectional GRU",
        corpus=KOREAN_REVIEWS,
        kind="classifier",
        config={"embedding": 48, "hidden": 64, "ngrams": (3, 5, 7, 9), "buckets": 2**15, "dropout": 0.3},
        training=GradientTraining(
            epochs=3, batches="texts", batch=192, length=352, lr=6e-3, ema_decay=0.99, precision="float32"
        ),
        prompts=(
            "정말 재미있게 봤어요", "시간이 아까운 영화", "배우들 연기는 좋은데 이야기가 지루하다",
            "기대 안 했는데 볼만했다.",
        ),
    ),
    "sentiment-en": Recipe(
        title="English reviews · bidirectional GRU",
        corpus=ENGLISH_REVIEWS,
        kind="classifier",
        config={"embedding": 48, "hidden": 48, "ngrams": (2, 3, 4, 5), "buckets": 2**14, "dropout": 0.4},
        training=GradientTraining(
            epochs=4, batches="texts", batch=32, length=480, lr=5e-3, ema_decay=0.98, precision="float32"
        ),
        prompts=(
            "The food was wonderful, but the service was slow.",
            "I would not recommend this place.",
            "Not bad at all!",
            "It broke after two days.",
        ),
        note="145 reviews validate, which is few. By cross-validation (`python -m playground.training.folds "
        "sentiment-en --text sentiment_en.tsv`, five folds) this recipe judges 80.8 % right; 78.7 % where its layers "
        "first learn to predict the symbols of the same reviews, as ULMFiT begins a classifier (Howard and Ruder, "
        "2018), but without a large corpus before. A naive Bayes that counts words has 82.7 %: of so few texts, words "
        "say more than characters.",
    ),
}
