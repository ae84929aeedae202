"""Health check: `GET healthz`, for monitoring and load balancers.

It never waits: it takes no slot in a queue and no thread, and reads existing counters. So it answers at once even if
all queues are full, and reports that. It does not reveal the names of Hub models, which visitors chose.
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
from playground.engine.admission import AdmissionQueue
from playground.models import TASKS
from playground.server.jobs import Lane

BEGUN = time.monotonic()


def route(writers: AdmissionQueue, lanes: Sequence[Lane]) -> Route:
    """The route /healthz. writers: the queue of writing requests. lanes: those of all others."""

    async def healthz(request: Request) -> Response:
        return JSONResponse(report(writers, lanes), headers={"cache-control": "no-store"})

    return Route("/healthz", healthz, methods=["GET"])


def report(writers: AdmissionQueue, lanes: Sequence[Lane]) -> dict[str, Any]:
    """The fields.

    version; uptime in seconds; models: the names of those offered, which of them are in memory, and how many others
    are; queue: the texts being written, including programs', the writing requests that wait for a slot, and for each
    lane how many requests have a thread, wait for one, and may wait at most.
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
