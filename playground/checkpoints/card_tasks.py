"""The wording of a model card that depends on the model's task (models/tasks.py): how it is used, and what its figures
are of."""

from collections.abc import Mapping
from dataclasses import dataclass

from playground.models import KINDS, Task


@dataclass(frozen=True)
class TaskWording:
    """pipeline: the Hub's word for the task. usage: the lines of Python after the text's ids. measured: how the figures
    were measured; curve: the same for the history's. limits: the model's limitations. place: what a figure averages
    over, if not symbols. prompts: the card's name for its prompts."""

    pipeline: str
    usage: str
    measured: str
    curve: str
    limits: str
    place: str = ""
    prompts: str = "Prompts that show it off"


LANGUAGE = TaskWording(
    pipeline="text-generation",
    usage="logits, state = checkpoint.model.advance(ids, state=None)",
    measured="Measured on the whole validation text, with the state carried along, and the weights as they are stored "
    "here.",
    curve="on the validation text (read in 32 parts side by side)",
    limits="What it writes is not fact, and characters that its text lacks are stood for by the nearest one it knows.",
)
WORDINGS: Mapping[Task, TaskWording] = {
    "language": LANGUAGE,
    "masked": TaskWording(
        pipeline="fill-mask",
        usage="logits = checkpoint.model.fill(ids, [4, 9])  # of two gaps; what stands there is not read",
        measured="Measured at gaps: 15 % of the places of each window of the validation text, rounded up and always "
        "the same ones; a window is as long as the context. The other symbols of a window are read, on both sides of a "
        "gap. So these figures are not to be compared with a language model's, which reads one side. The weights are "
        "as they are stored here.",
        curve="at the gaps of the validation text",
        limits="What it puts into a gap is likely and no more: it may be another letter than the writer's. It does "
        "not write texts.",
        place="gap",
    ),
    "translation": TaskWording(
        pipeline="translation",
        usage="logits, state = checkpoint.model.advance(ids)  # what a translation begins with, in the last row",
        measured="Measured on all translations of the sentences that validate, each letter and the end after the right "
        "letters before it, with the weights as they are stored here.",
        curve="on the translations of the sentences that validate",
        limits="It knows sentences of up to 50 letters. What it writes often looks like a translation and is none.",
    ),
    "classifier": TaskWording(
        pipeline="text-classification",
        usage="bad, good = checkpoint.model.classify(ids)[0].softmax(-1).tolist()",
        measured="Measured on all texts that validate, with the weights as they are stored here.",
        curve="on the texts that validate",
        limits="Of another sort of text its verdict says little, and it is certain of some that are wrong. Characters "
        "that its texts lack are stood for by the nearest one it knows.",
        place="review",
        prompts="Texts to try",
    ),
}


def of(kind: str) -> TaskWording:
    """The wording for a kind; for an unknown kind that of a language model."""
    return WORDINGS.get(KINDS[kind].task, LANGUAGE) if kind in KINDS else LANGUAGE
