"""Shares over the stream's routes: who is over one is told when to come again, and nobody else is held up."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette

from playground import library
from playground.server import routes
from playground.server.settings import LEAST_PARAMETERS, work_of
from playground.server.shares import ADDRESS, OTHERS, SESSION, Limits, Shares
from tests import stream
from tests.server.test_routes import Asking, Endless, endless, until

__all__ = ["endless"]  # a fixture

MODEL = "shakespeare-ngram"


def app(session: Limits = SESSION, others: Limits = OTHERS, address: Limits = ADDRESS) -> Starlette:
    return Starlette(routes=routes.routes(Shares(session, others, address)))


def to_write(page: str, length: int = 30, **data: Any) -> dict[str, Any]:
    settings = stream.settings(model=MODEL, prompt="To be", length=length, seed=5)
    return stream.asked(settings=settings, written=[], pick=None, page=page, **data)


def of_ids(ids: int) -> tuple[float, float]:
    """The work of so many ids of the model, which does not come back for a long time."""
    return work_of(library.load(MODEL), ids), 1e-3


def assert_over(asking: Asking) -> int:
    """It was refused in time; the seconds that it was told."""
    told = json.loads(asking.body)
    assert (asking.status, told["code"]) == (429, "share")
    assert asking.headers["retry-after"] == str(told["seconds"])
    assert told["seconds"] >= 1
    seconds: int = told["seconds"]
    return seconds


async def asked(there: Starlette, path: str, data: Any, **more: Any) -> Asking:
    asking = Asking(there, path, data, **more)
    await asking.task
    return asking


def test_who_has_too_much_under_way_is_told_and_others_are_served(endless: Endless) -> None:
    async def go() -> None:
        there = app(replace(SESSION, running=2))
        held = [Asking(there, "write", to_write("ann", way=str(n))) for n in range(2)]
        for asking in held:
            await asking.heard.wait()
        assert_over(await asked(there, "write", to_write("ann", way="more")))
        other = Asking(there, "write", to_write("ben"))
        await other.heard.wait()
        await held[0].leave()
        again = Asking(there, "write", to_write("ann", way="more"))
        await again.heard.wait()
        assert again.status == 200
        for asking in (held[1], other, again):
            await asking.leave()

    asyncio.run(go())


def test_one_way_of_a_page_never_has_more_than_one_under_way(endless: Endless) -> None:
    """A page that asks for something else ends what it asked before, and that counts no more."""

    async def go() -> None:
        there = app(replace(SESSION, running=3))
        for turn in range(12):
            asking = Asking(there, "write", to_write("ann", turn=turn))
            await asking.heard.wait()
            assert asking.status == 200
            await asyncio.sleep(0.01)
        await asking.leave()

    asyncio.run(go())


def test_a_length_is_paid_before_a_text_begins_and_what_was_not_written_comes_back() -> None:
    async def go() -> None:
        there = app(replace(SESSION, work=of_ids(300)))
        over = await asked(there, "write", to_write("ann", length=2_000))
        assert over.status == 200, "the largest request is allowed once, where nothing is owed"
        assert_over(await asked(there, "write", to_write("ann", length=1)))

        there = app(replace(SESSION, work=of_ids(300)))
        stopped = to_write("ann", length=250)
        stopped["settings"]["stop"] = "line"  # it ends long before its length
        first = await asked(there, "write", stopped)
        written = len(stream.answer(first.body).ids)
        assert written < 100
        second = await asked(there, "write", to_write("ann", length=150))
        assert second.status == 200
        assert len(stream.answer(second.body).ids) == 150

    asyncio.run(go())


def test_an_n_gram_has_a_cost_too() -> None:
    assert work_of(library.load(MODEL), 10) >= 10 * LEAST_PARAMETERS

    async def go() -> None:
        there = app(replace(SESSION, work=of_ids(100)))
        statuses = [(await asked(there, "write", to_write("ann", length=40))).status for _ in range(4)]
        assert statuses == [200, 200, 429, 429]
        looked = await asked(there, "look", stream.asked(model=MODEL, prompt="O" * 90, page="ann"))
        assert_over(looked)
        scored = await asked(there, "score", stream.asked(model=MODEL, text="O" * 90, page="ann"))
        assert_over(scored)
        assert (await asked(there, "look", stream.asked(model=MODEL, prompt="O" * 90, page="ben"))).status == 200

    asyncio.run(go())


def test_the_opening_of_pages_is_bounded_by_their_address() -> None:
    async def go() -> None:
        there = app(others=replace(OTHERS, requests=(2, 1e-3)))
        statuses = [(await asked(there, "open", b"", method="GET")).status for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert (await asked(there, "open", b"", method="GET", address="192.0.2.2")).status == 200

    asyncio.run(go())


def test_a_school_behind_one_address_is_served_without_a_refusal() -> None:
    """Two hundred pages that all open, look and write at the same moment, with the limits as they are."""

    async def page(there: Starlette, number: int) -> list[int]:
        name = f"page {number}"
        opened = await asked(there, "open", b"", method="GET")
        looked = await asked(there, "look", stream.asked(model=MODEL, prompt="To be", page=name))
        wrote = await asked(there, "write", to_write(name, turn=2))
        assert len(stream.answer(wrote.body).ids) == 30
        return [opened.status, looked.status, wrote.status]

    async def go() -> None:
        there = app()
        found = await asyncio.gather(*(page(there, number) for number in range(200)))
        assert found == [[200, 200, 200]] * 200

    asyncio.run(go())


@pytest.mark.parametrize("address", ["192.0.2.9", "192.0.2.1"])
def test_nobody_ends_what_another_page_asked_for(endless: Endless, address: str) -> None:
    """A name that was overheard is of no use elsewhere, and one that is guessed nearly right is another's."""

    async def go() -> None:
        there = app()
        first = Asking(there, "write", to_write("a long name", turn=1))
        await first.heard.wait()
        name = "a long name" if address != "192.0.2.1" else "a long nam"
        other = Asking(there, "write", to_write(name, turn=2), address=address)
        await other.heard.wait()
        await asyncio.sleep(0.05)
        assert not endless.ended.acquire(blocking=False)
        mine = Asking(there, "write", to_write("a long name", turn=2))
        await until(endless.ended)
        for asking in (mine, other):
            await asking.leave()

    asyncio.run(go())
