"""/classify: the class that a classifier assigns to a text."""

import threading

from playground.engine import ENGINE
from playground.inference import classify as classifiers
from playground.sampling import distribution
from playground.server import programs
from playground.server.answers import ClassifyAnswer, substitutions
from playground.server.classifying import by_character, read
from playground.server.requests import check_classifier, check_review
from playground.server.settings import work_of

REVIEW = "The food was wonderful, but the service was slow."


def classify(text: str = REVIEW, model: str = "sentiment-en") -> ClassifyAnswer:
    """The class of a text, such as a good or a bad review, and the contribution of each character to the verdict.

    Args:
        text: the text to judge, in one line; its model reads up to 352 symbols (of Korean: jamo).
        model: sentiment-en, sentiment-ko, or owner/name@commit of a classifier that was opened from the Hub.

    Returns:
        verdict, the likeliest class; probabilities, by class, at temperature 1; logits, by class; letters, each with
        its character and share: its contribution to the logit of the last class, relative to the mean of all (gradient
        times input), positive towards that class; replaced, the characters that the model does not know, and what it
        read for them.
    """
    with programs.share() as share:
        name, text = check_classifier(model), check_review(text, "text")
        checkpoint = ENGINE.open(name, threading.Event())
        encoding = read(checkpoint, text)
        share.spend(work_of(checkpoint, 3 * len(encoding.ids)))
        query = classifiers.Judge(encoding.ids)
        (verdict,) = ENGINE.query(checkpoint.name, query, threading.Event(), requester=share.requester)
        names = classifiers.names_of(len(verdict.logits))
        probabilities = distribution(verdict.logits).tolist()
        return {
            "model": checkpoint.name,
            "verdict": names[probabilities.index(max(probabilities))],
            "probabilities": dict(zip(names, probabilities, strict=True)),
            "logits": dict(zip(names, verdict.logits, strict=True)),
            "letters": by_character(checkpoint, text, encoding, verdict.shares[-1]),
            "replaced": substitutions(encoding),
        }
