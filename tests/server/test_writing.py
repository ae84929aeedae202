"""Writing over the stream, called as the routes call it: whatever is sent, the answer is frames."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from playground import library
from playground.engine import batch, local
from playground.engine.base import Unwanted
from playground.errors import BadCheckpoint
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.sampling import Sampling
from playground.server import requests, routes, writing
from playground.server.jobs import End
from playground.ui import page
from tests import stream

SETTINGS = stream.settings(model="shakespeare-ngram", prompt="To be", length=30, seed=5)


def test_a_run_comes_once_and_is_the_one_that_generation_makes() -> None:
    answer = stream.write(settings=SETTINGS)
    assert [frame["done"] for frame in answer.frames] == [False] * (len(answer.frames) - 1) + [True]
    assert sum(frame["n"] for frame in answer.frames) == 30
    assert (answer["first"], answer["length"]) == (0, 30)
    checkpoint = library.load("shakespeare-ngram")
    reading = prefill(checkpoint, checkpoint.vocabulary.encode("To be").ids)
    made = generate(checkpoint, reading, Sampling(), seed=5)
    expected = [next(made) for _ in range(31)]
    assert answer.ids == [step.id for step in expected[:30]]
    assert answer.us == [step.u for step in expected[:30]]
    np.testing.assert_array_equal(answer.tips, [step.logits for step in expected])


def test_the_first_step_is_sent_at_once_and_then_a_few_at_a_time() -> None:
    first, *others = stream.write(settings=SETTINGS | {"model": "shakespeare-lstm", "length": 400}).frames
    assert first["n"] == 1
    assert len(others) < 100


def test_a_run_of_2000_steps_takes_a_tenth_more_than_its_numbers_at_most() -> None:
    request = stream.asked(settings=SETTINGS | {"length": 2_000}, written=[], pick=None, knows="shakespeare-ngram")
    sent = len(stream.whole(stream.written(request)))
    assert sent <= 1.1 * 2_000 * (65 * 4 + 4 + 8)


def test_a_light_run_is_the_same_without_its_rows() -> None:
    whole = stream.write(settings=SETTINGS)
    light = list(stream.frames(stream.whole(stream.written(stream.asked(settings=SETTINGS, written=[], light=True)))))
    heads = [head for head, _ in light[1:]]
    columns = [(head["n"], stream.Columns(body)) for head, body in light[1:]]
    draws = [(column.take("<u4", n).tolist(), column.take("<f8", n).tolist()) for n, column in columns]
    assert [id for ids, _ in draws for id in ids] == whole.ids
    assert [u for _, us in draws for u in us] == whole.us
    assert all(len(body) == 12 * head["n"] for head, body in light[1:])
    assert heads[-1] == {"n": heads[-1]["n"], "done": True, "stopped": "length"}


def at_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step is sent in a frame of its own."""
    monkeypatch.setattr(batch, "CHUNK_SECONDS", -1)
    monkeypatch.setattr(batch, "CHUNK_SECONDS_EACH", -1)


async def exhausted(made: AsyncIterator[bytes]) -> None:
    async for _ in made:
        pass


def test_every_frame_has_the_row_after_its_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    at_each_step(monkeypatch)
    answer = stream.write(settings=SETTINGS)
    assert [frame["n"] for frame in answer.frames] == [1] * 30
    checkpoint = library.load("shakespeare-ngram")
    ids = checkpoint.vocabulary.encode("To be").ids + answer.ids
    np.testing.assert_array_equal(answer.tips, prefill(checkpoint, ids).logits[-31:])


def test_a_run_that_stops_at_a_line_end_says_so_and_has_the_row_after_it() -> None:
    asked = stream.settings(model="names-gru", prompt="", length=300, seed=5, stop="line")
    answer = stream.write(settings=asked)
    checkpoint = library.load("names-gru")
    written = checkpoint.vocabulary.decode(answer.ids)
    assert len(answer.ids) < 300
    assert written.index("\n") == len(written) - 1
    assert [frame["stopped"] for frame in answer.frames] == [None] * (len(answer.frames) - 1) + ["line"]
    assert answer["settings"]["stop"] == "line"
    np.testing.assert_allclose(answer.tips[-1], prefill(checkpoint, answer.ids).logits[-1], atol=1e-4)
    further = stream.write(settings=asked, written=answer.ids)  # the next name
    assert further["first"] == len(answer.ids)
    assert further.frames[-1]["stopped"] == "line"


def test_a_run_to_its_length_says_that_too() -> None:
    answer = stream.write(settings=SETTINGS)
    assert answer.frames[-1]["stopped"] == "length"
    assert answer["about"]["stops"] == ["none", "line"]


def test_a_run_of_a_model_without_an_end_goes_on_without() -> None:
    answer = stream.write(settings=SETTINGS | {"stop": "end"})
    assert answer.frames[-1]["stopped"] == "length"
    assert answer["settings"]["stop"] == "none"
    assert len(answer.ids) == 30


def test_a_character_that_a_person_chose_is_a_step_without_u() -> None:
    answer = stream.write(settings=SETTINGS, written=[1, 2], pick=7)
    assert (answer["first"], answer.ids, answer.us) == (2, [7], [None])
    assert [frame["done"] for frame in answer.frames] == [True]
    checkpoint = library.load("shakespeare-ngram")
    ids = [*checkpoint.vocabulary.encode("To be").ids, 1, 2, 7]
    np.testing.assert_array_equal(answer.tips, prefill(checkpoint, ids).logits[-2:])


