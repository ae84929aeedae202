"""Answers to refused requests, with a retry time: too many are waiting, or a visitor exceeds the share.

Programs' requests go to gradio, which queues each before looking at it, and knows no visitors. So they are counted on
arrival.
"""

from __future__ import annotations

import asyncio
import re
from math import ceil

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.engine.admission import Busy
from playground.engine.pace import Pace
from playground.server.charges import charge
from playground.server.messages import ADDRESS
from playground.server.shares import SHARES, RateLimited, Shares
from playground.server.visitors import visitor_of
from playground.words import message

HELD_SECONDS = 1.0  # delay before a refusal is sent
MOST_HELD = 2_000  # refusals delayed at the same time
QUEUED = 0.005  # seconds of the event loop that gradio's queue takes for a request after it is answered

# Requests that enter gradio's queue or run at once; and those that gradio rebuilds each time.
ASKS = re.compile(r"POST .*/gradio_api/(call/|run/|api/|queue/join/?$)")
MADE = re.compile(r"GET (.*/(config|gradio_api/(info|openapi\.json))/?|/)$")


def seconds_of(error: Busy) -> int:
    """The retry time in whole seconds."""
    return ceil(max(1.0, error.seconds))


def refusal_code(error: Busy) -> dict[str, str | int]:
    """The same for the page, which has the sentences."""
    return {"code": "share" if isinstance(error, RateLimited) else "busy", "seconds": seconds_of(error)}


def refusal_sentence(error: Busy) -> str:
    """The sentence with the reason and the retry time."""
    return str(message("refused_share" if isinstance(error, RateLimited) else "refused_full", n=seconds_of(error)))


class Refusal(JSONResponse):
    """The answer: 429 if a visitor exceeds the share, and 503 if too many wait.

    A 429 is sent after a delay, so that immediate retries, on however many connections, cost the server less; the page,
    which honours the retry time, is not affected. detail: includes the sentence, in gradio's format for programs.
    """

    held = 0  # delayed answers, of all visitors

    def __init__(self, error: Busy, *, detail: bool = False) -> None:
        said = {"detail": refusal_sentence(error)} if detail else {}
        status = 429 if isinstance(error, RateLimited) else 503
        super().__init__(said | refusal_code(error), status, headers={"retry-after": str(seconds_of(error))})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.status_code == 429 and Refusal.held < MOST_HELD:
            Refusal.held += 1
            try:
                await asyncio.sleep(HELD_SECONDS)
            finally:
                Refusal.held -= 1
        await super().__call__(scope, receive, send)


class ProgramsShares:
    """ASGI middleware: refuses requests to gradio that exceed a share or find its queue full, with a retry time.

    size: maximum number of requests waiting in that queue. pace: of the answers leaving it.
    """

    def __init__(self, app: ASGIApp, size: int, pace: Pace, shares: Shares = SHARES) -> None:
        self.app, self.size, self.pace, self.shares = app, size, pace, shares

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = f"{scope['method']} {scope['path']}" if scope["type"] == "http" else ""
        enters = ASKS.match(asked) is not None
        if not (enters or MADE.match(asked)):
            await self.app(scope, receive, send)
            return
        visitor = visitor_of(HTTPConnection(scope).client)
        ADDRESS.set(visitor.address)
        try:
            self.shares.check(visitor, opening=not enters)
        except Busy as error:
            await Refusal(error, detail=True)(scope, receive, send)
            return
        charge(QUEUED if enters else 0)
        full = False

        async def hand_on(part: Message) -> None:
            nonlocal full
            if part["type"] == "http.response.start" and part["status"] == 503:
                full = True
                error = Busy(self.pace.seconds(self.size))
                await Refusal(error, detail=True)(scope, receive, send)
            if not full:
                await send(part)

        try:
            await self.app(scope, receive, hand_on)
        except RateLimited as error:  # too many of its calls wait (program_queue.py)
            await Refusal(error, detail=True)(scope, receive, send)
