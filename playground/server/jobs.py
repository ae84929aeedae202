"""Jobs that a page waits for: bounded concurrency, a bounded queue, and cancellation as soon as nobody wants the
answer.

A job is a stream of frames. It ends when the browser closes the connection (by an abort, or when the page is left) and
when the same page sends a newer request. Short ones run in threads (`Lane`); a text is written by the engine, and no
thread waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing, closing, suppress
from functools import partial
from typing import Any, Protocol, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from playground.engine.admission import Busy
from playground.engine.base import NOBODY, Requester
from playground.engine.fair import FairQueue
from playground.engine.pace import Pace
from playground.server.charges import charge_later, meter
from playground.server.frames import frame
from playground.server.refusals import Refusal, refusal_code
from playground.server.shares import Share

T = TypeVar("T")

logger = logging.getLogger(__name__)

PAGES = 5_000  # pages whose newest turn is remembered
SEND_SECONDS = 60.0  # a client that accepts no byte for so long is gone

# A type that is not compressed: the numbers would not get smaller, and a frame would wait for the next one.
FRAMES = "application/octet-stream"


class JobAborted(Exception):
    """Raised inside a job that nobody wants any more."""


class CancelToken:
    """Whether a job is still wanted."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def check(self) -> None:
        """JobAborted once it is not."""
        if self.event.is_set():
            raise JobAborted


class FrameSource(Protocol):
    """The function behind a short job: takes its cancel token and yields its frames."""

    def __call__(self, cancel: CancelToken) -> Iterator[bytes]: ...


class Lane:
    """Threads for one kind of job, and the queue of jobs for them, granted fairly across requesters."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self.name = name
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self.most = threads + waiting
        self.pace = Pace()
        self._places: FairQueue[tuple[Future[None], Callable[[], None]]] = FairQueue(threads)
        self._lock = threading.Lock()

    def load(self) -> dict[str, int]:
        """How many jobs have a thread, how many wait for one, and how many may."""
        waiting, all_of_them = self._places.waiting(), len(self._places)
        most = self.most - self._places.places
        return {"working": all_of_them - waiting, "waiting": waiting, "most_waiting": most}

    def submit(self, work: Callable[[], None], requester: Requester = NOBODY, size: int = 0) -> Future[None]:
        """Run it once a thread is free; among one visitor's jobs smaller ones first. Busy if too many wait already."""
        future: Future[None] = Future()
        with self._lock:
            if len(self._places) >= self.most:
                raise Busy(self.pace.seconds(self._places.waiting()))
            number = self._places.put(requester, (future, work), size)

        def cancelled(future: Future[None]) -> None:
            if future.cancelled():
                with self._lock:
                    self._places.drop(number)

        future.add_done_callback(cancelled)
        self._give_out()
        return future

    def _give_out(self) -> None:
        with self._lock:
            while taken := self._places.take():
                requester, (future, work) = taken
                if future.set_running_or_notify_cancel():
                    self.threads.submit(self._run, requester, future, work)
                else:
                    self._places.leave(requester)

    def _run(self, requester: Requester, future: Future[None], work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # passed on to the future
            ended = partial(future.set_exception, error)
        else:
            ended = partial(future.set_result, None)
        self.pace.note()
        with self._lock:
            self._places.leave(requester)
        self._give_out()
        ended()

    async def call(self, work: Callable[..., T], *given: Any, requester: Requester = NOBODY) -> T:
        """The result of `work`, once a thread was free for it. The requester is charged for its processor time, but not
        for waiting, which may be for others. Busy as `submit`."""
        charge, found = charge_later(), list[T]()

        def measured() -> None:
            begun = time.thread_time()
            try:
                found.append(work(*given))
            finally:
                charge(time.thread_time() - begun)

        await asyncio.wrap_future(self.submit(measured, requester))
        return found[0]

    async def frames(
        self, make: FrameSource, cancel: CancelToken, requester: Requester = NOBODY, size: int = 0
    ) -> AsyncIterator[bytes]:
        """The frames of a job as they come, until nobody wants them any more. Busy as in `submit`."""
        loop, told = asyncio.get_running_loop(), asyncio.Queue[bytes | Exception | None]()

        def tell(one: bytes | Exception | None) -> None:
            with suppress(RuntimeError):  # the server is closing
                loop.call_soon_threadsafe(told.put_nowait, one)

        charge = charge_later()

        def work() -> None:
            begun = time.thread_time()
            try:
                cancel.check()
                with closing(make(cancel)) as made:  # type: ignore[type-var]
                    for frame in made:
                        tell(frame)
                        cancel.check()
            except Exception as error:  # noqa: BLE001  # passed on to the waiting caller
                last: Exception | None = error
            else:
                last = None
            charge(time.thread_time() - begun)
            tell(last)

        future = self.submit(work, requester, size)
        try:
            while (one := await told.get()) is not None:
                if isinstance(one, Exception):
                    raise one
                yield one
        finally:
            cancel.event.set()
            future.cancel()


class LatestRequests:
    """The newest request of each page, and the cancel token of its job.

    A page is identified by an unguessable name, because anybody who knew it could end its requests.
    """

    def __init__(self) -> None:
        self._newest: OrderedDict[Hashable, tuple[int, CancelToken]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, page: Hashable, turn: int) -> CancelToken:
        """The token of a new job; ends the page's previous job. JobAborted if a later request has come already."""
        token = CancelToken()
        with self._lock:
            newest, before = self._newest.get(page, (-1, token))
            if turn < newest:
                raise JobAborted
            before.event.set()
            token.event.clear()
            self._newest[page] = turn, token
            self._newest.move_to_end(page)
            while len(self._newest) > PAGES:
                self._newest.popitem(last=False)
        return token


class Job(Response):
    """The frames of a job as they come. share: its visitor's resources, held until it is over."""

    media_type = FRAMES

    def __init__(self, frames: AsyncIterator[bytes], cancel: CancelToken, share: Share) -> None:
        super().__init__()
        self.frames, self.cancel, self.share = frames, cancel, share
        del self.headers["content-length"]
        self.headers["cache-control"] = "no-store"
        self.headers["x-accel-buffering"] = "no"  # so that proxies forward each frame at once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self.share:
            sending = asyncio.create_task(meter(self._send(scope, receive, send)))
            leaving = asyncio.create_task(_wait_for_disconnect(receive))
            try:
                await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self.cancel.event.set()
                for task in (sending, leaving):
                    task.cancel()
                await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def hand_on(body: bytes, *, more: bool) -> None:
            nonlocal begun
            async with asyncio.timeout(SEND_SECONDS):
                if not begun:
                    begun = True
                    head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
                    await send(head)
                await send({"type": "http.response.body", "body": body, "more_body": more})

        try:
            async with aclosing(self.frames) as frames:  # type: ignore[type-var]
                async for part in frames:
                    await hand_on(part, more=True)
        except Busy as error:
            if not begun:
                await Refusal(error)(scope, receive, send)
                return
            # The status is sent already, so a last frame carries what a 429 or 503 would have said.
            await hand_on(frame(refusal_code(error)), more=True)
        except TimeoutError:
            return
        except JobAborted:
            pass
        except Exception:
            logger.exception("A job broke off.")
        await hand_on(b"", more=False)


async def _wait_for_disconnect(receive: Receive) -> None:
    """Wait until the browser has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
