"""/translate: a sentence in another language."""

import threading

from playground.engine import ENGINE
from playground.server import programs, translating
from playground.server.answers import TranslateAnswer, substitutions
from playground.server.endpoints.common import Picks, Temperature
from playground.server.settings import BEAM, DEFAULTS, Range, check_names, check_text, require

WIDTH = Range(0, BEAM["width"].high, whole=True)


def translate(
    model: str = "translate-luong",
    text: str = "Where is the station?",
    temperature: Temperature = 0.0,
    seed: int = DEFAULTS["seed"],
    width: int = 0,
    picks: Picks = "",
) -> TranslateAnswer:
    """A translation of a sentence, written letter by letter by a translation model.

    Args:
        model: name of a model that translates, as /models lists them.
        text: the sentence, of at most 64 letters.
        temperature: from 0 (the most likely letter each time) to "inf" (uniform); a beam has none.
        seed: of the random numbers; the same seed gives the same text.
        width: 0 to draw letters, or from 1 to 10 for a beam search of that width.
        picks: letters that are not drawn, by the number of their step from 0 on, {"0": "U"} or "0:U"; not for a beam.

    Returns:
        text, the translation; log_probability, of the text and its end (a natural logarithm, at temperature 1); ended,
        whether it ended by itself; source, the sentence as the model read it; replaced, the characters that the model
        does not know, and what it read instead.
    """
    with programs.share() as share:
        given = {"model": model, "prompt": "", "temperature": temperature, "seed": seed, "picks": picks}
        settings = require(given)
        wide = int(WIDTH.read("width", width))
        checkpoint, never = ENGINE.open(settings.model, threading.Event()), threading.Event()
        translating.check(checkpoint)
        check_names(checkpoint, settings)
        source = translating.read_source(checkpoint, check_text("text", text))
        if wide:
            found = translating.beam_of(checkpoint, source, wide, never, share)[0]
        else:
            written = translating.translate_with(checkpoint, source, settings, never, share)
            found = translating.summary_of(checkpoint, written)
        return {
            "model": settings.model,
            "source": checkpoint.vocabulary.decode(source.ids),
            "text": found["text"],
            "log_probability": found["log_probability"],
            "ended": found["ended"],
            "replaced": substitutions(source),
        }
