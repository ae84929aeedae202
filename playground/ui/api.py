"""The named endpoints for programs: `gradio_client`, curl, and MCP clients.

Every endpoint takes plain JSON and gives plain JSON. An infinite temperature is the word "inf". A bad
parameter is answered with one sentence that names it, its range and the value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypedDict

import gradio as gr
from gradio.events import api

from playground import checkpoints, generation, sampling, scoring
from playground.errors import BadInput, PlaygroundError
from playground.ui.controls import DEFAULTS, Settings, check_text, check_work, require
from playground.vocabulary import Encoding

Temperature = float | str
BATCH = 25  # steps between two values of the stream


class Replaced(TypedDict):
    """A character that the model does not know."""

    position: int
    character: str
    replacement: str


class DistributionAnswer(TypedDict):
    model: str
    symbols: list[str]
    probabilities: list[float]
    logits: list[float]
    entropy_bits: float
    likeliest: str
    replaced: list[Replaced]


class GenerateAnswer(TypedDict):
    model: str
    text: str
    written: str
    ids: list[int]
    u: list[float]
    seed: int
    done: bool
    replaced: list[Replaced]


class ScoreAnswer(TypedDict):
    model: str
    symbols: list[str]
    log_probabilities: list[float]
    bits_per_character: float
    perplexity: float
    replaced: list[Replaced]


class ModelAnswer(TypedDict):
    name: str
    title: str
    kind: str
    parameters: int
    validation_nats: float
    prompts: list[str]


def build() -> None:
    """Add the endpoints to the page that is being built."""
    for endpoint in (distribution, generate, score, models):
        api(endpoint, api_name=endpoint.__name__, concurrency_limit=8)


def distribution(
    model: str = DEFAULTS["model"],
    prompt: str = DEFAULTS["prompt"],
    temperature: Temperature = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
) -> DistributionAnswer:
    """The distribution of the next character after a prompt, over the whole vocabulary.

    Args:
        model: name of a model, as /models lists them, or owner/name@commit of one that was opened on the page.
        prompt: the text to go on from; empty is the start of a text.
        temperature: from 0 (greedy) to "inf" (uniform); 1 is the model's own belief.
        top_k: keep the k likeliest characters; 0 is off.
        top_p: keep the smallest set of the likeliest characters with this mass, 0 to 1; 1 is off.
        min_p: keep what has at least this share of the likeliest one's probability, 0 to 1; 0 is off.

    Returns:
        the symbols, their probabilities and raw logits; the entropy in bits; the likeliest; what was replaced.
    """
    with _clear_errors():
        settings = require(_named(locals()))
        checkpoint, encoding = _open(settings)
        logits = generation.read(checkpoint, encoding.ids, rows=1).logits[-1]
        row = sampling.distribution(logits, settings.sampling)
        symbols = checkpoint.vocabulary.symbols
        return {
            "model": settings.model,
            "symbols": list(symbols),
            "probabilities": row.tolist(),
            "logits": logits.tolist(),
            "entropy_bits": sampling.entropy(row),
            "likeliest": symbols[int(sampling.ranks(row)[0])],
            "replaced": _replaced(encoding),
        }


def generate(
    model: str = DEFAULTS["model"],
    prompt: str = DEFAULTS["prompt"],
    temperature: Temperature = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
    seed: int = 42,
    length: int = 400,
) -> Iterator[GenerateAnswer]:
    """Write on from a prompt. Streams; the last value holds the whole text.

    The same arguments give the same text on every machine, and the same as the page does.

    Args:
        model: name of a model, as /models lists them, or owner/name@commit of one that was opened on the page.
        prompt: the text to go on from; empty is the start of a text.
        temperature: from 0 (greedy) to "inf" (uniform); 1 is the model's own belief.
        top_k: keep the k likeliest characters; 0 is off.
        top_p: keep the smallest set of the likeliest characters with this mass, 0 to 1; 1 is off.
        min_p: keep what has at least this share of the likeliest one's probability, 0 to 1; 0 is off.
        seed: fixes the number u of every step.
        length: how many symbols to write, 1 to 2,000.

    Returns:
        text (the prompt and what was written), written, the ids and the u of each step, done. A syllable that the
        prompt begins is whole in text ("하" and the final of "한" are "한"); written has its last letter alone.
    """
    with _clear_errors():
        settings = require(_named(locals()))
        checkpoint, encoding = _open(settings)
        reading = generation.read(checkpoint, encoding.ids, rows=1)
        stream = generation.generate(checkpoint, reading, settings.sampling, seed=settings.seed)
        ids: list[int] = []
        us: list[float] = []
        while len(ids) < settings.length:
            for step in islice(stream, min(BATCH, settings.length - len(ids))):
                ids.append(step.id)
                us.append(float(step.u or 0))
            written = checkpoint.vocabulary.decode(ids)
            yield {
                "model": settings.model,
                "text": checkpoint.vocabulary.join(settings.prompt, ids),
                "written": written,
                "ids": ids.copy(),
                "u": us.copy(),
                "seed": settings.seed,
                "done": len(ids) == settings.length,
                "replaced": _replaced(encoding),
            }


def score(text: str, model: str = DEFAULTS["model"]) -> ScoreAnswer:
    """How well a model foretold a text.

    Args:
        text: the text to score, at least one character.
        model: name of a model, as /models lists them, or owner/name@commit of one that was opened on the page.

    Returns:
        each symbol's natural log-probability, the bits a character, and the perplexity a symbol.
    """
    with _clear_errors():
        settings = require({"model": model, "prompt": check_text("text", text)})
        if not text:
            raise BadInput("There is nothing to score: give a text of at least one character.")
        checkpoint, encoding = _open(settings)
        if not encoding.ids:  # all of it shows nothing
            raise BadInput("There is nothing to score: the text has no character that can be seen.")
        result = scoring.score(checkpoint, encoding.ids, len(text))
        return {
            "model": settings.model,
            "symbols": [checkpoint.vocabulary.symbols[i] for i in encoding.ids],
            "log_probabilities": list(result.log_probabilities),
            "bits_per_character": result.bits_per_character,
            "perplexity": result.perplexity,
            "replaced": _replaced(encoding),
        }


def models() -> list[ModelAnswer]:
    """The models that can be asked, with their figures and prompts to try.

    Returns:
        name, title, kind, number of parameters, validation loss in nats a character, prompts.
    """
    return [_model(name, card) for name, card in checkpoints.all_cards().items()]


def _model(name: str, card: Mapping[str, Any]) -> ModelAnswer:
    return {
        "name": name,
        "title": card.get("title", name),
        "kind": card["kind"],
        "parameters": card["parameters"],
        "validation_nats": card["validation"]["nats"],
        "prompts": list(card.get("prompts", ())),
    }


def _named(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name in DEFAULTS}


def _open(settings: Settings) -> tuple[checkpoints.Checkpoint, Encoding]:
    checkpoint = checkpoints.load(settings.model)
    encoding = checkpoint.vocabulary.encode(settings.prompt)
    check_work(checkpoint, len(encoding.ids))
    return checkpoint, encoding


def _replaced(encoding: Encoding) -> list[Replaced]:
    return [
        {"position": s.position, "character": s.character, "replacement": s.replacement}
        for s in encoding.substitutions
    ]


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Show the message of an error that is safe to show, and print no traceback for it."""
    try:
        yield
    except PlaygroundError as error:
        raise gr.Error(str(error), print_exception=False) from None
