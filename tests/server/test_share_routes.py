"""Rate limits on the stream's routes: a visitor over the share gets a retry time, and nobody else is held up."""

import asyncio
import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette

from playground import library
from playground.engine import batch, seats
from playground.engine.base import Requester
from playground.server import reading, routes
from playground.server.endpoints import common
from playground.server.jobs import CancelToken
from playground.server.settings import LEAST_PARAMETERS, Settings, work_of
from playground.server.shares import ADDRESS, OTHERS, SESSION, Limits, Share, Shares
from tests import stream
from tests.server.test_routes import AppCall, Endless, endless, wait_for

__all__ = ["endless"]  # a fixture

MODEL = "shakespeare-ngram"


def app(session: Limits = SESSION, others: Limits = OTHERS, address: Limits = ADDRESS) -> Starlette:
    return Starlette(routes=routes.routes(Shares(session, others, address)))


def to_write(page: str, length: int = 30, **data: Any) -> dict[str, Any]:
    settings = stream.settings(model=MODEL, prompt="To be", length=length, seed=5)
    return stream.asked(settings=settings, written=[], pick=None, page=page, **data)


def of_ids(ids: int) -> tuple[float, float]:
    """The work of that many ids of the model. It refills only after a long time."""
    return work_of(library.load(MODEL), ids), 1e-3


def assert_over(asking: AppCall) -> int:
    """Assert that it was refused in time; returns its retry time."""
    told = json.loads(asking.body)
    assert (asking.status, told["code"]) == (429, "share")
    assert asking.headers["retry-after"] == str(told["seconds"])
    assert told["seconds"] >= 1
    seconds: int = told["seconds"]
    return seconds


async def send_request(there: Starlette, path: str, data: Any, **more: Any) -> AppCall:
    asking = AppCall(there, path, data, **more)
    await asking.task
    return asking


def test_a_visitor_over_the_share_is_refused_and_others_are_served(endless: Endless) -> None:
    async def go() -> None:
        there = app(replace(SESSION, running=2))
        held = [AppCall(there, "write", to_write("ann", way=str(n))) for n in range(2)]
        for asking in held:
            await asking.heard.wait()
        assert_over(await send_request(there, "write", to_write("ann", way="more")))
        other = AppCall(there, "write", to_write("ben"))
        await other.heard.wait()
        await held[0].leave()
        again = AppCall(there, "write", to_write("ann", way="more"))
        await again.heard.wait()
        assert again.status == 200
        for asking in (held[1], other, again):
            await asking.leave()

    asyncio.run(go())


def test_texts_waiting_for_memory_do_not_block_other_visitors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each keeps a thread meanwhile, and one visitor may have many of them."""
    free, open_model = threading.Event(), reading.open_model

    def slow(settings: Settings, cancel: CancelToken) -> library.Checkpoint:
        if settings.prompt == "wait":
            free.wait()
        return open_model(settings, cancel)

    monkeypatch.setattr(reading, "open_model", slow)

    async def go() -> None:
        there = app()
        waiting = {"settings": stream.settings(model=MODEL, prompt="wait", length=5)}
        held = [AppCall(there, "write", to_write("ann", way=str(n)) | waiting) for n in range(12)]
        await asyncio.sleep(0)
        other = await asyncio.wait_for(send_request(there, "write", to_write("ben"), address="192.0.2.2"), 30)
        assert other.status == 200
        free.set()
        await asyncio.gather(*(asking.task for asking in held))
        assert {asking.status for asking in held} == {200}

    try:
        asyncio.run(go())
    finally:
        free.set()


def test_programs_waiting_for_memory_do_not_block_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    free, begun = threading.Event(), threading.Semaphore(0)

    def slow(settings: Settings, text: str) -> tuple[library.Checkpoint, Any]:
        begun.release()
        free.wait()
        return library.load(MODEL), None

    monkeypatch.setattr(common, "open_model", slow)
    long = {"model": MODEL, "prompt": "O" * (common.SHORT + 1)}

    async def go() -> None:
        opens = [asyncio.create_task(common.open_asked(long, Requester("script"))) for _ in range(12)]
        await wait_for(begun)
        page = await asyncio.wait_for(send_request(app(), "write", to_write("ann")), 30)
        assert page.status == 200
        free.set()
        await asyncio.gather(*opens)

    try:
        asyncio.run(go())
    finally:
        free.set()


def test_a_page_has_at_most_one_running_request_per_route(endless: Endless) -> None:
    """A page's newer request ends its older one, which then no longer counts."""

    async def go() -> None:
        there = app(replace(SESSION, running=3))
        for turn in range(12):
            asking = AppCall(there, "write", to_write("ann", turn=turn))
            await asking.heard.wait()
            assert asking.status == 200
            await asyncio.sleep(0.01)
        await asking.leave()

    asyncio.run(go())


def test_a_text_is_charged_in_advance_and_the_rest_refunded() -> None:
    async def go() -> None:
        there = app(replace(SESSION, work=of_ids(300)))
        over = await send_request(there, "write", to_write("ann", length=2_000))
        assert over.status == 200, "the largest request is allowed once, where nothing is owed"
        assert_over(await send_request(there, "write", to_write("ann", length=1)))

        there = app(replace(SESSION, work=of_ids(300)))
        stopped = to_write("ann", length=250)
        stopped["settings"]["stop"] = "line"  # it ends long before its length
        first = await send_request(there, "write", stopped)
        written = len(stream.answer(first.body).ids)
        assert written < 100
        second = await send_request(there, "write", to_write("ann", length=150))
        assert second.status == 200
        assert len(stream.answer(second.body).ids) == 150

    asyncio.run(go())


