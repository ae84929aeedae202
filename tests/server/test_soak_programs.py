"""Many calls of /generate over HTTP, as programs make them, a third of them abandoned: the app's memory does not grow.

tests/server/test_soak.py has the page's own routes, without gradio. PLAYGROUND_LONG=1 makes 10,000 calls.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from itertools import count, islice
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.bench.clients import Seen, program
from tests.conftest import LONG, app_process

CALLS = 10_000 if LONG else 600
AT_ONCE = 12
STEPS = 6
MODELS = ("names-gru", "shakespeare-ngram", "nietzsche-lstm")
WARM = 800  # calls until the allocator has what it needs
# The process as a whole grows by pages: the least of three parts counts, as in test_soak.py. A session of gradio's own,
# with a call's arguments, would be 40,000 bytes or more.
PARTS, BYTES_A_CALL = 3, 20_000
GROWTH = 0.05  # of all calls together


def memory(pid: int) -> int:
    """Bytes of a process that are in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * 4096


async def call_all(address: str, dice: random.Random, numbers: Iterator[int]) -> None:
    """A call for each number; every third is abandoned soon, and each of the others must come to its end."""
    host, port = urlsplit(address).hostname or "", urlsplit(address).port or 80

    async def caller() -> None:
        for number in numbers:
            seen = Seen()
            patience = dice.uniform(0, 0.03) if number % 3 == 0 else 60
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await program(host, port, dice.choice(MODELS), STEPS, number, seen)
            assert patience < 1 or seen.count == STEPS, number

    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells how much memory a process takes")
def test_calls_of_programs_leave_nothing_behind(tmp_path: Path) -> None:
    dice, numbers = random.Random(0), count()
    with app_process(tmp_path / "app.log", PLAYGROUND_SHARE="inf") as (address, process):
        pid = process.pid or 0
        asyncio.run(call_all(address, dice, islice(numbers, WARM)))
        kept, growths = memory(pid), list[float]()
        for _ in range(PARTS):
            before = memory(pid)
            asyncio.run(call_all(address, dice, islice(numbers, CALLS // PARTS)))
            growths.append((memory(pid) - before) / (CALLS // PARTS))
        grown = memory(pid) / kept - 1
    assert min(growths) < BYTES_A_CALL, growths
    assert grown < GROWTH, f"{grown:.1%}, by part {growths}"
