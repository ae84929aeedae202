"""Fairness: one visitor's many texts leave the others what they would have, and each text is what it is alone."""

import asyncio
import threading
import time
from collections.abc import Generator

import pytest

from playground import library
from playground.engine import batch as batches
from playground.engine import desk as desks
from playground.engine.base import Asker, Begun, Chunk, Run, Text, Unwanted
from playground.engine.fair import LEAST, Places, caps
from playground.engine.line import Line
from playground.engine.local import Local
from playground.engine.seats import Seat
from playground.engine.turns import Turns
from playground.inference.score import LogProbabilities
from playground.inference.stopping import Stop
from playground.sampling import Sampling
from tests.engine.test_local import KINDS, SETTINGS, alone, begun, same

SCRIPT = Asker("script")
NEVER = threading.Event()


# ── How many each may have ───────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("wanted", "allowed"),
    [
        ({"a": 100}, {"a": 100}),  # nobody else is there
        ({"a": 100, "b": 1}, {"a": LEAST, "b": 1}),
        ({"a": 100, "b": 100}, {"a": 100, "b": 100}),  # both alike
        ({"a": 100, "b": 60, "c": 1}, {"a": 15, "b": 25, "c": 1}),  # two that have many do not excuse each other
        ({"a": 50, **{str(n): 1 for n in range(40)}}, {"a": 10, **{str(n): 1 for n in range(40)}}),  # a quarter of 40
        ({"a": 9, "b": 3, "c": 3, "d": 3}, {"a": 3, "b": 3, "c": 3, "d": 3}),
        ({}, {}),
    ],
)
def test_nobody_has_many_more_than_the_others(wanted: dict[str, int], allowed: dict[str, int]) -> None:
    assert caps(wanted) == allowed


def test_places_go_to_groups_and_names_in_turn_and_there_to_the_smallest_first() -> None:
    places: Places[str] = Places(8)
    asked = [
        *((Asker("a", "x"), f"x{n}", 0) for n in range(9)), (Asker("a", "y"), "large", 7),
        (Asker("a", "y"), "small", 3), (Asker("b"), "b", 9),
    ]  # fmt: skip
    numbers = {thing: places.put(asker, thing, size) for asker, thing, size in asked}
    assert places.drop(numbers["x1"])
    assert not places.drop(numbers["x1"])
    given = [places.take() for _ in range(9)]
    # Six of eight for one group at most.
    assert [taken and taken[1] for taken in given] == ["x0", "b", "small", "x2", "large", "x3", "x4", None, None]
    places.leave(Asker("a", "x"))
    taken = places.take()
    assert taken
    assert taken[1] == "x5"
    assert (len(places), places.waiting()) == (10, 3)


def test_a_line_lets_a_newcomer_in_before_who_has_many_places() -> None:
    line, order = Line(4), list[str]()

    async def one(asker: Asker, name: str) -> None:
        async with line.place(NEVER, asker):
            order.append(name)
            await asyncio.sleep(0.12)

    async def go() -> None:
        many = [asyncio.create_task(one(SCRIPT, f"s{n}")) for n in range(8)]
        await asyncio.sleep(0.01)
        await asyncio.gather(one(Asker("b"), "b"), *many)

    asyncio.run(go())
    assert order[:4] == ["s0", "s1", "s2", "b"]
    assert sorted(order[4:]) == [f"s{n}" for n in range(3, 8)]
    assert len(line) == 0


# ── Turns ────────────────────────────────────────────────────────────────────────────────────────
class Counting:
    """Work that takes a while, and counts its turns."""

    def __init__(self, key: str, name: str = "", weight: float = 1.0) -> None:
        self.key, self.name, self.weight = key, name, weight
        self.turns, self.over = 0, False

    def turn(self) -> bool:
        time.sleep(0.001)
        self.turns += 1
        return not self.over


def counted(*work: Counting, most: int = 300) -> None:
    turns = Turns(threads=1)
    for one in work:
        turns.add(one)
    for _ in range(5_000):
        if sum(one.turns for one in work) >= most:
            break
        time.sleep(0.002)
    for one in work:
        one.over = True


