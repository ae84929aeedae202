"""The stream: the page's own routes; each answer is a stream of frames (frames.py).

    GET  healthz           health check (health.py)
    GET  stream/open?…     the state that an address describes (opening.py)
    POST stream/look       a prompt's distributions (reading.py)
    POST stream/write      a continuation (writing.py)
    POST stream/score      how well a model predicts a text (scoring.py)
    POST stream/search     beam search, step by step (searching.py)
    POST stream/compare    what a model predicts after a prompt, its figures and the yardsticks (comparing.py)
    POST stream/reach      how much context it uses there, and
    POST stream/average    averaged over a passage, or stream/kept_average for stored results
    POST stream/evidence   the counts behind an n-gram's prediction
    POST stream/costs      the cost of reading for each kind, and
    POST stream/gradients  how far back the gradient reaches (costs.py)
    POST stream/kept_costs stored results of both (kept_costs.py)
    POST stream/embeddings the two matrices of a bigram (embeddings.py)
    POST stream/temperatures  continuations at several temperatures (temperatures.py)
    POST stream/next_character   the exact next character of a token model (characters.py)
    POST stream/first      texts from an initial state (firststates.py)
    POST stream/gaps       what stands in the gaps of a text, from both sides and from the left alone, and
    POST stream/stretch    what is written into a stretch of gaps, one by one (filling.py)
    POST stream/pairs      a text's byte pairs (bpe.py)
    POST stream/translate  a sentence in another language, letter by letter (translating.py)
    POST stream/classify   the classification of a review (classifying.py)
    POST stream/ask        what the Hub has for a name (hub_panel.py)
    POST stream/fetch      the download of an offer

The body of a POST is JSON (requests/). If too many wait, the answer is 503 {"code": "busy", "seconds": 3}; if a visitor
exceeds the share, 429 {"code": "share", "seconds": 3}; both also send `Retry-After`. If the page has sent a newer
request already, it is 409. All other errors are frames with a problem.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.engine.admission import AdmissionQueue, Busy
from playground.engine.base import RequestAborted
from playground.errors import BadInput, Cancelled, PlaygroundError
from playground.server import (
    bpe,
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
    kept_costs,
    opening,
    reading,
    requests,
    scoring,
    searching,
    temperatures,
    translating,
    writing,
)
from playground.server.charges import charge
from playground.server.jobs import CancelToken, Job, JobAborted, Lane, LatestRequests
from playground.server.problems import problem
from playground.server.refusals import Refusal
from playground.server.shares import SHARES, Share, Shares
from playground.server.visitors import visitor_of

logger = logging.getLogger(__name__)

Answer = Callable[[object, CancelToken, Share], Iterator[bytes]]  # a request's data, cancel token and share
Writing = Callable[[object, CancelToken, Share], AsyncIterator[bytes]]

# Answered by threads, by the last part of the address: which lane, and the answer.
ANSWERS: dict[str, tuple[str, Answer]] = {
    "look": ("reading", lambda data, cancel, share: iter([reading.look(requests.look(data), cancel, share)])),
    "score": ("scoring", lambda data, cancel, share: scoring.score(requests.score(data), cancel, share)),
    "search": ("searching", lambda data, cancel, share: searching.search(requests.search(data), cancel, share)),
    "compare": ("comparing", lambda data, cancel, share: comparing.compare(requests.look(data), cancel, share)),
    "reach": ("comparing", lambda data, cancel, share: comparing.reach(requests.look(data), cancel, share)),
    "evidence": ("comparing", lambda data, cancel, share: comparing.evidence(requests.look(data), cancel, share)),
    "average": ("averaging", lambda data, cancel, share: comparing.average(requests.look(data), cancel, share)),
    "kept_average": (
        "comparing", lambda data, cancel, share: comparing.kept_average(requests.look(data), cancel, share),
    ),
    "next_character": (
        "covering", lambda data, cancel, share: characters.next_character(requests.next_character(data), cancel, share),
    ),
    "first": (
        "searching", lambda data, cancel, share: firststates.first_states(requests.first_states(data), cancel, share),
    ),
    "gaps": ("filling", lambda data, cancel, share: filling.fill(requests.gaps(data), cancel, share)),
    "stretch": ("filling", lambda data, cancel, share: filling.stretch(requests.stretch(data), cancel, share)),
    "pairs": ("searching", lambda data, cancel, share: bpe.answer(requests.byte_pairs(data), cancel, share)),
    "costs": ("measuring", lambda _, cancel, share: costs.costs(cancel, share)),
    "gradients": ("measuring", lambda _, cancel, share: costs.gradients(cancel, share)),
    "kept_costs": ("comparing", lambda _data, cancel, _share: kept_costs.known_rows(cancel)),
    "embeddings": ("comparing", lambda data, cancel, share: embeddings.embeddings(requests.look(data), cancel, share)),
    "translate": (
        "searching", lambda data, cancel, share: translating.translate(requests.translate(data), cancel, share),
    ),
    "classify": (
        "classifying", lambda data, cancel, share: classifying.classify(requests.classify(data), cancel, share),
    ),
    "ask": ("asking", lambda data, cancel, _: hub_panel.ask(requests.ask(data), cancel)),
    "fetch": ("fetching", lambda data, cancel, _: hub_panel.fetch(requests.fetch(data), cancel)),
}

# Texts, by the last part of the address.
WRITINGS: dict[str, Writing] = {
    "write": lambda data, cancel, share: writing.write(requests.write(data), cancel, share),
    "temperatures": lambda data, cancel, share: temperatures.write(requests.temperatures(data), cancel, share),
}

OPENERS = 4  # threads; further requests wait in the queue
WRITERS = 1_000  # texts written at the same time, which share their steps
THREADS = {
    "reading": 4, "scoring": 16, "searching": 8, "comparing": 8, "averaging": 8, "measuring": 8, "covering": 8,
    "asking": 8, "fetching": 4, "filling": 8, "classifying": 8,
}  # fmt: skip
READING = 0.01  # seconds that the engine takes to read a short prompt, besides the loop; charged to the requester
WAITING = 2_000  # waiting requests of a kind, at most; others are refused. An address has fewer (shares.py)
OPENINGS = 5_000  # pages that wait to be opened: a full queue of other requests refuses nobody the page


def routes(shares: Shares = SHARES) -> list[Route]:
    """The routes, with their own queues."""
    turns = LatestRequests()
    openers, writers = Lane("opening", OPENERS, OPENINGS), AdmissionQueue(WRITERS, WAITING)
    lanes = {kind: Lane(kind, threads, WAITING) for kind, threads in THREADS.items()}

    async def opens(request: Request) -> Response:
        query = dict(request.query_params)
        cancel = CancelToken()
        try:
            share = shares.admit(visitor_of(request.client), opening=True)
        except Busy as error:
            return Refusal(error)
        charge(READING)
        # A short prompt does not wait for other visitors' long ones.
        whose = share.requester, len(query.get("prompt", ""))

        def made(cancel: CancelToken) -> Iterator[bytes]:
            return or_problem("", lambda: iter([opening.open_link(query, cancel, share)]))

        return Job(openers.frames(made, cancel, *whose), cancel, share)

    def stream_route(answer: Writing) -> Callable[[Request], Awaitable[Response]]:
        """A route whose answers the engine writes, without a thread of ours."""

        async def made(data: object, cancel: CancelToken, share: Share) -> AsyncIterator[bytes]:
            async with writers.place(cancel.event, share.requester):
                async for frame in answer(data, cancel, share):
                    yield frame

        async def route(request: Request) -> Response:
            return await _answer(request, lambda token, *given: run_or_problem(token, made(*given)))

        return route

    def lane_route(lane: Lane, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """A route whose answers the threads of a lane compute."""

        def made(token: str, data: object, cancel: CancelToken, share: Share) -> AsyncIterator[bytes]:
            def frames(cancel: CancelToken) -> Iterator[bytes]:
                return or_problem(token, lambda: answer(data, cancel, share))

            return lane.frames(frames, cancel, share.requester)

        async def route(request: Request) -> Response:
            return await _answer(request, made)

        return route

    async def _answer(
        request: Request, answer: Callable[[str, object, CancelToken, Share], AsyncIterator[bytes]]
    ) -> Response:
        data = requests.parse(await request.body())
        try:
            try:
                envelope = requests.envelope(data)
            except BadInput as error:  # it counts too
                shares.admit(visitor_of(request.client)).close()
                return JSONResponse(problem(error), 400)
            visitor = visitor_of(request.client, envelope.page)
            share = shares.admit(visitor)
        except Busy as error:
            return Refusal(error)
        try:
            cancel = turns.take((visitor, envelope.way), envelope.turn)
        except JobAborted:
            share.close()
            return JSONResponse({"code": "late"}, 409)
        charge(READING)
        return Job(answer(envelope.token, data, cancel, share), cancel, share)

    return [
        health.route(writers, [openers, *lanes.values()]),
        Route("/stream/open", opens, methods=["GET"]),
        *(Route(f"/stream/{name}", stream_route(answer), methods=["POST"]) for name, answer in WRITINGS.items()),
        *(
            Route(f"/stream/{name}", lane_route(lanes[kind], answer), methods=["POST"])
            for name, (kind, answer) in ANSWERS.items()
        ),
    ]


def or_problem(token: str, frames_of: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    """The frames, followed by one with the problem if an exception ends them."""
    try:
        yield from frames_of()
    except Exception as error:  # noqa: BLE001  # all are reported
        yield _frame_of(error, token)


async def run_or_problem(token: str, made: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same for texts."""
    try:
        async for frame in made:
            yield frame
    except Exception as error:  # noqa: BLE001  # all are reported
        yield _frame_of(error, token)


def _frame_of(error: Exception, token: str) -> bytes:
    """The frame for an error. Raises JobAborted if nobody waits for the answer; re-raises Busy."""
    if isinstance(error, Busy | JobAborted):
        raise error
    if isinstance(error, Cancelled | RequestAborted):
        raise JobAborted from None
    if not isinstance(error, PlaygroundError):
        logger.error("A request could not be answered.", exc_info=error)
    return frames.frame(problem(error) | {"id": token})
