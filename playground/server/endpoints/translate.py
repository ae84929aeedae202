"""/translate: a sentence in another language."""

import threading

from playground.engine import ENGINE
from playground.server import programs, translating
from playground.server.answers import TranslateAnswer, substitutions
from playground.server.endpoints.common import Temperature
from playground.server.settings import BEAM, DEFAULTS, Range, check_text, require

WIDTH = Range(0, BEAM["width"].high, whole=True)


def translate(
    model: str = "translate-luong",
    text: str = "Where is the station?",
    temperature: Temperature = 0.0,
    seed: int = DEFAULTS["seed"],
    width: int = 0,
) -> TranslateAnswer:
    """A sentence in another language, written letter by letter by a model that translates.

    Args:
        model: name of a model that translates, as /models lists them.
        text: the sentence, of at most 64 letters.
        temperature: from 0 (the most likely letter each time) to "inf" (uniform); a beam has none.
        seed: of the dice; the same one writes the same text.
        width: 0 to draw letters, or from 1 to 10 to search with so wide a beam for the likeliest text.

    Returns:
        text, the translation; log_probability, of the text and its end (a natural logarithm, at temperature 1); ended,
        whether it ended by itself; source, the sentence as the model read it; replaced, the characters that the model
        does not know, and what it read for them.
    """
    with programs.share() as share:
        settings = require({"model": model, "prompt": "", "temperature": temperature, "seed": seed})
        wide = int(WIDTH.read("width", width))
        checkpoint, never = ENGINE.open(settings.model, threading.Event()), threading.Event()
        translating.check(checkpoint)
        source = translating.read_source(checkpoint, check_text("text", text))
        if wide:
            found = translating.beam_of(checkpoint, source, wide, never, share)[0]
        else:
            written = translating.written_of(checkpoint, source, settings, never, share)
            found = translating.summary_of(checkpoint, written)
        return {
            "model": settings.model,
            "source": checkpoint.vocabulary.decode(source.ids),
            "text": found["text"],
            "log_probability": found["log_probability"],
            "ended": found["ended"],
            "replaced": substitutions(source),
        }
