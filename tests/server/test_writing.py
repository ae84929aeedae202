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
from playground.engine.base import RequestAborted
from playground.errors import BadCheckpoint
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.sampling import Sampling
from playground.server import requests, routes, writing
from playground.server.jobs import CancelToken
from playground.ui import page
from tests import stream

SETTINGS = stream.settings(model="shakespeare-ngram", prompt="To be", length=30, seed=5)


def test_a_run_equals_the_one_that_generation_makes() -> None:
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


def test_a_run_of_2000_steps_has_at_most_a_tenth_of_overhead() -> None:
    request = stream.asked(settings=SETTINGS | {"length": 2_000}, written=[], pick=None, knows="shakespeare-ngram")
    sent = len(stream.whole(stream.written(request)))
    assert sent <= 1.1 * 2_000 * (65 * 4 + 4 + 8)


def test_a_light_run_is_the_same_without_rows() -> None:
    whole = stream.write(settings=SETTINGS)
    light = list(stream.frames(stream.whole(stream.written(stream.asked(settings=SETTINGS, written=[], light=True)))))
    heads = [head for head, _ in light[1:]]
    columns = [(head["n"], stream.Columns(body)) for head, body in light[1:]]
    draws = [(column.take("<u4", n).tolist(), column.take("<f8", n).tolist()) for n, column in columns]
    assert [id for ids, _ in draws for id in ids] == whole.ids
    assert [u for _, us in draws for u in us] == whole.us
    assert all(len(body) == 12 * head["n"] for head, body in light[1:])
    assert heads[-1] == {"n": heads[-1]["n"], "done": True, "stopped": "length"}


