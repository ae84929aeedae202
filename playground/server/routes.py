"""The stream: what the page reads and writes goes over routes of our own, each answer in frames (frames.py).

    GET  healthz           whether the server is well (health.py)
    GET  stream/open?…     what an address describes (opening.py)
    POST stream/look       a prompt's distributions (reading.py)
    POST stream/write      what follows (writing.py)
    POST stream/score      how well a model predicts a text (scoring.py)
    POST stream/ask        what the Hub has of a name (hub_panel.py)
    POST stream/fetch      the download of what was offered

The body of a POST is JSON (requests.py). Where too many wait, the answer is 503 {"code": "busy"}; where the page asked
for something later already, 409. All else that goes wrong is a frame with a problem.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.engine.base import Unwanted
from playground.engine.line import Busy, Line
from playground.errors import BadInput, Cancelled, PlaygroundError
from playground.server import frames, health, hub_panel, opening, reading, requests, scoring, writing
from playground.server.jobs import End, Ended, Job, Lane, Turns
from playground.server.problems import problem

logger = logging.getLogger(__name__)

OPENERS, READERS = 4, 4  # threads; the others wait in line
WRITERS = 1_000  # texts that are written at the same moment, which share their steps
SCORERS, ASKERS, FETCHERS = 16, 8, 4
WAITING = 200  # requests of a kind that wait at most; others are refused
OPENINGS = 5_000  # pages that wait to be opened: a full line of others refuses nobody the page


def routes() -> list[Route]:
    """The routes, with lines of their own."""
    turns = Turns()
    openers, readers = Lane("opening", OPENERS, OPENINGS), Lane("reading", READERS, WAITING)
    writers = Line(WRITERS, WAITING)
    scorers = Lane("scoring", SCORERS, WAITING)
    askers, fetchers = Lane("asking", ASKERS, WAITING), Lane("fetching", FETCHERS, WAITING)

    async def opens(request: Request) -> Response:
        query = dict(request.query_params)
        end = End()
        return Job(openers.frames(lambda end: told("", lambda: iter([opening.open_link(query, end)])), end), end)

    async def look(request: Request) -> Response:
        return await _job(request, turns, readers, lambda data, end: iter([reading.look(requests.look(data), end)]))

    async def write(request: Request) -> Response:
        async def made(data: object, end: End) -> AsyncIterator[bytes]:
            async with writers.place(end.event):
                async for frame in writing.write(requests.write(data), end):
                    yield frame

        return await _answer(request, turns, lambda token, data, end: told_of_run(token, made(data, end)))

    async def score(request: Request) -> Response:
        return await _job(request, turns, scorers, lambda data, end: scoring.score(requests.score(data), end))

    async def ask(request: Request) -> Response:
        return await _job(request, turns, askers, lambda data, end: hub_panel.ask(requests.ask(data), end))

    async def fetch(request: Request) -> Response:
        return await _job(request, turns, fetchers, lambda data, end: hub_panel.fetch(requests.fetch(data), end))

    return [
        health.route(writers, [openers, readers, scorers, askers, fetchers]),
        Route("/stream/open", opens, methods=["GET"]),
        Route("/stream/look", look, methods=["POST"]),
        Route("/stream/write", write, methods=["POST"]),
        Route("/stream/score", score, methods=["POST"]),
        Route("/stream/ask", ask, methods=["POST"]),
        Route("/stream/fetch", fetch, methods=["POST"]),
    ]


async def _job(
    request: Request, turns: Turns, lane: Lane, answer: Callable[[object, End], Iterator[bytes]]
) -> Response:
    """What a thread of a lane answers."""

    def made(token: str, data: object, end: End) -> AsyncIterator[bytes]:
        return lane.frames(lambda end: told(token, lambda: answer(data, end)), end)

    return await _answer(request, turns, made)


async def _answer(
    request: Request, turns: Turns, answer: Callable[[str, object, End], AsyncIterator[bytes]]
) -> Response:
    data = requests.parsed(await request.body())
    try:
        asked = requests.asked(data)
        end = turns.take(asked.page, asked.turn)
    except BadInput as error:
        return JSONResponse(problem(error), 400)
    except Ended:
        return JSONResponse({"code": "late"}, 409)
    return Job(answer(asked.token, data, end), end)


def told(token: str, frames_of: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    """The frames, and where an exception ends them, one that tells of it."""
    try:
        yield from frames_of()
    except Exception as error:  # noqa: BLE001  # all of them are told
        yield _frame_of(error, token)


async def told_of_run(token: str, made: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same of what is written."""
    try:
        async for frame in made:
            yield frame
    except Exception as error:  # noqa: BLE001  # all of them are told
        yield _frame_of(error, token)


def _frame_of(error: Exception, token: str) -> bytes:
    """The frame that tells of an error. Ended where nobody waits for the answer; Busy as it is."""
    if isinstance(error, Busy | Ended):
        raise error
    if isinstance(error, Cancelled | Unwanted):
        raise Ended from None
    if not isinstance(error, PlaygroundError):
        logger.error("A request could not be answered.", exc_info=error)
    return frames.frame(problem(error) | {"id": token})
