"""The named endpoints for programs: `gradio_client`, curl, and MCP clients.

Every endpoint takes plain JSON and gives plain JSON; answers.py says how it is written. An infinite temperature is the
word "inf". A bad parameter is answered with one sentence that names it, its range and the value.
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from gradio.events import api

from playground import library, sampling
from playground.checkpoints.card import Card
from playground.engine import ENGINE
from playground.engine.base import Begun, Run, Text
from playground.errors import BadInput
from playground.inference import score as scoring
from playground.inference import stopping
from playground.models.footprint import text_size
from playground.server import programs, sanitize
from playground.server.answers import (
    DistributionAnswer,
    GenerateAnswer,
    ModelAnswer,
    ScoreAnswer,
    numbers,
    substitutions,
)
from playground.server.settings import (
    DEFAULTS,
    SCORE_LIMIT,
    Settings,
    check_names,
    check_switch,
    check_text,
    check_work,
    jsonable,
    require,
    work_of,
)
from playground.server.values import Values
from playground.text import streaming
from playground.text.characters import Encoding

Temperature = float | str
Bias = dict[str, float | str] | str
Picks = dict[str, str] | str
WRITERS = 1_000  # texts of programs that are written at once, which share their steps


def build() -> None:
    """Add the endpoints to the page that is being built."""
    for endpoint in (distribution, generate, score, models):
        # Of a docstring gradio shows only what stands before the arguments.
        described = " ".join((endpoint.__doc__ or "").split())
        limit = WRITERS if endpoint is generate else 8
        api(endpoint, api_name=endpoint.__name__, api_description=described, concurrency_limit=limit)


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
        prompt: the text to go on from; empty is the start of a text.
        temperature: from 0 (greedy) to "inf" (uniform); 1 is the model's own belief.
        top_k: keep the k likeliest characters; 0 is off.
        top_p: keep the smallest set of the likeliest characters with this mass, 0 to 1; 1 is off.
        min_p: keep what has at least this share of the likeliest one's probability, 0 to 1; 0 is off.
        start: whether the model's start token stands before the text; without it the text must not be empty.
        bias: what is added to some logits before all else, {"e": "-inf", "#7": 2.5} or "e:-inf,#7:2.5"; #7 is an id.

    Returns:
        start, what stands before the text; symbols, probabilities and logits, each in the order of the ids: the
        vocabulary, what is drawn from, and the model's raw numbers ("-inf" where it is minus infinity); bytes, null
        beside a symbol that is text, else all its bytes in hex, because it holds a part of a character (the symbol has
        U+FFFD for that part); entropy_bits; likeliest and likeliest_id, the most likely symbol and its id; replaced,
        the characters that the model does not know, and what it read for them.
    """
    with programs.share() as share:
        settings = require(_named(locals()))
        checkpoint, encoding = _open(settings, settings.prompt)
        share.spend(work_of(checkpoint, len(encoding.ids)))
        text = Text(encoding.ids, start=check_switch("start", start))
        asked = (checkpoint.name, text, len(encoding.ids), threading.Event())
        logits = ENGINE.prefill(*asked, exact=True, asker=share.asker)[-1]
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


async def generate(
    model: str = DEFAULTS["model"],
    prompt: str = DEFAULTS["prompt"],
    temperature: Temperature = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
    seed: int = 42,
    length: int = 400,
    stop: str = DEFAULTS["stop"],
    start: bool = True,
    bias: Bias = "",
    picks: Picks = "",
) -> AsyncIterator[GenerateAnswer]:
    """Write on from a prompt. Streams; the last value holds the whole text.

    The same arguments give the same text as the page does, whoever else writes at that moment. On another kind of
    machine sums are rounded differently, and a text can rarely go another way. The text of each value is the
    beginning of the next one's: what more symbols could still change is held back.

    Args:
        model: name of a model, as /models lists them, or owner/name@commit of one that was opened on the page.
        prompt: the text to go on from; empty is the start of a text.
        temperature: from 0 (greedy) to "inf" (uniform); 1 is the model's own belief.
        top_k: keep the k likeliest characters; 0 is off.
        top_p: keep the smallest set of the likeliest characters with this mass, 0 to 1; 1 is off.
        min_p: keep what has at least this share of the likeliest one's probability, 0 to 1; 0 is off.
        seed: fixes the number u of every step.
        length: how many symbols to write at most, 1 to 2,000.
        stop: none; or line, to stop after the first symbol with a line end; or end, after the model's end token.
        start: whether the model's start token stands before the text; without it the text must not be empty.
        bias: what is added to some logits before all else, {"e": "-inf", "#7": 2.5} or "e:-inf,#7:2.5"; #7 is an id.
        picks: symbols that are not drawn, by the number of their step from 0 on, {"0": "e", "12": "a"} or "0:e,12:a".

    Returns:
        start, what stands before the prompt; text (the prompt and what was written) and written; ids and u, of each
        step the symbol and the number in [0, 1) that chose it, null for a pick (the symbol that stopped the run is
        the last of them, whole; special tokens are among the ids, and no part of the texts); seed; done, true in the
        last value; stopped, why it ended: length, line or end, null before; unfinished, the values of the bytes at the
        end of the ids that make no whole character, which text and written leave out; replaced, the characters of the
        prompt that the model does not know, and what it read for them. A syllable that the prompt begins is whole in
        text ("하" and the final of "한" are "한"); written has its last letter alone. Until done, a Korean model's
        last character is left out of text and written too, because another letter could join it.
    """
    with programs.share() as share:
        given = _named(locals())
        settings = await asyncio.to_thread(require, given)
        checkpoint, encoding = await asyncio.to_thread(_open, settings, settings.prompt)
        ends = stopping.stop_of(checkpoint, settings.stop, settings.length)
        before = checkpoint.start if check_switch("start", start) else ""
        vocabulary, cancelled = checkpoint.vocabulary, threading.Event()
        run = Run(settings.sampling(vocabulary), settings.seed, ends, picks=settings.picked(vocabulary), rows=False)
        each = work_of(checkpoint, 1)
        share.reserve(each * (len(encoding.ids) + settings.length), text_size(checkpoint.model))
        share.done(each * len(encoding.ids))
        ids: list[int] = []
        us: list[float | None] = []
        values = Values(ENGINE.writing)
        asked = (checkpoint.name, Text(encoding.ids, start=start), run, cancelled)
        async with aclosing(ENGINE.run(*asked, asker=share.asker)) as parts:
            async for part in parts:
                if isinstance(part, Begun):
                    continue
                share.done(each * len(part.ids))
                ids += part.ids
                us += part.us
                for count in values.counts(len(ids), ended=part.stopped is not None):
                    yield _value(settings, checkpoint, encoding, ids[:count], us[:count], None, before)
                if part.stopped:
                    yield _value(settings, checkpoint, encoding, ids, us, part.stopped, before)