def test_an_abandoned_text_is_charged_for_what_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """During a drag texts are sent when they are complete, and most of them are abandoned."""
    monkeypatch.setattr(seats, "UNHURRIED_SECONDS", 0.0)
    monkeypatch.setattr(batch, "CHUNK_SECONDS", 0.0)
    done, enough = 0.0, threading.Semaphore(0)
    plain = Share.done

    def note(share: Share, work: float) -> None:
        nonlocal done
        plain(share, work)
        done += work
        if done > of_ids(50)[0]:
            enough.release()

    monkeypatch.setattr(Share, "done", note)

    async def go() -> None:
        there = app(replace(SESSION, work=of_ids(2_030)))
        asking = AppCall(there, "write", to_write("ann", length=2_000, light=True))
        await wait_for(enough)
        await asking.leave()
        assert_over(await send_request(there, "write", to_write("ann", length=2_000, turn=2)))

    asyncio.run(go())


def test_an_n_gram_has_a_cost_too() -> None:
    assert work_of(library.load(MODEL), 10) >= 10 * LEAST_PARAMETERS

    async def go() -> None:
        there = app(replace(SESSION, work=of_ids(100)))
        statuses = [(await send_request(there, "write", to_write("ann", length=40))).status for _ in range(4)]
        assert statuses == [200, 200, 429, 429]
        looked = await send_request(there, "look", stream.asked(model=MODEL, prompt="O" * 90, page="ann"))
        assert_over(looked)
        scored = await send_request(there, "score", stream.asked(model=MODEL, text="O" * 90, page="ann"))
        assert_over(scored)
        assert (await send_request(there, "look", stream.asked(model=MODEL, prompt="O" * 90, page="ben"))).status == 200

    asyncio.run(go())


def test_opening_pages_is_limited_by_address() -> None:
    async def go() -> None:
        there = app(others=replace(OTHERS, requests=(2, 1e-3)))
        statuses = [(await send_request(there, "open", b"", method="GET")).status for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert (await send_request(there, "open", b"", method="GET", address="192.0.2.2")).status == 200

    asyncio.run(go())


def test_a_school_behind_one_address_is_never_refused() -> None:
    """Two hundred pages that all open, inspect and write at the same moment, with the default limits."""

    async def page(there: Starlette, number: int) -> list[int]:
        name = f"page {number}"
        opened = await send_request(there, "open", b"", method="GET")
        looked = await send_request(there, "look", stream.asked(model=MODEL, prompt="To be", page=name))
        wrote = await send_request(there, "write", to_write(name, turn=2))
        assert len(stream.answer(wrote.body).ids) == 30
        return [opened.status, looked.status, wrote.status]

    async def go() -> None:
        there = app()
        found = await asyncio.gather(*(page(there, number) for number in range(200)))
        assert found == [[200, 200, 200]] * 200

    asyncio.run(go())


@pytest.mark.parametrize("address", ["192.0.2.9", "192.0.2.1"])
def test_nobody_can_end_another_pages_request(endless: Endless, address: str) -> None:
    """A name that was overheard is useless elsewhere, and one that is guessed almost right belongs to somebody else."""

    async def go() -> None:
        there = app()
        first = AppCall(there, "write", to_write("a long name", turn=1))
        await first.heard.wait()
        name = "a long name" if address != "192.0.2.1" else "a long nam"
        other = AppCall(there, "write", to_write(name, turn=2), address=address)
        await other.heard.wait()
        await asyncio.sleep(0.05)
        assert not endless.ended.acquire(blocking=False)
        mine = AppCall(there, "write", to_write("a long name", turn=2))
        await wait_for(endless.ended)
        for asking in (mine, other):
            await asking.leave()

    asyncio.run(go())


def test_exceeding_the_share_during_an_answer_is_reported_in_the_last_frame() -> None:
    """The status is sent already; a second one would break the connection."""

    async def go() -> None:
        there = app(replace(SESSION, work=of_ids(20)))  # enough for the bars, but not for the figures
        asking = await send_request(there, "compare", stream.asked(page="ann", model=MODEL, prompt="To be or not"))
        (first, _), (last, _) = stream.frames(asking.body)
        assert asking.status == 200
        assert first["model"] == MODEL
        assert last["code"] == "share"
        assert last["seconds"] >= 1

    asyncio.run(go())


def test_too_many_texts_are_refused_before_the_answer_begins() -> None:
    async def go() -> None:
        there = app(replace(SESSION, work=of_ids(30)))
        settings = stream.settings(model=MODEL, prompt="To be", length=100)
        many = stream.asked(page="ann", settings=settings, temperatures=[0.5, 1.0], seeds=20, written=[])
        assert (await send_request(there, "temperatures", many)).status == 200, "once, where nothing is owed"
        assert_over(await send_request(there, "temperatures", many | {"temperatures": [0.4, 1.1]}))

    asyncio.run(go())
