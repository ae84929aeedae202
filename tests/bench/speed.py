"""Characters a second: each model alone, its floor, what sampling adds, and the textbook loop.

One thread, one text at a time. The textbook loop is the one of many tutorials: for each character it reads
the last 60 again from nothing. Time is the thread's own processor time, so that other programs on the
machine count little. The ways take turns, a few steps each, and the medians of the turns are compared.
"""

import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Any

import torch

from playground import threads
from playground.inference.generate import generate
from playground.inference.prefill import Prefill, prefill
from playground.library import Checkpoint, available, load
from playground.sampling import Sampling, choose, dice
from tests.bench.common import figure, median, table
from tests.bench.floor import floor

WINDOW = 60
PRIMED = 300  # characters written before the clock runs: every window is full
SAMPLING = Sampling(temperature=0.8)
QUICK = ("names-gru", "nietzsche-lstm", "shakespeare-ngram", "shakespeare-transformer")  # one of each way to a floor

Way = Callable[[int], None]  # does so many steps


def measure(quick: bool) -> dict[str, Any]:
    """µs a step for each way and each bundled model."""
    threads.limit_this_thread()
    turns, primed = (1, WINDOW) if quick else (40, PRIMED)
    names = QUICK if quick else available()
    return {"models": {name: _model(load(name), turns, primed) for name in names}}


def _model(checkpoint: Checkpoint, turns: int, primed: int) -> dict[str, Any]:
    prompt = (*checkpoint.card.prompts, "")[0]
    reading = prefill(checkpoint, checkpoint.vocabulary.encode(prompt).ids)
    written = [step.id for step in islice(generate(checkpoint, reading, SAMPLING, seed=1), primed)]
    reading = prefill(checkpoint, written)

    ways: dict[str, tuple[int, Way]] = {
        "step": (40, _step(checkpoint, reading, written)),
        "floor": (40, _repeat(floor(checkpoint, written))),
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
    took["added"] = [written - step for written, step in zip(took["written"], took["step"], strict=True)]
    return {f"{name}_us": median(times) for name, times in took.items()} | {"products": checkpoint.kind != "ngram"}


def _repeat(one: Callable[[], object]) -> Way:
    def way(steps: int) -> None:
        for _ in range(steps):
            one()

    return way


def _step(checkpoint: Checkpoint, reading: Prefill, ids: list[int]) -> Way:
    text = cycle([[id] for id in ids])  # an n-gram is slower where it knows the context
    model = checkpoint.model
    state = model.merge([reading.state])

    def way(steps: int) -> None:
        nonlocal state
        for id in islice(text, steps):
            _, state = model.step(id, state)

    return way


def _written(checkpoint: Checkpoint, reading: Prefill) -> Way:
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
            written.append(choose(logits[0, -1].numpy(), SAMPLING, dice(1, step)))
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
        step, least, added = took["step_us"], took["floor_us"], took["added_us"]
        written, textbook = took["written_us"], took["textbook_us"]
        ratio = f"{step / least:.2f}"
        rows.append([
            f"`{name}`", figure(step), figure(least), ratio if took["products"] else f"({ratio})",
            figure(added), f"{added / step:.2f}",
            f"{1e6 / written:,.0f}", f"{1e6 / textbook:,.0f}", f"{textbook / written:.0f} ×",
        ])  # fmt: skip
    head = [
        "model", "µs a step", "floor, µs", "step ÷ floor", "sampling adds, µs", "sampling ÷ step",
        "characters/s", f"textbook, window {WINDOW}, characters/s", "speed-up",
    ]  # fmt: skip
    return (
        table(head, rows)
        + "\n\nOne thread, one text, medians of the thread's processor time. The floor is the same matrix products"
        + "\nalone, in NumPy float32. An n-gram has none: its floor is the bare look-ups, without the arithmetic that"
        + "\nmixes what they found, so its ratio, in brackets, is no measure of waste. What sampling adds is all that"
        + "\nwriting does between two steps: the dice, the distribution, the draw, and the record."
    )
