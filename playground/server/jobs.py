"""Work that a page waits for: so many jobs at once, so many that wait, and an end as soon as nobody wants the answer.

A job is an iterator of frames that runs in a thread. It ends when the browser breaks the connection off (which it does
by an abort, and when the page is left) and when the same page asks for something later. It is asked between two steps,
so a step must be short.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Protocol

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

logger = logging.getLogger(__name__)

PAGES = 5_000  # pages whose newest turn is known
SEND_SECONDS = 60.0  # who takes no byte for so long is gone

# Not to be compressed: the numbers do not get smaller, and a frame would wait for the next one.
FRAMES = "application/octet-stream"


class Ended(Exception):
    """Raised inside a job that nobody wants any more."""


class Busy(Exception):
    """Raised where as many jobs wait as may."""


class End:
    """Whether a job is still wanted."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def check(self) -> None:
        """Ended once it is not."""
        if self.event.is_set():
            raise Ended


class Ending(Protocol):
    """What makes a job: a function of its end that gives its frames one by one."""

    def __call__(self, end: End) -> Iterator[bytes]: ...


class Lane:
    """Threads for one kind of job, and the jobs that wait for one of them."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self.most = threads + waiting
        self.taken = 0
        self._lock = threading.Lock()

    def submit(self, work: Callable[[], None]) -> Future[None]:
        """Run it once a thread is free. Busy where too many wait already."""
        with self._lock:
            if self.taken >= self.most:
                raise Busy
            self.taken += 1
        future = self.threads.submit(work)
        future.add_done_callback(self._leave)
        return future

    def _leave(self, _: Future[None]) -> None:
        with self._lock:
            self.taken -= 1


class Turns:
    """The newest request of each page, and the end of the job that it began."""

    def __init__(self) -> None:
        self._newest: OrderedDict[str, tuple[int, End]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, page: str, turn: int) -> End:
        """The end of a job that begins; what the page asked for before ends now. Ended where it asked later already."""
        end = End()
        with self._lock:
            newest, before = self._newest.get(page, (-1, end))
            if turn < newest:
                raise Ended
            before.event.set()
            end.event.clear()
            self._newest[page] = turn, end
            self._newest.move_to_end(page)
            while len(self._newest) > PAGES:
                self._newest.popitem(last=False)
        return end


class Job(Response):
    """The frames of a job, as they come."""

    media_type = FRAMES

    def __init__(self, lane: Lane, make: Ending, end: End) -> None:
        super().__init__()
        self.lane, self.make, self.end = lane, make, end
        del self.headers["content-length"]
        self.headers["cache-control"] = "no-store"
        self.headers["x-accel-buffering"] = "no"  # proxies are to hand on each frame

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop, frames = asyncio.get_running_loop(), asyncio.Queue[bytes | None]()

        def tell(frame: bytes | None) -> None:
            with suppress(RuntimeError):  # the server is closing
                loop.call_soon_threadsafe(frames.put_nowait, frame)

        def work() -> None:
            try:
                self.end.check()
                with suppress(Ended), closing(self.make(self.end)) as made:  # type: ignore[type-var]
                    for frame in made:
                        tell(frame)
                        self.end.check()
            except Ended:
                pass
            except Exception:
                logger.exception("A job broke off.")
            finally:
                tell(None)

        try:
            future = self.lane.submit(work)
        except Busy:
            return await busy()(scope, receive, send)
        sending = asyncio.create_task(self._send(frames, send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.end.event.set()
            future.cancel()
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send(self, frames: asyncio.Queue[bytes | None], send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        while True:
            frame = await frames.get()
            message = {"type": "http.response.body", "body": frame or b"", "more_body": frame is not None}
            await asyncio.wait_for(send(message), SEND_SECONDS)
            if frame is None:
                return


async def _left(receive: Receive) -> None:
    """Until the browser has broken the connection off."""
    while (await receive())["type"] != "http.disconnect":
        pass


def busy() -> Response:
    """The answer where too many wait."""
    return JSONResponse({"code": "busy"}, 503, headers={"retry-after": "2"})
