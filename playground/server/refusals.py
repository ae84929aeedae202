"""What is said to who comes too early, and when to come again: too many wait, or it is too much for one visitor.

Programs' requests are gradio's: it takes each into its queue before it asks what it is for, and knows no visitor. So
they are counted when they come.
"""

from __future__ import annotations

import asyncio
import re
from math import ceil

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.engine.line import Busy
from playground.engine.pace import Pace
from playground.server.charges import charge
from playground.server.messages import ADDRESS
from playground.server.shares import SHARES, Over, Shares
from playground.server.visitors import visitor_of
from playground.words import message

HELD_SECONDS = 1.0  # for which a refusal is kept back
MOST_HELD = 2_000  # that are kept back at the same moment
QUEUED = 0.005  # seconds that gradio's queue takes of the loop for a request, when it has been answered

# What puts a request into gradio's queue, or runs it at once; and what gradio makes anew each time it is asked for.
ASKS = re.compile(r"POST .*/gradio_api/(call/|run/|api/|queue/join/?$)")
MADE = re.compile(r"GET (.*/(config|gradio_api/(info|openapi\.json))/?|/)$")


def seconds_of(error: Busy) -> int:
    """In how many whole seconds to come again."""
    return ceil(max(1.0, error.seconds))


def refusal_sentence(error: Busy) -> str:
    """The sentence that says why, and in how many seconds to come again."""
    return str(message("refused_share" if isinstance(error, Over) else "refused_full", n=seconds_of(error)))


class Refusal(JSONResponse):
    """The answer: 429 where it is too much for one visitor, and 503 where too many wait.

    A 429 is sent after a moment. So who asks again at once, on however many connections, takes the less of the server;
    a page, which keeps to what it is told, notices nothing. detail: with the sentence, as gradio has it for programs.
    """

    held = 0  # answers, of all visitors

    def __init__(self, error: Busy, *, detail: bool = False) -> None:
        seconds, over = seconds_of(error), isinstance(error, Over)
        told = {"code": "share" if over else "busy", "seconds": seconds}
        said = {"detail": refusal_sentence(error)} if detail else {}
        super().__init__(said | told, 429 if over else 503, headers={"retry-after": str(seconds)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.status_code == 429 and Refusal.held < MOST_HELD:
            Refusal.held += 1
            try:
                await asyncio.sleep(HELD_SECONDS)
            finally:
                Refusal.held -= 1
        await super().__call__(scope, receive, send)


class ProgramsShares:
    """ASGI middleware: who asks gradio for more than a share, or finds its queue full, is told for how long.

    size: how many requests wait in that queue at most. pace: of the answers that have left it.
    """

    def __init__(self, app: ASGIApp, size: int, pace: Pace, shares: Shares = SHARES) -> None:
        self.app, self.size, self.pace, self.shares = app, size, pace, shares

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = f"{scope['method']} {scope['path']}" if scope["type"] == "http" else ""
        if not (ASKS.match(asked) or MADE.match(asked)):
            await self.app(scope, receive, send)
            return
        visitor = visitor_of(HTTPConnection(scope).client)
        ADDRESS.set(visitor.address)
        try:
            self.shares.check(visitor)
        except Busy as error:
            await Refusal(error, detail=True)(scope, receive, send)
            return
        charge(QUEUED if ASKS.match(asked) else 0)
        full = False

        async def hand_on(part: Message) -> None:
            nonlocal full
            if part["type"] == "http.response.start" and part["status"] == 503:
                full = True
                error = Busy(self.pace.seconds(self.size))
                await Refusal(error, detail=True)(scope, receive, send)
            if not full:
                await send(part)

        await self.app(scope, receive, hand_on)
