"""/score: how well a model predicts a text."""

import threading

from playground.engine import ENGINE
from playground.errors import BadInput
from playground.inference import score as scoring
from playground.server import programs
from playground.server.answers import ScoreAnswer, numbers, substitutions
from playground.server.endpoints.common import open_model
from playground.server.settings import DEFAULTS, SCORE_LIMIT, check_switch, check_text, jsonable, require, work_of
from playground.text import streaming


def score(text: str, model: str = DEFAULTS["model"], start: bool = True) -> ScoreAnswer:
    """How well a model predicts a text.

    Args:
        text: the text to score, from 1 to 20,000 characters.
        model: name of a model, as /models lists them, or owner/name@commit of one that was opened on the page.
        start: whether the model's start token precedes the text; without it the first symbol is not counted.

    Returns:
        start, what precedes the text; symbols, ids and log_probabilities (natural logarithms; null where nothing
        predicts the symbol, "-inf" where it was impossible); bytes, null beside a symbol that is text, else its bytes
        in hex; nats, of all that was counted; unit, what a symbol is: character, jamo (a letter of a Korean syllable),
        code point (a letter or a mark) or token; bits_per_symbol, which is how a model's card counts; characters, those
        of the text (NFC) that were counted, and bits_per_character, the same bits divided by them; perplexity, of a
        symbol; replaced, the characters that the model does not know, and what it read instead.
    """
    with programs.share() as share:
        text = check_text("text", text, SCORE_LIMIT)
        settings = require({"model": model, "prompt": ""})
        checkpoint, encoding = open_model(settings, text)
        if not encoding.ids:  # it is empty, or entirely invisible
            raise BadInput("score.empty")
        if not check_switch("start", start) and len(encoding.ids) < 2:
            raise BadInput("score.short")
        share.spend(work_of(checkpoint, len(encoding.ids)))
        characters = scoring.characters_of(text, encoding, start)
        query = scoring.LogProbabilities(encoding.ids, start)
        pieces = ENGINE.query(checkpoint.name, query, threading.Event(), requester=share.requester)
        found = [p for piece in pieces for p in piece]
        result = scoring.measure([*[None] * (len(encoding.ids) - len(found)), *found], characters)
        symbols, raw = streaming.symbols_and_bytes(checkpoint.vocabulary, encoding.ids)
        return {
            "model": settings.model,
            "start": checkpoint.start if start else "",
            "symbols": symbols,
            "log_probabilities": numbers(result.log_probabilities),
            "bits_per_character": jsonable(result.bits_per_character),
            "perplexity": jsonable(result.perplexity),
            "replaced": substitutions(encoding),
            "ids": encoding.ids,
            "bytes": raw,
            "nats": jsonable(result.nats),
            "bits_per_symbol": jsonable(result.bits_per_symbol),
            "unit": scoring.unit_of(checkpoint.vocabulary),
            "characters": characters,
        }
