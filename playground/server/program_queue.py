"""Fair scheduling for gradio's queue of programs' calls.

Gradio has one queue for all endpoints and callers, first come, first served. So an address that calls faster than it is
answered would fill the queue, and all others would be refused or wait behind its calls. Here an address may hold only
part of the queue. The next call is one of the address with the fewest running calls of that endpoint; among those, of
the address that was served longest ago; then of the session with the fewest running calls; then the earliest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from math import inf
from typing import Any

import gradio as gr
from gradio.queueing import Event, EventQueue

from playground.engine.fair import MOST_OF_A_GROUP
from playground.engine.pace import Pace
from playground.server.shares import RateLimited
from playground.server.visitors import visitor_of

KNOWN = 1_000  # addresses whose latest turn is remembered
# Gradio looks for waiting calls a thousand times a second: an idle server spent several percent of a core on it, and a
# busy one as much of its event loop. A call waits half of this on average.
LOOK_SECONDS = 0.01
PROGRESS_SECONDS = 1.0  # likewise for gradio's progress bars, of which the endpoints have none
KEPT = "_address"  # the attribute of a call with its address


def install(page: gr.Blocks, pace: Pace) -> None:
    """Make a page's queue fair. pace: of the answers leaving it."""
    queue = page._queue
    queue.sleep_when_free = LOOK_SECONDS
    queue.progress_update_sleep_when_free = PROGRESS_SECONDS
    push, get_events = queue.push, queue.get_events
    most = int(MOST_OF_A_GROUP * (queue.max_size or 0))
    numbers, turns = count(1), dict[str, int]()  # by address, the number of its latest turn

    async def push_fairly(body: Any, request: Any, username: str | None) -> Any:
        """RateLimited if the address has too many waiting calls."""
        if len(queue) >= most:
            own = _address(request)
            calls = (event for line in queue.event_queue_per_concurrency_id.values() for event in line.queue)
            if sum(_address_of(event) == own for event in calls) >= most:
                raise RateLimited(pace.seconds())
        return await push(body, request, username)

    def get_events_fairly() -> Any:
        for line in queue.event_queue_per_concurrency_id.values():
            if len(line.queue) > _room(line) > 0:  # otherwise all of them run now, or none
                answered = (event for job in queue.active_jobs for event in job or ())
                beside = [one for one in answered if one.concurrency_id == line.concurrency_id]
                line.queue.insert(0, line.queue.pop(next_of(line.queue, beside, turns)))
        found = get_events()
        if found is not None:
            turns[_address_of(found[0][0])] = next(numbers)
            if len(turns) > KNOWN:
                del turns[min(turns, key=turns.__getitem__)]
        return found

    queue.push = push_fairly  # type: ignore[method-assign]
    queue.get_events = get_events_fairly  # type: ignore[method-assign]


def next_of(waiting: Sequence[Event], answered: Iterable[Event], turns: Mapping[str, int]) -> int:
    """The index of the waiting call to run next. answered: the running calls. turns: of each address, the number of its
    latest turn."""
    beside = list(answered)
    addresses = Counter(map(_address_of, beside))
    own = list(map(_address_of, waiting))
    best = min(dict.fromkeys(own), key=lambda address: (addresses[address], turns.get(address, 0)))
    sessions = Counter(event.session_hash for event in beside if _address_of(event) == best)
    ours = [n for n, address in enumerate(own) if address == best]
    return min(ours, key=lambda n: sessions[waiting[n].session_hash])


def _room(line: EventQueue) -> float:
    """How many more calls may run."""
    return inf if line.concurrency_limit is None else line.concurrency_limit - line.current_concurrency


def _address_of(event: Any) -> str:
    """The address that a call came from. It is kept with the call, as each turn compares all that wait."""
    found: str | None = event.__dict__.get(KEPT)
    if found is None:
        found = event.__dict__[KEPT] = _address(event.request)
    return found


def _address(request: Any) -> str:
    client = request.client
    return visitor_of((client.host, 0) if client else None).address