def _value(
    settings: Settings,
    checkpoint: library.Checkpoint,
    encoding: Encoding,
    ids: list[int],
    us: list[float | None],
    stopped: stopping.Reason | None,
    start: str,
) -> GenerateAnswer:
    """One value of the stream."""
    vocabulary, done = checkpoint.vocabulary, stopped is not None
    return {
        "model": settings.model,
        "start": start,
        "text": streaming.stable_part(vocabulary, ids, vocabulary.join(settings.prompt, ids), done=done),
        "written": streaming.stable_part(vocabulary, ids, vocabulary.decode(ids), done=done),
        "ids": ids.copy(),
        "u": us.copy(),
        "seed": settings.seed,
        "done": done,
        "replaced": substitutions(encoding),
        "stopped": stopped,
        "unfinished": list(streaming.unfinished_bytes(vocabulary, ids)),
    }


def score(text: str, model: str = DEFAULTS["model"], start: bool = True) -> ScoreAnswer:
    """How well a model predicts a text.

    Args:
        text: the text to score, from 1 to 20,000 characters.
        model: name of a model, as /models lists them, or owner/name@commit of one that was opened on the page.
        start: whether the model's start token stands before the text; without it the first symbol is not counted.

    Returns:
        start, what stands before the text; symbols, ids and log_probabilities (natural logarithms; null where nothing
        predicts the symbol, "-inf" where it was impossible); bytes, null beside a symbol that is text, else its bytes
        in hex; nats, of all that was counted; unit, what a symbol is: character, jamo (a letter of a Korean syllable),
        code point (a letter or a mark) or token; bits_per_symbol, which is how a model's card counts; characters, those
        of the text (NFC) that were counted, and bits_per_character, the same bits divided by them; perplexity, of a
        symbol; replaced, the characters that the model does not know, and what it read for them.
    """
    with programs.share() as share:
        text = check_text("text", text, SCORE_LIMIT)
        settings = require({"model": model, "prompt": ""})
        checkpoint, encoding = _open(settings, text)
        if not encoding.ids:  # it is empty, or all of it shows nothing
            raise BadInput("score.empty")
        if not check_switch("start", start) and len(encoding.ids) < 2:
            raise BadInput("score.short")
        share.spend(work_of(checkpoint, len(encoding.ids)))
        characters = scoring.characters_of(text, encoding, start)
        pieces = ENGINE.score(checkpoint.name, encoding.ids, threading.Event(), start=start, asker=share.asker)
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


def models() -> list[ModelAnswer]:
    """The models that can be asked, with their figures and prompts to try.

    Returns:
        name, title, kind, parameters (how many), validation_nats (the loss on its validation text, in nats a symbol),
        unit (what such a symbol is: character or jamo, a letter of a Korean syllable), prompts to try. A number that
        a model's record does not give is null; a model without a title of its own has its name for one.
    """
    return [_model(name, card) for name, card in library.all_cards().items()]


def _model(name: str, card: Card) -> ModelAnswer:
    known = sanitize.of_card(card)
    return {
        "name": name,
        "title": sanitize.title(name, card),
        "kind": card.kind,
        "parameters": known.get("parameters"),
        "validation_nats": known.get("validation", {}).get("nats"),
        "prompts": known.get("prompts", []),
        "unit": card.unit,
    }


def _named(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name in DEFAULTS}


def _open(settings: Settings, text: str) -> tuple[library.Checkpoint, Encoding]:
    checkpoint = ENGINE.open(settings.model, threading.Event())
    encoding = checkpoint.vocabulary.encode(text)
    check_work(checkpoint, len(encoding.ids))
    check_names(checkpoint, settings)
    return checkpoint, encoding
