"""Characters a second: each model alone, its floor, with sampling, and the textbook loop.

One thread, one text at a time. The textbook loop is the one of many tutorials: for each character it reads
the last 60 again from nothing. Time is the thread's own processor time, so that other programs on the
machine count little. The ways take turns, a few steps each, and the medians of the turns are compared.
"""

import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Any

import torch

from playground.checkpoints import Checkpoint, available, load
from playground.generation import Reading, generate, read
from playground.sampling import Sampling, dice, distribution, draw
from tests.bench.common import figure, median, table
from tests.bench.floor import floor

WINDOW = 60
PRIMED = 300  # characters written before the clock runs: every window is full
SAMPLING = Sampling(temperature=0.8)

Way = Callable[[int], None]  # does so many steps


def measure(quick: bool) -> dict[str, Any]:
    """µs a step for each way and each bundled model."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return {"models": {name: _model(load(name), 3 if quick else 40) for name in available()}}
    finally:
        torch.set_num_threads(before)


def _model(checkpoint: Checkpoint, turns: int) -> dict[str, float]:
    prompt = (*checkpoint.card.get("prompts", ()), "")[0]
    reading = read(checkpoint, checkpoint.vocabulary.encode(prompt).ids)
    written = [step.id for step in islice(generate(checkpoint, reading, SAMPLING, seed=1), PRIMED)]
    reading = read(checkpoint, written)

    ways: dict[str, tuple[int, Way]] = {
        "step": (40, _step(checkpoint, reading, written)),
        "floor": (40, _repeat(floor(checkpoint, written))),
        "sampling": (40, _repeat(lambda: draw(distribution(reading.logits[-1], SAMPLING), dice(1, 1)))),
        "written": (40, _written(checkpoint, reading)),
        "textbook": (4, _textbook(checkpoint, written)),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for way in (way for _, way in ways.values()):
        way(2)
    for _ in range(turns):
        for name, (steps, way) in ways.items():
            begun = time.thread_time_ns()
            way(steps)
            took[name].append((time.thread_time_ns() - begun) / 1000 / steps)
    return {f"{name}_us": median(times) for name, times in took.items()}


def _repeat(one: Callable[[], object]) -> Way:
    def way(steps: int) -> None:
        for _ in range(steps):
            one()

    return way


def _step(checkpoint: Checkpoint, reading: Reading, ids: list[int]) -> Way:
    text = cycle([torch.tensor([[id]]) for id in ids])  # an n-gram is slower where it knows the context
    state = reading.state

    def way(steps: int) -> None:
        nonlocal state
        with torch.inference_mode():
            for id in islice(text, steps):
                _, state = checkpoint.model.advance(id, state)

    return way


def _written(checkpoint: Checkpoint, reading: Reading) -> Way:
    stream = generate(checkpoint, reading, SAMPLING, seed=1)

    def way(steps: int) -> None:
        for _ in islice(stream, steps):
            pass

    return way


def _textbook(checkpoint: Checkpoint, ids: list[int]) -> Way:
    def endless() -> Iterator[int]:
        written, step = list(ids), 0
        while True:
            with torch.inference_mode():
                logits, _ = checkpoint.model.advance(torch.tensor([written[-WINDOW:]]), None)
            written.append(draw(distribution(logits[0, -1].numpy(), SAMPLING), dice(1, step)))
            step += 1
            yield written[-1]

    stream = endless()

    def way(steps: int) -> None:
        for _ in islice(stream, steps):
            pass

    return way


def report(result: dict[str, Any]) -> str:
    """The table, and what its columns are."""
    rows = []
    for name, took in result["models"].items():
        step, least = took["step_us"], took["floor_us"]
        written, textbook = took["written_us"], took["textbook_us"]
        rows.append([
            f"`{name}`", figure(step), figure(least), f"{step / least:.1f}", figure(written),
            f"{1e6 / written:,.0f}", f"{1e6 / textbook:,.0f}", f"{textbook / written:.0f} ×",
        ])  # fmt: skip
    head = [
        "model", "µs a step", "floor, µs", "ratio", "with sampling, µs",
        "characters/s", f"textbook, window {WINDOW}, characters/s", "speed-up",
    ]  # fmt: skip
    return (
        table(head, rows)
        + "\n\nOne thread, one text, medians of the thread's processor time. The floor is the same matrix products"
        + "\nalone, in NumPy float32; for the n-gram it is the bare look-ups, in which there is no arithmetic."
    )
