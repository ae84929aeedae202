"""Work that a page waits for: so many at once, so many that wait, and an end as soon as nobody wants the answer.

A job is a stream of frames. It ends when the browser breaks the connection off (which it does by an abort, and when the
page is left) and when the same page asks for something later. Short ones are made by threads (`Lane`); a text is
written by the engine, and no thread waits for it.
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
from typing import Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from playground.engine.base import NOBODY, Asker
from playground.engine.fair import Places
from playground.engine.line import Busy
from playground.engine.pace import Pace
from playground.server.charges import charge_later, meter
from playground.server.refusals import Refusal
from playground.server.shares import Share

logger = logging.getLogger(__name__)

PAGES = 5_000  # pages whose newest turn is known
SEND_SECONDS = 60.0  # who takes no byte for so long is gone

# Not to be compressed: the numbers do not get smaller, and a frame would wait for the next one.
FRAMES = "application/octet-stream"


class Ended(Exception):
    """Raised inside a job that nobody wants any more."""


class End:
    """Whether a job is still wanted."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def check(self) -> None:
        """Ended once it is not."""
        if self.event.is_set():
            raise Ended


class Ending(Protocol):
    """What makes a short job: a function of its end that gives its frames one by one."""

    def __call__(self, end: End) -> Iterator[bytes]: ...


class Lane:
    """Threads for one kind of job, and the jobs that wait for one of them: they get it in turn, by who asks."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self.name = name
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self.most = threads + waiting
        self.pace = Pace()
        self._places: Places[tuple[Future[None], Callable[[], None]]] = Places(threads)
        self._lock = threading.Lock()

    def load(self) -> dict[str, int]:
        """How many jobs have a thread, how many wait for one, and how many may."""
        waiting, all_of_them = self._places.waiting(), len(self._places)
        most = self.most - self._places.places
        return {"working": all_of_them - waiting, "waiting": waiting, "most_waiting": most}

    def submit(self, work: Callable[[], None], asker: Asker = NOBODY, size: int = 0) -> Future[None]:
        """Run it once a thread is free; of those of one visitor the smaller first. Busy where too many wait already."""
        future: Future[None] = Future()
        with self._lock:
            if len(self._places) >= self.most:
                raise Busy(self.pace.seconds(self._places.waiting()))
            number = self._places.put(asker, (future, work), size)

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
                asker, (future, work) = taken
                if future.set_running_or_notify_cancel():
                    self.threads.submit(self._run, asker, future, work)
                else:
                    self._places.leave(asker)

    def _run(self, asker: Asker, future: Future[None], work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # whoever has the future is told
            ended = partial(future.set_exception, error)
        else:
            ended = partial(future.set_result, None)
        self.pace.note()
        with self._lock:
            self._places.leave(asker)
        self._give_out()
        ended()

    async def frames(
        self, make: Ending, end: End, asker: Asker = NOBODY, size: int = 0
    ) -> AsyncIterator[bytes]:
        """What a job gives, as it comes, until nobody wants it any more. Busy as `submit`."""
        loop, told = asyncio.get_running_loop(), asyncio.Queue[bytes | Exception | None]()

        def tell(one: bytes | Exception | None) -> None:
            with suppress(RuntimeError):  # the server is closing
                loop.call_soon_threadsafe(told.put_nowait, one)

        charge = charge_later()

        def work() -> None:
            begun = time.thread_time()
            try:
                end.check()
                with closing(make(end)) as made:  # type: ignore[type-var]
                    for frame in made:
                        tell(frame)
                        end.check()
            except Exception as error:  # noqa: BLE001  # who waits for it is told
                last: Exception | None = error
            else:
                last = None
            charge(time.thread_time() - begun)
            tell(last)

        future = self.submit(work, asker, size)
        try:
            while (one := await told.get()) is not None:
                if isinstance(one, Exception):
                    raise one
                yield one
        finally:
            end.event.set()
            future.cancel()


class Turns:
    """The newest request of each page, and the end of the job that it began.

    A page is whatever names one that nobody else can tell: who knew it could end what it asked for.
    """

    def __init__(self) -> None:
        self._newest: OrderedDict[Hashable, tuple[int, End]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, page: Hashable, turn: int) -> End:
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
    """The frames of a job, as they come. share: what it holds of its visitor's, until it is over."""

    media_type = FRAMES

    def __init__(self, frames: AsyncIterator[bytes], end: End, share: Share) -> None:
        super().__init__()
        self.frames, self.end, self.share = frames, end, share
        del self.headers["content-length"]
        self.headers["cache-control"] = "no-store"
        self.headers["x-accel-buffering"] = "no"  # proxies are to hand on each frame

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self.share:
            sending = asyncio.create_task(meter(self._send(scope, receive, send)))
            leaving = asyncio.create_task(_left(receive))
            try:
                await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self.end.event.set()
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
                async for frame in frames:
                    await hand_on(frame, more=True)
        except Busy as error:
            await Refusal(error)(scope, receive, send)
            return
        except TimeoutError:
            return
        except Ended:
            pass
        except Exception:
            logger.exception("A job broke off.")
        await hand_on(b"", more=False)


async def _left(receive: Receive) -> None:
    """Until the browser has broken the connection off."""
    while (await receive())["type"] != "http.disconnect":
        pass
