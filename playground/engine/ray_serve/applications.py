"""Which application serves a model: that of its own deployment, else the one that all others share.

Ray Serve's controller lists the applications, but it may be slow or unreachable. It is therefore asked in a separate
thread, so that requests for a known model never wait. Its answers expire, because an application may be deployed after
the page started, or be deleted.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue

import ray
from ray import serve
from ray.serve.exceptions import RayServeException

from playground.engine.ray_serve import plan
from playground.engine.ray_serve.calls import NotDeployed
from playground.engine.ray_serve.handles import Handle, Loop

AGAIN_SECONDS = 30.0  # after which an answer expires: the controller is asked again at the model's next request
CLOSE_SECONDS = 5.0  # how long `close` waits for a controller that does not answer
GONE = "DELETING"


@dataclass
class Known:
    """The handle of a model's replicas. due: when the controller is asked about it again."""

    handle: Handle
    due: float


class Applications:
    """The handles of all applications, for any thread. They are used in one loop."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}  # by the model
        self._handles: dict[str, Handle] = {}  # by the application
        self._looking: dict[str, Future[Handle]] = {}  # by the model, while the controller is asked about it
        self._lock = threading.Lock()  # is never held while the controller is asked
        # All begin with the first question: a process that is copied has no threads yet.
        self._loop: Loop | None = None
        self._asked: SimpleQueue[str | None] | None = None
        self._thread: threading.Thread | None = None

    def find(self, model: str) -> Future[Handle]:
        """How the replicas of a model are asked: it is there already where that is known. NotDeployed where no
        application serves it yet."""
        with self._lock:
            known = self._known.get(model)
            if (known is None or time.monotonic() > known.due) and model not in self._looking:
                self._looking[model] = Future()
                self._ask(model)
            if known is None:
                return self._looking[model]
        found: Future[Handle] = Future()
        found.set_result(known.handle)
        return found

    def close(self) -> None:
        """Let go of all replicas, once the controller has answered what it was asked, or after CLOSE_SECONDS."""
        with self._lock:
            thread = self._thread
            if self._asked:
                self._asked.put(None)
                self._asked = self._thread = None
        if thread:
            thread.join(CLOSE_SECONDS)
        with self._lock:
            self._known.clear()
            handles, self._handles = self._handles, {}
            loop, self._loop = self._loop, None
        for handle in handles.values():
            handle.close()
        if loop:
            loop.close()

    def _ask(self, model: str) -> None:
        if self._asked is None:
            self._asked = SimpleQueue()
            # A daemon: a controller that does not answer holds up nobody, and not the end of the process either.
            self._thread = threading.Thread(
                target=self._serve, args=(self._asked,), name="remote-controller", daemon=True
            )
            self._thread.start()
        self._asked.put(model)

    def _serve(self, asked: SimpleQueue[str | None]) -> None:
        while (model := asked.get()) is not None:
            handle, wrong = None, None
            try:
                handle = self._look(model)
            except Exception as error:  # noqa: BLE001  # who waits for it is told
                wrong = error
            with self._lock:
                if handle is not None:
                    self._known[model] = Known(handle, 0.0)
                if model in self._known:  # the one that was there is better than none
                    self._known[model].due = time.monotonic() + AGAIN_SECONDS
                looking = self._looking.pop(model)
            if handle is not None:
                looking.set_result(handle)
            else:
                looking.set_exception(wrong)

    def _look(self, model: str) -> Handle:
        if not ray.is_initialized():
            ray.init(address="auto", log_to_driver=False, configure_logging=False)
        deployed = serve.status().applications
        there = [name for name, one in deployed.items() if one.status != GONE]
        for name in (plan.application(model), plan.application(None)):
            if name in there:
                with suppress(RayServeException):  # it is on its way, and nobody can ask it yet
                    return self._handle(name)
        raise NotDeployed(model)

    def _handle(self, name: str) -> Handle:
        if name not in self._handles:
            with self._lock:
                self._loop = self._loop or Loop()
            self._handles[name] = Handle(name, self._loop)
        return self._handles[name]
