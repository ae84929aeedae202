"""Failures in replicas, for tests. The classes are sent as queries (query.py), and act where they run."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from playground.checkpoints.folders import Checkpoint
from playground.engine.base import Run, Text
from playground.engine.local import Local
from tests.engine.replicas import Parts, run_whole

T = TypeVar("T")



@dataclass(frozen=True)
class StuckOnce:
    """The first replica that gets it never finishes, and writes its process id into this file; the next one answers
    with its own."""

    file: str

    def steps(self, checkpoint: Checkpoint) -> Iterator[int]:
        from playground.engine.ray_serve import replica

        if not Path(self.file).exists():
            replica.HEALTH_SECONDS = 1.0
            Path(self.file).write_text(str(os.getpid()), "ascii")
            time.sleep(3_600)
        yield os.getpid()


@dataclass(frozen=True)
class Fails:
    """From now on nothing that begins with these ids can be read there, nor is this answered. The error quotes the
    ids and the text."""

    text: str
    ids: tuple[int, ...]

    def steps(self, checkpoint: Checkpoint) -> Iterator[None]:
        read, ids, quoted = Local.read, self.ids, f"{self.text} {[*self.ids]}"

        def fails(engine: Local, checkpoint: Checkpoint, text: Text, *more: Any, **named: Any) -> Any:
            if tuple(text.prompt[: len(ids)]) == ids:
                raise KeyError(quoted)
            return read(engine, checkpoint, text, *more, **named)

        Local.read = fails  # type: ignore[method-assign, assignment]
        yield None
        raise KeyError(quoted)


def log_files() -> dict[Path, str]:
    """The contents of the log files of the cluster that this process is connected to."""
    import ray

    folder = Path(ray._private.worker._global_node.get_logs_dir_path())
    return {path: path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file()}


async def texts_while_killed(
    remote: Any, killed: int, runs: list[tuple[Text, Run]], length: int, visit: Callable[[], T]
) -> tuple[list[Parts], T]:
    """Runs of so many steps, during which a process is killed; and the result of a visit meanwhile."""
    progress = [0] * len(runs)
    writing = asyncio.gather(*(run_whole(remote, text, run, progress) for text, run in runs))
    visiting = asyncio.create_task(asyncio.to_thread(visit))
    while sum(count > 0 for count in progress) < len(runs) // 2:
        await asyncio.sleep(0.005)
    os.kill(killed, signal.SIGKILL)
    at_death = list(progress)
    found = await writing
    assert any(0 < count < length for count in at_death), "all runs had ended before the replica was killed"
    return found, await visiting
