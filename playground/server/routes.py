"""The stream: what the page reads and writes goes over routes of our own, each answer in frames (frames.py).

    GET  healthz           whether the server is well (health.py)
    GET  stream/open?…     what an address describes (opening.py)
    POST stream/look       a prompt's distributions (reading.py)
    POST stream/write      what follows (writing.py)
    POST stream/score      how well a model predicts a text (scoring.py)
    POST stream/search     what beam search finds, step by step (searching.py)
    POST stream/compare    what a model predicts after a prompt, its figures and the yardsticks (comparing.py)
    POST stream/reach      how far back it looks there, and
    POST stream/average    at many places of a passage, or stream/kept_average where that is known already
    POST stream/evidence   the counts behind an n-gram's prediction
    POST stream/costs      what reading costs in each kind, and
    POST stream/gradients  how far back a mistake is felt (costs.py)
    POST stream/kept_costs what of both is known already
    POST stream/embeddings the two matrices of a bigram (embeddings.py)
    POST stream/temperatures  what follows at several temperatures (temperatures.py)
    POST stream/next_character   the true next character of a model of tokens (characters.py)
    POST stream/first      what is written from a first state (firststates.py)
    POST stream/gaps       what stands in the gaps of a text, from both sides and from the left alone, and
    POST stream/stretch    what is written into a stretch of gaps, one by one (filling.py)
    POST stream/pairs      a text's byte pairs (pairs.py)
    POST stream/translate  a sentence in another language, letter by letter (translating.py)
    POST stream/classify   what a classifier makes of a review (classifying.py)
    POST stream/ask        what the Hub has of a name (hub_panel.py)
    POST stream/fetch      the download of what was offered

The body of a POST is JSON (requests/). Where too many wait, the answer is 503 {"code": "busy", "seconds": 3}; where a
visitor asks for more than a share, 429 {"code": "share", "seconds": 3}; both say so in `Retry-After` too. Where the
page asked for something later already, it is 409. All else that goes wrong is a frame with a problem.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.engine.base import Unwanted
from playground.engine.line import Busy, Line
from playground.errors import BadInput, Cancelled, PlaygroundError
from playground.server import (
    characters,
    classifying,
    comparing,
    costs,
    embeddings,
    filling,
    firststates,
    frames,
    health,
    hub_panel,
    opening,
    pairs,
    reading,
    requests,
    scoring,
    searching,
    temperatures,
    translating,
    writing,
)
from playground.server.charges import charge
from playground.server.jobs import End, Ended, Job, Lane, Turns
from playground.server.problems import problem
from playground.server.refusals import Refusal
from playground.server.shares import SHARES, Share, Shares
from playground.server.visitors import visitor_of

logger = logging.getLogger(__name__)

Answer = Callable[[object, End, Share], Iterator[bytes]]  # of a request's data, its end, and its share
Writing = Callable[[object, End, Share], AsyncIterator[bytes]]

# What threads answer, by the last part of the address: whose threads, and the answer.
ANSWERS: dict[str, tuple[str, Answer]] = {
    "look": ("reading", lambda data, end, share: iter([reading.look(requests.look(data), end, share)])),
    "score": ("scoring", lambda data, end, share: scoring.score(requests.score(data), end, share)),
    "search": ("searching", lambda data, end, share: searching.search(requests.search(data), end, share)),
    "compare": ("comparing", lambda data, end, share: comparing.compare(requests.look(data), end, share)),
    "reach": ("comparing", lambda data, end, share: comparing.reach(requests.look(data), end, share)),
    "evidence": ("comparing", lambda data, end, share: comparing.evidence(requests.look(data), end, share)),
    "average": ("averaging", lambda data, end, share: comparing.average(requests.look(data), end, share)),
    "kept_average": ("comparing", lambda data, end, share: comparing.kept_average(requests.look(data), end, share)),
    "next_character": (
        "covering", lambda data, end, share: characters.next_character(requests.next_character(data), end, share),
    ),
    "first": (
        "searching", lambda data, end, share: firststates.first_states(requests.first_states(data), end, share),
    ),
    "gaps": ("filling", lambda data, end, share: filling.fill(requests.gaps(data), end, share)),
    "stretch": ("filling", lambda data, end, share: filling.stretch(requests.stretch(data), end, share)),
    "pairs": ("searching", lambda data, end, share: pairs.answer(requests.pairs(data), end, share)),
    "costs": ("measuring", lambda _, end, share: costs.costs(end, share)),
    "gradients": ("measuring", lambda _, end, share: costs.gradients(end, share)),
    "kept_costs": ("comparing", lambda _data, end, _share: costs.kept(end)),
    "embeddings": ("comparing", lambda data, end, share: embeddings.embeddings(requests.look(data), end, share)),
    "translate": (
        "searching", lambda data, end, share: translating.translate(requests.translate(data), end, share),
    ),
    "classify": (
        "classifying", lambda data, end, share: classifying.classify(requests.classify(data), end, share),
    ),
    "ask": ("asking", lambda data, end, _: hub_panel.ask(requests.ask(data), end)),
    "fetch": ("fetching", lambda data, end, _: hub_panel.fetch(requests.fetch(data), end)),
}

# What is written, by the last part of the address.
WRITINGS: dict[str, Writing] = {
    "write": lambda data, end, share: writing.write(requests.write(data), end, share),
    "temperatures": lambda data, end, share: temperatures.write(requests.temperatures(data), end, share),
}

OPENERS = 4  # threads; the others wait in line
WRITERS = 1_000  # texts that are written at the same moment, which share their steps
THREADS = {
    "reading": 4, "scoring": 16, "searching": 8, "comparing": 8, "averaging": 8, "measuring": 8, "covering": 8,
    "asking": 8, "fetching": 4, "filling": 8, "classifying": 8,
}  # fmt: skip
READING = 0.01  # seconds that the engine takes to read a short prompt, beside the loop; charged to who asks
WAITING = 2_000  # requests of a kind that wait at most; others are refused. An address has fewer (shares.py)
OPENINGS = 5_000  # pages that wait to be opened: a full line of others refuses nobody the page


def routes(shares: Shares = SHARES) -> list[Route]:
    """The routes, with lines of their own."""
    turns = Turns()
    openers, writers = Lane("opening", OPENERS, OPENINGS), Line(WRITERS, WAITING)
    lanes = {kind: Lane(kind, threads, WAITING) for kind, threads in THREADS.items()}

    async def opens(request: Request) -> Response:
        query = dict(request.query_params)
        end = End()
        try:
            share = shares.admit(visitor_of(request.client))
        except Busy as error:
            return Refusal(error)
        charge(READING)
        whose = share.asker, len(query.get("prompt", ""))  # a short prompt does not wait for the long ones of others

        def made(end: End) -> Iterator[bytes]:
            return or_problem("", lambda: iter([opening.open_link(query, end, share)]))

        return Job(openers.frames(made, end, *whose), end, share)

    def written_of(answer: Writing) -> Callable[[Request], Awaitable[Response]]:
        """The route whose answers the engine writes, and no thread of ours."""

        async def made(data: object, end: End, share: Share) -> AsyncIterator[bytes]:
            async with writers.place(end.event, share.asker):
                async for frame in answer(data, end, share):
                    yield frame

        async def route(request: Request) -> Response:
            return await _answer(request, lambda token, *given: run_or_problem(token, made(*given)))

        return route

    def asked_of(lane: Lane, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """The route whose answers the threads of a lane make."""

        def made(token: str, data: object, end: End, share: Share) -> AsyncIterator[bytes]:
            return lane.frames(lambda end: or_problem(token, lambda: answer(data, end, share)), end, share.asker)

        async def route(request: Request) -> Response:
            return await _answer(request, made)

        return route

    async def _answer(
        request: Request, answer: Callable[[str, object, End, Share], AsyncIterator[bytes]]
    ) -> Response:
        data = requests.parse(await request.body())
        try:
            try:
                asked = requests.asked(data)
            except BadInput as error:  # it counts too
                shares.admit(visitor_of(request.client)).close()
                return JSONResponse(problem(error), 400)
            visitor = visitor_of(request.client, asked.page)
            share = shares.admit(visitor)
        except Busy as error:
            return Refusal(error)
        try:
            end = turns.take((visitor, asked.way), asked.turn)
        except Ended:
            share.close()
            return JSONResponse({"code": "late"}, 409)
        charge(READING)
        return Job(answer(asked.token, data, end, share), end, share)

    return [
        health.route(writers, [openers, *lanes.values()]),
        Route("/stream/open", opens, methods=["GET"]),
        *(Route(f"/stream/{name}", written_of(answer), methods=["POST"]) for name, answer in WRITINGS.items()),
        *(
            Route(f"/stream/{name}", asked_of(lanes[kind], answer), methods=["POST"])
            for name, (kind, answer) in ANSWERS.items()
        ),
    ]


def or_problem(token: str, frames_of: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    """The frames, and where an exception ends them, one that tells of it."""
    try:
        yield from frames_of()
    except Exception as error:  # noqa: BLE001  # all of them are told
        yield _frame_of(error, token)


async def run_or_problem(token: str, made: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
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