def test_names_of_a_key_have_turns_alike_however_much_each_has_to_do() -> None:
    many = [Counting("reading", "script") for _ in range(20)]
    few = Counting("reading", "other")
    counted(few, *many)
    assert few.turns == pytest.approx(sum(one.turns for one in many), rel=0.2)


def test_what_is_for_ten_has_turns_of_ten() -> None:
    ten, one = Counting("a", weight=10), Counting("b")
    counted(ten, one)
    assert ten.turns == pytest.approx(10 * one.turns, rel=0.3)


# ── Texts ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", KINDS)
def test_a_text_that_makes_room_for_others_is_what_it_is_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "SEATED_SECONDS", 0.0)  # at each turn another one sits down
    monkeypatch.setattr(batches, "TURN_SECONDS", 0.0)  # and a turn is a step
    engine, checkpoint = Local(), library.load(name)
    begins = [begun(checkpoint, text) for text in ("", "to", "anna")]
    stood_up = 0
    there = desks.Desk.to_stand_up

    def count(self: desks.Desk, here: list[Seat]) -> list[int]:
        nonlocal stood_up
        going = there(self, here)
        stood_up += len(going)
        return going

    monkeypatch.setattr(desks.Desk, "to_stand_up", count)
    picks = [{n % 3 + 7: 4} if n % 4 == 0 else {} for n in range(9)]
    runs = [Run(SETTINGS[n % 5], n, Stop(60), first=n % 3, picks=picks[n]) for n in range(9)]

    async def one(asker: Asker, n: int) -> list[Chunk]:
        return [chunk async for chunk in engine.write(checkpoint, begins[n % 3], runs[n], NEVER, asker)]

    async def go() -> list[list[Chunk]]:
        return await asyncio.gather(*(one(SCRIPT if n else Asker("other"), n) for n in range(9)))

    for n, chunks in enumerate(asyncio.run(go())):
        same(chunks, alone(checkpoint, begins[n % 3], runs[n]))
    assert stood_up > 10
    assert engine.writing() == 0
    assert not engine._desks
    assert not engine._presence


def shared_out(engine: Local, others: list[Asker], script: list[Asker], steps: int) -> tuple[int, int]:
    """Symbols that others wrote, until the first has so many; and those of a script in that time."""
    checkpoint = library.load("names-gru")
    begin, end = begun(checkpoint, ""), threading.Event()
    counts = {"others": 0, "script": 0}

    async def one(asker: Asker, kind: str, n: int) -> None:
        run = Run(Sampling(), n, Stop(steps if kind == "others" else 1_000_000), rows=False)
        async for chunk in engine.write(checkpoint, begin, run, end, asker):
            if not end.is_set():
                counts[kind] += len(chunk.ids)
            if chunk.stopped:
                end.set()

    async def go() -> None:
        texts = [*((asker, "script") for asker in script), *((asker, "others") for asker in others)]
        told = [one(asker, kind, n) for n, (asker, kind) in enumerate(texts)]
        await asyncio.gather(*told, return_exceptions=True)

    asyncio.run(go())
    return counts["others"], counts["script"]