def test_a_run_that_is_written_on_throws_the_same_dice() -> None:
    whole = stream.write(settings=SETTINGS)
    rest = stream.write(settings=SETTINGS | {"length": 20}, written=whole.ids[:10])
    assert rest.us == whole.us[10:]
    assert rest.ids == whole.ids[10:]


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"settings": "x", "written": [], "pick": None},
        {"settings": SETTINGS, "written": None, "pick": None},
        {"settings": SETTINGS, "written": [], "pick": "e"},
        {"settings": SETTINGS, "written": [], "pick": True},
        {"settings": SETTINGS, "written": [65], "pick": None},
        {"settings": SETTINGS, "written": [-1], "pick": None},
        {"settings": SETTINGS, "written": [], "pick": 65},
        {"settings": SETTINGS, "written": [True], "pick": None},
        {"settings": SETTINGS, "written": [0] * (requests.WRITTEN_LIMIT + 1), "pick": None},
        {"settings": SETTINGS | {"length": 0}, "written": [], "pick": None},
        {"settings": SETTINGS | {"stop": "dot"}, "written": [], "pick": None},
        {"settings": SETTINGS | {"temperature": "nan"}, "written": [], "pick": None},
        {"settings": SETTINGS | {"model": "../../etc"}, "written": [], "pick": None},
    ],
)
def test_a_request_that_the_page_would_not_send_is_answered_with_one_sentence(data: Any) -> None:
    request = stream.asked(**data) if isinstance(data, dict) else data
    [(head, body)] = stream.frames(stream.whole(routes.run_or_problem("t", stream.written(request))))
    assert head.keys() == {"problem", "id"}
    assert head["problem"]["text"]["en"].endswith(".")
    assert body == b""


def test_a_damaged_checkpoint_is_told_and_the_rest_of_the_page_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(name: str, **_: object) -> None:
        raise BadCheckpoint("file.damaged", file=f"{name}: model.safetensors", problem="truncated")

    monkeypatch.setattr(library, "load", damaged)
    answer = stream.opened({"prompt": "To be", "seed": "9", "top-k": "x"})
    told = answer["settings"]
    assert [told[name] for name in ("model", "prompt", "seed", "top_k")] == ["shakespeare-lstm", "To be", 9, 0]
    assert "damaged or cut short (truncated)" in answer["problem"]["text"]["en"]
    assert answer["opens"]
    assert len(answer["notices"]) == 1


def test_opening_the_page_loads_one_model_and_the_others_come_as_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(library, "_models", library._none_in_memory())
    loaded = library._models.staying
    page.launch_options()  # reads the cards of all
    assert list(loaded) == []
    for _ in range(2):
        stream.opened({})
    assert list(loaded) == ["shakespeare-lstm"]
    stream.look(model="shakespeare-ngram", prompt="To be")
    assert list(loaded) == ["shakespeare-lstm", "shakespeare-ngram"]


def test_a_port_that_is_taken_ends_the_program_with_what_to_do() -> None:
    class Taken:
        def launch(self, **_: Any) -> None:
            raise OSError("Cannot find empty port in range: 7860-7959.")

    with pytest.raises(SystemExit, match="set GRADIO_SERVER_PORT to another"):
        page.serve(Taken())  # type: ignore[arg-type]


def test_writing_ends_between_two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    at_each_step(monkeypatch)
    steps, step = [], batch.Batch._step
    let = threading.Semaphore(0)

    def counted(self: batch.Batch) -> None:
        assert let.acquire(timeout=30)
        step(self)
        steps.append(self.here)

    monkeypatch.setattr(batch.Batch, "_step", counted)
    end = End()

    async def read() -> None:
        made = writing.write(requests.write(stream.asked(settings=SETTINGS, written=[], pick=None)), end)
        await anext(made)  # the head
        for _ in range(2):
            let.release()
            await anext(made)
        end.event.set()
        let.release()  # of a step that may have begun already
        with pytest.raises(Unwanted):
            await exhausted(made)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, read()).result()
    assert len(steps) <= 3


def test_an_exception_that_nobody_foresaw_is_told_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def load(name: str, **_: object) -> None:
        raise ZeroDivisionError(name)

    monkeypatch.setattr(library, "load", load)
    assert stream.write(settings=SETTINGS).head == {"code": "broken", "id": "t"}
    [record] = caplog.records
    assert "ZeroDivisionError" in caplog.text  # whether or not the log leaves the message out (logs.py)
    assert record.levelname == "ERROR"


def test_the_rows_of_a_run_that_a_browser_kept_are_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = stream.write(settings=SETTINGS | {"temperature": 2})
    monkeypatch.setattr(local, "GIVEN_STEPS", 7)
    again = stream.write(settings=SETTINGS, again=first.ids)
    assert (again["first"], again["length"]) == (0, 30)
    assert again.ids == first.ids
    assert again.us == [None] * 30
    np.testing.assert_allclose(again.tips, first.tips, atol=1e-5)
    assert [frame["n"] for frame in again.frames] == [7, 7, 7, 7, 2]
    assert [frame["done"] for frame in again.frames] == [False] * 4 + [True]


@pytest.mark.parametrize("again", [[65], [-1], ["a"], [0.5]])
def test_ids_of_no_symbol_are_refused_where_a_run_is_given_again(again: list[Any]) -> None:
    answer = stream.write(settings=SETTINGS, again=again)
    assert answer["problem"]["code"] == "input.written"


def test_a_run_that_is_given_again_is_bounded() -> None:
    answer = stream.write(settings=SETTINGS, written=[0] * 6_000, again=[0] * 6_000)
    assert answer["problem"]["code"] == "input.run"
