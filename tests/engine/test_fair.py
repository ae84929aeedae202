"""Fairness: the number of slots for each requester, who is next, and how turns are allocated."""

import asyncio
import threading
import time

import pytest

from playground.engine.admission import AdmissionQueue
from playground.engine.base import Requester
from playground.engine.fair import BURST_SECONDS, DEBT_SECONDS, LEAST, FairQueue, SeatBudgets, caps, refills
from playground.engine.turns import Turns

SCRIPT = Requester("script")
NEVER = threading.Event()


# ── The caps ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("wanted", "allowed"),
    [
        ({"a": 100}, {"a": 100}),  # nobody else is there
        ({"a": 100, "b": 1}, {"a": LEAST, "b": 1}),
        ({"a": 100, "b": 100}, {"a": 100, "b": 100}),  # both the same
        ({"a": 100, "b": 60, "c": 1}, {"a": 15, "b": 25, "c": 1}),  # two with many do not justify each other
        ({"a": 50, **{str(n): 1 for n in range(40)}}, {"a": 10, **{str(n): 1 for n in range(40)}}),  # a quarter of 40
        ({"a": 9, "b": 3, "c": 3, "d": 3}, {"a": 3, "b": 3, "c": 3, "d": 3}),
        ({}, {}),
    ],
)
def test_the_caps_keep_requesters_close_to_each_other(wanted: dict[str, int], allowed: dict[str, int]) -> None:
    assert caps(wanted) == allowed


@pytest.mark.parametrize(
    ("wanted", "rates"),
    [
        ({"a": 100}, {"a": 0.0}),  # alone: nothing is given back while it writes
        ({"a": 1, "b": 1}, {"a": 0.125, "b": 0.125}),
        ({"a": 100, "b": 1}, {"a": 0.125}),  # an eighth of a hundred is more than the other's one seat
        ({"a": 100, "b": 3, "c": 1}, {"a": 0.5}),
        ({"a": 1, "b": 1, "c": 1, "d": 1}, dict.fromkeys("abcd", 0.375)),
        ({str(n): 1 for n in range(9)}, {}),  # an eighth of the eight others is no less than its one seat
        ({"a": 100, **{str(n): 1 for n in range(16)}}, {}),
        ({"a": 100, "b": 100}, {}),
        ({}, {}),
    ],
)
def test_requesters_beside_few_others_have_a_seat_budget(wanted: dict[str, int], rates: dict[str, float]) -> None:
    assert refills(wanted, caps(wanted)) == rates


def test_a_seat_budget_is_spent_by_seats_and_refilled_by_time() -> None:
    now = 0.0
    budgets = SeatBudgets[str](lambda: now)

    def after(seconds: float, seats: int, rates: dict[str, float]) -> bool:
        nonlocal now
        now += seconds
        budgets.charge(seconds, {"a": seats}, rates)
        return budgets.spent({"a": seats, "b": 1}, rates) == {"a"}

    assert not after(BURST_SECONDS / 2, 2, {})  # nothing is charged without a rate
    assert not after(BURST_SECONDS / 2 - 0.1, 2, {"a": 0.25})
    assert after(0.4, 2, {"a": 0.25})  # 1.75 seat-seconds a second
    assert after(0.1, 0, {"a": 0.25})
    assert not after(BURST_SECONDS, 0, {"a": 0.25})
    assert not after(60, 0, {})
    assert not after(BURST_SECONDS / 2, 2, {"a": 0.25})  # the budget is full again, and no fuller
    assert after(60, 2, {"a": 0.25})
    assert not after((DEBT_SECONDS + 0.1) / 0.25, 0, {"a": 0.25})  # what it may owe is bounded


def test_a_spent_budget_limits_nobody_beside_others_with_spent_budgets() -> None:
    budgets, rates = SeatBudgets[str](lambda: 0.0), {"a": 0.25, "b": 0.25}
    budgets.charge(60, {"a": 1, "b": 1}, rates)
    assert budgets.spent({"a": 1, "b": 1}, rates) == set()
    assert budgets.spent({"a": 1, "b": 1, "new": 1}, rates) == {"a", "b"}
    assert budgets.spent({"a": 1}, rates) == set()  # the others wait for their readers, or are gone


def test_places_alternate_between_groups_and_names_smallest_first() -> None:
    places: FairQueue[str] = FairQueue(8)
    asked = [
        *((Requester("a", "x"), f"x{n}", 0) for n in range(9)), (Requester("a", "y"), "large", 7),
        (Requester("a", "y"), "small", 3), (Requester("b"), "b", 9),
    ]  # fmt: skip
    numbers = {thing: places.put(requester, thing, size) for requester, thing, size in asked}
    assert places.drop(numbers["x1"])
    assert not places.drop(numbers["x1"])
    given = [places.take() for _ in range(9)]
    # Six of eight for one group at most.
    assert [taken and taken[1] for taken in given] == ["x0", "b", "small", "x2", "large", "x3", "x4", None, None]
    places.leave(Requester("a", "x"))
    taken = places.take()
    assert taken
    assert taken[1] == "x5"
    assert (len(places), places.waiting()) == (10, 3)


def test_a_queue_prefers_a_newcomer_to_a_requester_with_many_places() -> None:
    line, order, over = AdmissionQueue(4), list[str](), asyncio.Event()

    async def one(requester: Requester, name: str) -> None:
        async with line.place(NEVER, requester):
            order.append(name)
            await over.wait()

    async def go() -> None:
        many = [asyncio.create_task(one(SCRIPT, f"s{n}")) for n in range(8)]
        await asyncio.sleep(0.01)
        newcomer = asyncio.create_task(one(Requester("b"), "b"))
        await asyncio.sleep(0.01)
        over.set()
        await asyncio.gather(newcomer, *many)

    asyncio.run(go())
    assert order[:4] == ["s0", "s1", "s2", "b"]
    assert sorted(order[4:]) == [f"s{n}" for n in range(3, 8)]
    assert len(line) == 0


# ── Turns ────────────────────────────────────────────────────────────────────────────────────────
class CountingWork:
    """Work that takes a while, and counts its turns."""

    def __init__(self, key: str, name: str = "", weight: float = 1.0) -> None:
        self.key, self.name, self.weight = key, name, weight
        self.turns, self.over = 0, False

    def turn(self) -> bool:
        time.sleep(0.001)
        self.turns += 1
        return not self.over


def count_turns(*work: CountingWork, most: int = 300) -> None:
    turns = Turns(threads=1)
    for one in work:
        turns.add(one)
    for _ in range(5_000):
        if sum(one.turns for one in work) >= most:
            break
        time.sleep(0.002)
    for one in work:
        one.over = True


def test_names_of_a_key_get_equal_turns_whatever_their_load() -> None:
    many = [CountingWork("reading", "script") for _ in range(20)]
    few = CountingWork("reading", "other")
    count_turns(few, *many)
    assert few.turns == pytest.approx(sum(one.turns for one in many), rel=0.2)


@pytest.mark.timed
def test_work_for_ten_gets_ten_times_the_turns() -> None:
    ten, one = CountingWork("a", weight=10), CountingWork("b")
    count_turns(ten, one)
    assert ten.turns == pytest.approx(10 * one.turns, rel=0.3)
