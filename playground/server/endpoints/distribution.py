"""/distribution: what a model predicts after a prompt."""

import threading

from playground import sampling
from playground.engine import ENGINE
from playground.engine.base import Text
from playground.server import programs
from playground.server.answers import DistributionAnswer, numbers, substitutions
from playground.server.endpoints.common import Bias, Temperature, open_model, settings_among
from playground.server.settings import DEFAULTS, check_switch, require, work_of
from playground.text import streaming


def distribution(
    model: str = DEFAULTS["model"],
    prompt: str = DEFAULTS["prompt"],
    temperature: Temperature = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
    start: bool = True,
    bias: Bias = "",
) -> DistributionAnswer:
    """The distribution of the next character after a prompt, over the whole vocabulary.

    Args:
        model: name of a model, as /models lists them, or owner/name@commit of one that was opened on the page.
        prompt: the text to continue; empty is the start of a text.
        temperature: from 0 (greedy) to "inf" (uniform); 1 is what the model predicts.
        top_k: keep the k likeliest characters; 0 is off.
        top_p: keep the smallest set of the likeliest characters with this mass, 0 to 1; 1 is off.
        min_p: keep characters with at least this share of the likeliest one's probability, 0 to 1; 0 is off.
        start: whether the model's start token precedes the text; without it the text must not be empty.
        bias: added to some logits before anything else, {"e": "-inf", "#7": 2.5} or "e:-inf,#7:2.5"; #7 is an id.

    Returns:
        start, what precedes the text; symbols, probabilities and logits, each in the order of the ids: the vocabulary,
        the distribution to draw from, and the model's raw numbers ("-inf" where it is minus infinity); bytes, null
        beside a symbol that is text, else all its bytes in hex, because it holds a part of a character (the symbol has
        U+FFFD for that part); entropy_bits; likeliest and likeliest_id, the most likely symbol and its id; replaced,
        the characters that the model does not know, and what it read instead.
    """
    with programs.share() as share:
        settings = require(settings_among(locals()))
        checkpoint, encoding = open_model(settings, settings.prompt)
        share.spend(work_of(checkpoint, len(encoding.ids)))
        text = Text(encoding.ids, start=check_switch("start", start))
        asked = (checkpoint.name, text, len(encoding.ids), threading.Event())
        logits = ENGINE.prefill(*asked, exact=True, requester=share.requester)[-1]
        row = sampling.distribution(logits, settings.sampling(checkpoint.vocabulary))
        symbols, raw = streaming.symbols_and_bytes(checkpoint.vocabulary)
        likeliest = int(sampling.ranks(row)[0])
        return {
            "model": settings.model,
            "start": checkpoint.start if start else "",
            "symbols": symbols,
            "probabilities": row.tolist(),
            "logits": numbers(logits.tolist()),
            "entropy_bits": sampling.entropy(row),
            "likeliest": symbols[likeliest],
            "replaced": substitutions(encoding),
            "likeliest_id": likeliest,
            "bytes": raw,
        }