def frame_per_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step is sent in a frame of its own."""
    monkeypatch.setattr(batch, "CHUNK_SECONDS", -1)
    monkeypatch.setattr(batch, "CHUNK_SECONDS_EACH", -1)


async def read_all(made: AsyncIterator[bytes]) -> None:
    async for _ in made:
        pass


def test_every_frame_has_the_row_after_its_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    frame_per_step(monkeypatch)
    answer = stream.write(settings=SETTINGS)
    assert [frame["n"] for frame in answer.frames] == [1] * 30
    checkpoint = library.load("shakespeare-ngram")
    ids = checkpoint.vocabulary.encode("To be").ids + answer.ids
    np.testing.assert_array_equal(answer.tips, prefill(checkpoint, ids).logits[-31:])


def test_a_run_stopped_at_a_line_end_says_so_and_has_the_next_row() -> None:
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


def test_a_run_that_reached_its_length_says_so() -> None:
    answer = stream.write(settings=SETTINGS)
    assert answer.frames[-1]["stopped"] == "length"
    assert answer["about"]["stops"] == ["none", "line"]


def test_a_model_without_an_end_ignores_that_stop() -> None:
    answer = stream.write(settings=SETTINGS | {"stop": "end"})
    assert answer.frames[-1]["stopped"] == "length"
    assert answer["settings"]["stop"] == "none"
    assert len(answer.ids) == 30


def test_a_picked_character_is_a_step_without_u() -> None:
    answer = stream.write(settings=SETTINGS, written=[1, 2], pick=7)
    assert (answer["first"], answer.ids, answer.us) == (2, [7], [None])
    assert [frame["done"] for frame in answer.frames] == [True]
    checkpoint = library.load("shakespeare-ngram")
    ids = [*checkpoint.vocabulary.encode("To be").ids, 1, 2, 7]
    np.testing.assert_array_equal(answer.tips, prefill(checkpoint, ids).logits[-2:])


def test_a_continued_run_uses_the_same_draws() -> None:
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
        {"settings": SETTINGS, "written": [0] * (requests.RUN_LIMIT - 29), "pick": None},
        {"settings": SETTINGS | {"length": 0}, "written": [], "pick": None},
        {"settings": SETTINGS | {"stop": "dot"}, "written": [], "pick": None},
        {"settings": SETTINGS | {"temperature": "nan"}, "written": [], "pick": None},
        {"settings": SETTINGS | {"model": "../../etc"}, "written": [], "pick": None},
    ],
)
def test_an_invalid_request_is_answered_with_one_sentence(data: Any) -> None:
    request = stream.asked(**data) if isinstance(data, dict) else data
    [(head, body)] = stream.frames(stream.whole(routes.run_or_problem("t", stream.written(request))))
    assert head.keys() == {"problem", "id"}
    assert head["problem"]["text"]["en"].endswith(".")
    assert body == b""


def test_a_damaged_checkpoint_is_reported_and_the_rest_of_the_page_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(name: str, **_: object) -> None:
        raise BadCheckpoint("file.damaged", file=f"{name}: model.safetensors", problem="truncated")

    monkeypatch.setattr(library, "load", damaged)
    answer = stream.opened({"prompt": "To be", "seed": "9", "top-k": "x"})
    told = answer["settings"]
    assert [told[name] for name in ("model", "prompt", "seed", "top_k")] == ["shakespeare-lstm", "To be", 9, 0]
    assert "damaged or cut short (truncated)" in answer["problem"]["text"]["en"]
    assert answer["opens"]
    assert len(answer["notices"]) == 1


def test_opening_the_page_loads_one_model_and_others_on_demand(
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


def test_a_taken_port_ends_the_program_with_advice() -> None:
    class Taken:
        def launch(self, **_: Any) -> None:
            raise OSError("Cannot find empty port in range: 7860-7959.")

    with pytest.raises(SystemExit, match="set GRADIO_SERVER_PORT to another"):
        page.serve(Taken())  # type: ignore[arg-type]


def test_writing_ends_between_two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    frame_per_step(monkeypatch)
    steps, step = [], batch.Batch._step
    let = threading.Semaphore(0)

    def counted(self: batch.Batch) -> None:
        assert let.acquire(timeout=30)
        step(self)
        steps.append(self.here)

    monkeypatch.setattr(batch.Batch, "_step", counted)
    end = CancelToken()

    async def read() -> None:
        made = writing.write(requests.write(stream.asked(settings=SETTINGS, written=[], pick=None)), end)
        await anext(made)  # the head
        for _ in range(2):
            let.release()
            await anext(made)
        end.event.set()
        let.release()  # of a step that may have begun already
        with pytest.raises(RequestAborted):
            await read_all(made)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, read()).result()
    assert len(steps) <= 3


def test_an_unexpected_exception_is_reported_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def load(name: str, **_: object) -> None:
        raise ZeroDivisionError(name)

    monkeypatch.setattr(library, "load", load)
    assert stream.write(settings=SETTINGS).head == {"code": "broken", "id": "t"}
    [record] = caplog.records
    assert "ZeroDivisionError" in caplog.text  # whether or not the log leaves the message out (logs.py)
    assert record.levelname == "ERROR"


def test_the_rows_of_a_stored_run_are_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = stream.write(settings=SETTINGS | {"temperature": 2})
    monkeypatch.setattr(local, "REPLAY_STEPS", 7)
    again = stream.write(settings=SETTINGS, again=first.ids)
    assert (again["first"], again["length"]) == (0, 30)
    assert again.ids == first.ids
    assert again.us == [None] * 30
    np.testing.assert_allclose(again.tips, first.tips, atol=1e-5)
    assert [frame["n"] for frame in again.frames] == [7, 7, 7, 7, 2]
    assert [frame["done"] for frame in again.frames] == [False] * 4 + [True]


@pytest.mark.parametrize("again", [[65], [-1], ["a"], [0.5]])
def test_a_stored_run_with_unknown_ids_is_refused(again: list[Any]) -> None:
    answer = stream.write(settings=SETTINGS, again=again)
    assert answer["problem"]["code"] == "input.written"


def test_the_length_of_a_run_is_limited_in_every_case() -> None:
    """The maximum is the longest text that the page can extend where that is possible, and no longer."""
    most, before = requests.RUN_LIMIT, requests.WRITTEN_LIMIT
    assert most == before + 2_000
    asked = SETTINGS | {"length": 2_000}
    for written, again, pick in [(0, most, None), (before, 2_000, None), (most - 1, 0, 3)]:
        message = stream.asked(settings=asked, written=[0] * written, again=[0] * again, pick=pick)
        assert len(requests.write(message).written) == written
    # An interrupted run of that length can be written to its end.
    requests.write(stream.asked(settings=asked | {"length": 500}, written=[0] * (most - 500), pick=None))
    for written, again, pick in [(0, most + 1, None), (6_000, 6_001, None), (before + 1, 0, None), (most, 0, 3)]:
        answer = stream.write(settings=asked, written=[0] * written, again=[0] * again, pick=pick)
        assert answer["problem"]["code"] == "input.run"
        assert "12,000" in answer["problem"]["text"]["en"]


def test_a_missing_model_has_an_error_code_of_its_own() -> None:
    gone = {"model": "ada/gone@0123456789abcdef0123456789abcdef01234567"}
    one = stream.write(settings=SETTINGS | gone, written=[], pick=None, again=[1])
    assert one["problem"]["code"] == "model.not_here"
    both = stream.write(settings=SETTINGS | gone | {"length": 0}, written=[], pick=None)
    assert both["problem"]["code"] == "input.problems"
