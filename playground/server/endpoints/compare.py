"""/compare: one prompt, several models."""

import threading

from playground import sampling
from playground.engine import ENGINE
from playground.engine.base import Text
from playground.errors import BadInput
from playground.server import comparing, programs
from playground.server.answers import CompareAnswer, Compared, substitutions
from playground.server.endpoints.common import open_model
from playground.server.settings import DEFAULTS, Settings, jsonable, require, work_of
from playground.server.shares import Share
from playground.text import streaming

MAX_MODELS = 8  # models
SHAKESPEARE = [f"shakespeare-{kind}" for kind in ("ngram", "rnn", "gru", "lstm", "transformer")]


def compare(models: list[str] = SHAKESPEARE, prompt: str = DEFAULTS["prompt"]) -> CompareAnswer:
    """What several models predict after the same prompt, and what each of them costs.

    Args:
        models: names of 1 to 8 models, as /models lists them, or owner/name@commit of one that was opened on the page.
        prompt: the text to continue; empty is the start of a text.

    Returns:
        models, in the order asked, each with symbols and their probabilities at temperature 1, in the order of the ids;
        bytes_of_symbols, null beside a symbol that is text, else its bytes in hex; likeliest, the most likely symbol;
        entropy_bits; nats, -ln p that the model gave to the whole prompt, counted, of how many symbols, and characters,
        how many these spell; uniform_nats, the same if all symbols were equally likely; letters_nats, if each were as
        likely as it is frequent in the text that the model learned (null if its files do not say); count_nats, of the
        bundled n-gram that counted that text (null where there is none); parameters; bytes of its weights; microseconds
        of one core that one more symbol of one text takes on this machine, as measured now; replaced, the characters
        that the model does not know, and what it read instead. A number that a model's record does not give is null.
    """
    with programs.share() as share:
        listed = [models] if isinstance(models, str) else models
        names = isinstance(listed, list) and all(isinstance(name, str) for name in listed)
        if not names or not 1 <= len(listed) <= MAX_MODELS:
            raise BadInput("compare.models", most=MAX_MODELS)
        every = [require({"model": model, "prompt": prompt}) for model in listed]
        return {"models": [_compare(settings, share) for settings in every]}


def _compare(settings: Settings, share: Share) -> Compared:
    cancelled, prompt = threading.Event(), settings.prompt
    checkpoint, encoding = open_model(settings, prompt)
    share.spend(work_of(checkpoint, len(encoding.ids)))
    asked = (checkpoint.name, Text(encoding.ids), len(encoding.ids), cancelled)
    row = sampling.distribution(ENGINE.prefill(*asked, exact=True, requester=share.requester)[-1], sampling.Sampling())
    figures = comparing.measure_model(checkpoint, prompt, cancelled, share)
    symbols, raw = streaming.symbols_and_bytes(checkpoint.vocabulary)
    return {
        "model": settings.model,
        "symbols": symbols,
        "bytes_of_symbols": raw,
        "probabilities": row.tolist(),
        "likeliest": symbols[int(sampling.ranks(row)[0])],
        "entropy_bits": sampling.entropy(row),
        "nats": jsonable(figures.nats),
        "counted": figures.symbols,
        "characters": figures.characters,
        "uniform_nats": figures.uniform,
        "letters_nats": jsonable(figures.letters),
        "count_nats": jsonable(figures.count),
        "parameters": figures.parameters,
        "bytes": figures.bytes,
        "microseconds": figures.microseconds,
        "replaced": substitutions(encoding),
    }
