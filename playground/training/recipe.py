"""What a recipe is: the making of a checkpoint, as data. The recipes themselves are in recipes.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from playground.training.corpora import Corpus
from playground.training.layers import Layers


@dataclass(frozen=True)
class Counting:
    """Training of an n-gram: one pass that counts. order: the longest n-gram, in characters."""

    order: int


@dataclass(frozen=True)
class GradientTraining:
    """Training by gradient descent.

    batches: "streams" carry the state from batch to batch, "windows" are independent, "endings" are windows that begin
    every `stride` characters, with only the last character predicted, "pairs" are a translator's, "texts" are whole
    texts of similar lengths. batch: rows. length: characters per row, for "texts" at most. optimizer: "adamw"
    (Loshchilov and Hutter, 2019), or "rmsprop" as in Keras. lr: the highest learning rate, reached after the share
    `warmup` of all steps, then falling to 0 as a cosine (one-cycle: Smith, 2018), unless the schedule is "constant", or
    "slanted": from lr / 32 up and down again in straight lines (Howard and Ruder, 2018).
    clip: the gradient's largest norm; 0 is off.
    ema_decay: of the moving average of the weights, which is validated and kept; 0 is off. calibration_split: the share
    of the training text, its beginning, that is held out to calibrate the kept weights (evaluate.calibrate).
    precision: what the matrix products of training are rounded to, where the device can; weights, sums and validation
    stay float32 (Micikevicius et al., 2018).
    """

    epochs: int
    batches: Literal["streams", "windows", "endings", "pairs", "texts"]
    batch: int
    length: int
    lr: float
    optimizer: Literal["adamw", "rmsprop"] = "adamw"
    schedule: Literal["one-cycle", "constant", "slanted"] = "one-cycle"
    stride: int = 1
    warmup: float = 0.03
    weight_decay: float = 0.01
    clip: float = 1.0
    ema_decay: float = 0.0
    calibration_split: float = 0.0
    precision: Literal["float32", "bfloat16"] = "bfloat16"
    seed: int = 1


@dataclass(frozen=True)
class FineTuning:
    """How a classifier's layers are pretrained (pretraining.py) and then fine-tuned on labels.

    general: the plan for a general text. own: the plan for continuing on the labelled texts, if any. labels: changes to
    the recipe's training. layers: their unfreezing and learning rates; None: all learn alike.
    """

    general: GradientTraining
    own: GradientTraining | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    layers: Layers | None = None


@dataclass(frozen=True)
class Reported:
    """What a textbook prints for this recipe, for comparison with our result.

    figure: "validation", the state carried along; "windows", validation in windows of the training's length, each from
    a fresh state; or "training", the mean loss of the best epoch's batches. nats, accuracy: as printed there.
    """

    source: str
    figure: Literal["validation", "windows", "training"]
    nats: float
    differs: str
    accuracy: float | None = None


@dataclass(frozen=True)
class Recipe:
    """One checkpoint: its text, its model and its training.

    prompts: a few that show it off. config: the model's, without the vocabulary's size. snapshots: whether to record
    what it writes after some epochs. alternatives: changes to config and training that were tried as well (sweep.py).
    note: anything else a reader of the card should know. bundled: whether its weights are part of the repository, or
    only its record.
    """

    title: str
    corpus: Corpus
    kind: str
    training: Counting | GradientTraining
    prompts: tuple[str, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    start: str = "\n"
    reported: Reported | None = None
    snapshots: bool = False
    alternatives: tuple[Mapping[str, Any], ...] = ()
    note: str = ""
    bundled: bool = True

    def changed(self, changes: Mapping[str, Any]) -> "Recipe":
        """The recipe with some settings of its model or training changed, by name."""
        mine = {name: value for name, value in changes.items() if hasattr(self.training, name)}
        config = {**self.config, **{name: value for name, value in changes.items() if name not in mine}}
        return replace(self, config=config, training=replace(self.training, **mine))