@pytest.mark.parametrize("names", ["one name", "many names"])
@pytest.mark.parametrize("others", [1, 10])
def test_a_script_with_a_hundred_texts_writes_few_at_a_time(names: str, others: int) -> None:
    script = [Asker("script", f"s{n}" if names == "many names" else "") for n in range(100)]
    fair, its = shared_out(Local(), [Asker(f"other {n}") for n in range(others)], script, 5_000)
    assert its < fair * max(LEAST, others // 4) / others * 1.4  # what comes before the others do is not counted twice
    assert its > 0


def test_few_texts_share_a_batch_again_after_many_were_written_in_two() -> None:
    """Two batches of short steps wait for each other: eight texts take half of the time in one."""
    engine, checkpoint, end = Local(), library.load("names-gru"), threading.Event()
    begin = begun(checkpoint, "")
    run = Run(Sampling(), 1, Stop(10**6), rows=False)

    async def one(asker: Asker) -> None:
        async for _ in engine.write(checkpoint, begin, run, end, asker):
            pass

    async def batches_of(count: int) -> None:
        async with asyncio.timeout(10):
            while [len(desk.batches) for desk in engine._desks.values()] != [count]:
                await asyncio.sleep(0.01)

    async def go() -> None:
        tasks = [asyncio.create_task(one(SCRIPT)) for _ in range(100)]
        await batches_of(2)
        tasks.append(asyncio.create_task(one(Asker("other"))))
        await batches_of(1)
        [desk] = engine._desks.values()
        for _ in range(50):  # and it stays so, while the script's texts take turns
            await asyncio.sleep(0.01)
            assert len(desk.batches) == 1
        end.set()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(go())


def test_within_a_group_names_have_as_much_too() -> None:
    """A class that has just come, and among it somebody with many texts."""
    script = [Asker("school", "script")] * 50
    fair, its = shared_out(Local(), [Asker("school", f"p{n}") for n in range(8)], script, 3_000)
    assert its < fair * 2 / 8 * 1.5


def test_a_text_without_a_seat_that_nobody_wants_leaves() -> None:
    engine, checkpoint, end = Local(), library.load("names-gru"), threading.Event()
    begin = begun(checkpoint, "")

    async def one(asker: Asker, cancelled: threading.Event) -> None:
        async for _ in engine.write(checkpoint, begin, Run(Sampling(), 1, Stop(10**6)), cancelled, asker):
            pass

    async def go() -> None:
        gone = threading.Event()
        other = asyncio.create_task(one(Asker("other"), end))
        many = [asyncio.create_task(one(SCRIPT, gone)) for _ in range(30)]
        await asyncio.sleep(0.2)
        assert engine.writing() == 31
        gone.set()
        async with asyncio.timeout(2):
            assert all(isinstance(told, Unwanted) for told in await asyncio.gather(*many, return_exceptions=True))
        assert engine.writing() == 1
        end.set()
        await asyncio.gather(other, return_exceptions=True)

    asyncio.run(go())
    assert not engine._desks


def test_long_prompts_of_one_do_not_hold_up_the_prompt_of_another() -> None:
    """Reading takes turns too: a short one is done while dozens of long ones are not."""
    engine, gone, done = Local(), threading.Event(), list[str]()

    def steps(name: str, count: int) -> Generator[None, None, None]:
        for _ in range(count):
            time.sleep(0.005)
            yield
        done.append(name)

    async def go() -> None:
        many = [engine.work(steps("long", 400), "reading for script", gone, f"s{n}") for n in range(40)]
        reading = [asyncio.create_task(one) for one in many]
        await asyncio.sleep(0.05)
        begun = time.monotonic()
        await engine.work(steps("short", 10), "reading for other", NEVER)
        assert time.monotonic() - begun < 1
        assert done == ["short"]
        gone.set()
        await asyncio.gather(*reading, return_exceptions=True)

    asyncio.run(go())


def test_what_is_asked_of_the_engine_is_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, seen = Local(), list[tuple[str, str]]()
    add = engine.turns.add

    def noted(work: object) -> None:
        seen.append((work.key, work.name))  # type: ignore[attr-defined]
        add(work)  # type: ignore[arg-type]

    monkeypatch.setattr(engine.turns, "add", noted)
    asker, text = Asker("group", "name"), Text([1, 2, 3])

    async def go() -> None:
        run = Run(Sampling(), 1, Stop(3))
        first = [part async for part in engine.run("names-gru", text, run, NEVER, asker=asker)]
        assert isinstance(first[0], Begun)
        assert len([part async for part in engine.given("names-gru", text, [4, 5], NEVER, asker=asker)]) == 2

    asyncio.run(go())
    engine.prefill("names-gru", text, 0, NEVER, exact=True, asker=asker)
    assert sum(map(len, engine.walk("names-gru", LogProbabilities([1, 2, 3]), NEVER, asker=asker))) == 3
    assert {key for key, _ in seen} == {"reading for group", "writing names-gru"}
    assert {name for key, name in seen if key == "reading for group"} == {"name"}
