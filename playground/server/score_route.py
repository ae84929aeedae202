"""The route of the Score tab: a text and a model go in, and its log-probabilities come out, piece by piece.

POST {"model": …, "text": …} is answered with lines of JSON, each of which is one of these:

    {"model", "title", "unit", "counted", "start", "cells", "unknown", "ids", "special", "names", "characters"}   first
    {"log_probabilities": […]}      of the next ids, natural logarithms; "-inf" where a symbol was impossible
    {"nats", "bits_per_symbol", "bits_per_character", "perplexity"}                                               last
    {"problem": …}                  instead of any of them, and then nothing more

A few threads compute for all: each text is a chain of short pieces, and the pieces of different texts take turns. So a
short text is there at once while long ones are read, and one whose reader has gone ends with its piece.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from playground import library
from playground.errors import BadInput, PlaygroundError
from playground.inference import score as scoring
from playground.library import Checkpoint
from playground.server import sanitize, wire
from playground.server.answers import numbers
from playground.server.problems import problem
from playground.server.settings import check_text, check_work, jsonable, parameters_of, require
from playground.text import unicode_text
from playground.text.characters import Encoding

logger = logging.getLogger(__name__)

PATH = "score"
SCORE_LIMIT = 20_000  # characters
PIECE_WORK = 400_000_000  # ids times parameters of one piece: about 30 ms of one core
PIECE_IDS = 256  # at most, so that progress is seen with the smallest models too
SCORERS, OPENERS = 2, 2  # threads
READERS = 200  # texts that are scored, or wait for their turn, at most
DIGITS = 6  # of a log-probability, after the point

T = TypeVar("T")


def route() -> Route:
    """What answers to POST /score."""
    scorers = ThreadPoolExecutor(SCORERS, thread_name_prefix="scoring")
    openers = ThreadPoolExecutor(OPENERS, thread_name_prefix="opening")
    reading = 0

    async def lines(request: Request, body: bytes) -> AsyncIterator[str]:
        nonlocal reading
        reading += 1
        try:
            async for message in _messages(request, body, scorers, openers, busy=reading > READERS):
                yield json.dumps(message, ensure_ascii=False, separators=(",", ":")) + "\n"
        finally:
            reading -= 1

    async def answer(request: Request) -> Response:
        # Said to be encoded already: the compression would keep small pieces back.
        headers = {"Content-Encoding": "identity", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        stream = lines(request, await request.body())
        return StreamingResponse(stream, media_type="application/x-ndjson", headers=headers)

    return Route(f"/{PATH}", answer, methods=["POST"])


async def _messages(
    request: Request, body: bytes, scorers: ThreadPoolExecutor, openers: ThreadPoolExecutor, busy: bool
) -> AsyncIterator[dict[str, Any]]:
    """The answer to one request, until it is whole or nobody waits for it any more."""
    try:
        if busy:
            raise BadInput("score.busy")
        checkpoint, text, encoding = await _in(openers, lambda: _opened(body))
        head = await _in(openers, lambda: _head(checkpoint, text, encoding))
        yield head
        found: list[float] = []
        most = min(PIECE_IDS, max(1, PIECE_WORK // max(1, parameters_of(checkpoint))))
        pieces = scoring.log_probabilities(checkpoint, encoding.ids, most=most)
        while (piece := await _in(scorers, lambda: next(pieces, None))) is not None:
            if await request.is_disconnected():
                return
            found += piece
            yield {"log_probabilities": numbers(round(p, DIGITS) for p in piece)}
        yield _figures(scoring.measure(found, head["characters"]))
    except PlaygroundError as error:
        yield problem(error)
    except Exception:
        logger.exception("A text could not be scored.")
        yield {"problem": None}


async def _in(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, work)


def _opened(body: bytes) -> tuple[Checkpoint, str, Encoding]:
    """The model and the text of a request. BadInput where it is not what the page sends."""
    try:
        asked = json.loads(body)
        model, text = asked["model"], asked["text"]
    except (ValueError, TypeError, LookupError):
        raise BadInput("score.request") from None
    text = check_text("text", text, SCORE_LIMIT)
    checkpoint = library.load(require({"model": model, "prompt": ""}).model, visitor=True)
    encoding = checkpoint.vocabulary.encode(text)
    check_work(checkpoint, len(encoding.ids))
    if not encoding.ids:
        raise BadInput("score.empty")
    return checkpoint, text, encoding


def _head(checkpoint: Checkpoint, text: str, encoding: Encoding) -> dict[str, Any]:
    """All that is known before the model reads the text."""
    vocabulary = checkpoint.vocabulary
    cells = wire.cells_of(text, encoding, wire.cell_starts(checkpoint, text, encoding))
    return {
        "model": checkpoint.name,
        "title": sanitize.title(checkpoint.name, checkpoint.card),
        "unit": vocabulary.unit,
        "counted": scoring.unit_of(vocabulary),
        "start": checkpoint.start,
        **cells,
        "special": sorted(vocabulary.special & set(encoding.ids)),
        "names": unicode_text.names(set(text)),
        "characters": scoring.characters_of(text, encoding),
    }


def _figures(score: scoring.Score) -> dict[str, Any]:
    return {
        "nats": jsonable(score.nats),
        "bits_per_symbol": jsonable(score.bits_per_symbol),
        "bits_per_character": jsonable(score.bits_per_character),
        "perplexity": jsonable(score.perplexity),
    }
