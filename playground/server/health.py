"""Whether the server is well: `GET healthz`, for what watches over it and shares visitors out.

It waits for nothing: it takes no place in a line and no thread, and looks at numbers that are there already. So it
answers at once also where all lines are full, and says so. Names of models of the Hub, which visitors chose, it keeps
to itself.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground import __version__, library
from playground.engine import ENGINE
from playground.engine.line import Line
from playground.models import TASKS
from playground.server.jobs import Lane

BEGUN = time.monotonic()


def route(writers: Line, lanes: Sequence[Lane]) -> Route:
    """What answers at /healthz. writers: the line of those who write. lanes: those of all else."""

    async def healthz(request: Request) -> Response:
        return JSONResponse(report(writers, lanes), headers={"cache-control": "no-store"})

    return Route("/healthz", healthz, methods=["GET"])


def report(writers: Line, lanes: Sequence[Lane]) -> dict[str, Any]:
    """The fields.

    version; uptime in seconds; models: names of those that are offered, those of them that are in memory, and how many
    others are; queue: the texts that are being written, by programs too, the requests to write that wait for a place,
    and of each lane how many requests have a thread, wait for one, and may wait at most.
    """
    names, here = library.available(*TASKS), set(library.in_memory())
    return {
        "version": __version__,
        "uptime": round(time.monotonic() - BEGUN, 1),
        "models": {
            "names": names,
            "in_memory": [name for name in names if name in here],
            "others_in_memory": len(here.difference(names)),
        },
        "queue": {
            "writing": ENGINE.writing(),
            "waiting": writers.waiting(),
            "lanes": {lane.name: lane.load() for lane in lanes},
        },
    }
