"""The page's handlers, called as gradio calls them: whatever is sent, they answer with a message."""

import asyncio
import base64
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from playground import library
from playground.errors import BadCheckpoint, BadInput
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.sampling import Sampling
from playground.server import settings, wire
from playground.server.settings import Settings
from playground.ui import page
from playground.ui.tabs import play

SETTINGS = wire.plain(Settings(model="shakespeare-ngram", prompt="To be", length=30, seed=5))


def event(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def request(query: dict[str, str]) -> Any:
    return SimpleNamespace(query_params=query)


def rows(packed: str, width: int = 65) -> Any:
    return np.frombuffer(base64.b64decode(packed), "<f4").reshape(-1, width)


def test_a_run_comes_in_growing_messages_and_is_the_one_that_generation_makes() -> None:
    messages = list(play.write(event(token="t", settings=SETTINGS, written=[], pick=None)))
    assert all(message["id"] == "t" for message in messages)
    assert [message["done"] for message in messages] == [False] * (len(messages) - 1) + [True]
    last = messages[-1]
    checkpoint = library.load("shakespeare-ngram")
    reading = prefill(checkpoint, checkpoint.vocabulary.encode("To be").ids)
    stream = generate(checkpoint, reading, Sampling(), seed=5)
    expected = [next(stream) for _ in range(31)]
    assert [i for chunk in last["chunks"] for i in chunk["ids"]] == [step.id for step in expected[:30]]
    assert [u for chunk in last["chunks"] for u in chunk["us"]] == [step.u for step in expected[:30]]
    assert np.array_equal(rows(last["tip"])[0], expected[30].logits)


def test_every_message_has_the_row_after_its_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "CHUNK_SECONDS", 0)
    messages = list(play.write(event(token="t", settings=SETTINGS, written=[], pick=None)))
    assert len(messages) == 30
    for now, after in pairwise(messages):
        assert np.array_equal(rows(now["tip"])[0], rows(after["chunks"][-1]["logits"])[0])


def test_a_run_that_stops_at_a_line_end_says_so_and_has_the_row_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "CHUNK_SECONDS", 0)
    settings = wire.plain(Settings(model="names-gru", prompt="", length=300, seed=5, stop="line"))
    messages = list(play.write(event(token="t", settings=settings, written=[], pick=None)))
    last = messages[-1]
    ids = [i for chunk in last["chunks"] for i in chunk["ids"]]
    checkpoint = library.load("names-gru")
    written = checkpoint.vocabulary.decode(ids)
    assert len(ids) < 300
    assert written.index("\n") == len(written) - 1
    assert [message["done"] for message in messages] == [False] * (len(messages) - 1) + [True]
    assert [message["stopped"] for message in messages] == [None] * (len(messages) - 1) + ["line"]
    assert all(message["settings"]["stop"] == "line" for message in messages)
    np.testing.assert_allclose(rows(last["tip"], 27)[0], prefill(checkpoint, ids).logits[-1], atol=1e-4)
    [*_, further] = play.write(event(token="t", settings=settings, written=ids, pick=None))  # the next name
    assert further["first"] == len(ids)
    assert further["stopped"] == "line"


def test_a_run_to_its_length_says_that_too() -> None:
    [*_, last] = play.write(event(token="t", settings=SETTINGS, written=[], pick=None))
    assert last["stopped"] == "length"
    assert last["stops"] == ["none", "line"]


def test_a_run_of_a_model_without_an_end_goes_on_without() -> None:
    asked = SETTINGS | {"stop": "end"}
    [*_, last] = play.write(event(token="t", settings=asked, written=[], pick=None))
    assert last["stopped"] == "length"
    assert last["settings"]["stop"] == "none"
    assert sum(len(chunk["ids"]) for chunk in last["chunks"]) == 30


def test_a_character_that_a_person_chose_is_a_step_without_u() -> None:
    [message] = play.write(event(token="t", settings=SETTINGS, written=[1, 2], pick=7))
    assert message["first"] == 2
    assert message["chunks"][0]["ids"] == [7]
    assert message["chunks"][0]["us"] == [None]
    checkpoint = library.load("shakespeare-ngram")
    ids = [*checkpoint.vocabulary.encode("To be").ids, 1, 2, 7]
    assert np.array_equal(rows(message["tip"])[0], prefill(checkpoint, ids).logits[-1])


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"settings": "x", "written": [], "pick": None},
        {"settings": SETTINGS, "written": None, "pick": None},
        {"settings": SETTINGS, "written": [], "pick": "e"},
        {"settings": SETTINGS, "written": [65], "pick": None},
        {"settings": SETTINGS, "written": [-1], "pick": None},
        {"settings": SETTINGS, "written": [True], "pick": None},
        {"settings": SETTINGS, "written": [0] * (play.WRITTEN_LIMIT + 1), "pick": None},
        {"settings": SETTINGS | {"length": 0}, "written": [], "pick": None},
        {"settings": SETTINGS | {"stop": "dot"}, "written": [], "pick": None},
        {"settings": SETTINGS | {"temperature": "nan"}, "written": [], "pick": None},
        {"settings": SETTINGS | {"model": "../../etc"}, "written": [], "pick": None},
    ],
)
def test_a_request_that_the_page_would_not_send_is_answered_with_one_sentence(data: Any) -> None:
    [message] = play.write(gr.EventData(None, data))
    assert message.keys() == {"problem", "id"}
    assert message["problem"]["text"]["en"].endswith(".")
    [looked] = [play.look(gr.EventData(None, data))]
    assert looked["problem"]["text"]["en"]


def test_a_damaged_checkpoint_is_told_and_the_rest_of_the_page_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(name: str, **_: object) -> None:
        raise BadCheckpoint("file.damaged", file=f"{name}: model.safetensors", problem="truncated")

    monkeypatch.setattr(library, "load", damaged)
    *controls, message = play.open_link(request({"prompt": "To be", "seed": "9", "top-k": "x"}))
    assert controls == ["shakespeare-lstm", "To be"]
    assert (message["settings"]["seed"], message["settings"]["top_k"]) == (9, 0)
    assert "damaged or cut short (truncated)" in message["problem"]["text"]["en"]
    assert message["opens"]
    assert len(message["notices"]) == 1


def test_opening_the_page_loads_one_model_and_the_others_come_as_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(library, "_models", library._none_in_memory())
    loaded = library._models.staying
    page.launch_options()  # reads the cards of all
    assert list(loaded) == []
    for _ in range(2):
        play.open_link(request({}))
    assert list(loaded) == ["shakespeare-lstm"]
    play.look(event(token="t", model="shakespeare-ngram", prompt="To be"))
    assert list(loaded) == ["shakespeare-lstm", "shakespeare-ngram"]


def test_a_port_that_is_taken_ends_the_program_with_what_to_do() -> None:
    class Taken:
        def launch(self, **_: Any) -> None:
            raise OSError("Cannot find empty port in range: 7860-7959.")

    with pytest.raises(SystemExit, match="set GRADIO_SERVER_PORT to another"):
        page.serve(Taken())  # type: ignore[arg-type]


def test_a_text_that_would_keep_a_core_busy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = library.load("shakespeare-gru-geron")
    monkeypatch.setattr(settings, "WORK_LIMIT", 61_719 * 10)
    settings.check_work(checkpoint, 10)
    with pytest.raises(BadInput, match="The text has 11 characters; of this model at most 10 are read at once"):
        settings.check_work(checkpoint, 11)
    asked = event(model=checkpoint.name, prompt="abcdefghijk", token="t")
    assert "at most 10 are read" in play.look(asked)["problem"]["text"]["en"]


def test_numbers_that_are_not_finite_are_told_before_they_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any, **more: Any) -> Any:
        reading = prefill(*given, **more)
        reading.logits[-1, 3] = np.nan
        return reading

    monkeypatch.setattr(play, "prefill", broken)
    asked = event(model="shakespeare-gru-geron", prompt="abc", token="t")
    assert "its numbers are not finite" in play.look(asked)["problem"]["text"]["en"]


def longer(**more: Any) -> gr.EventData:
    """A request for more than one chunk, where each step makes one."""
    return event(token="t", settings=SETTINGS | {"length": 30}, written=[], pick=None, **more)


def test_a_text_ends_as_soon_as_a_later_request_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def counted(*given: Any, **more: Any) -> Any:
        for step in generate(*given, **more):
            made.append(step.id)
            yield step

    monkeypatch.setattr(play, "CHUNK_SECONDS", 0)
    monkeypatch.setattr(play, "generate", counted)
    turns = play.Turns()
    messages = play.write(longer(turn=1), turns)
    assert len(next(messages)["chunks"]) == 1
    assert len(next(messages)["chunks"]) == 2
    asyncio.run(play.stop(event(turn=2), turns))
    assert list(messages) == []
    assert len(made) == 3  # two that were sent, and the one after, which the second was sent with


@pytest.mark.parametrize("later", ["look", "write"])
def test_whatever_a_visitor_asks_later_ends_a_text(later: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "CHUNK_SECONDS", 0)
    turns, other = play.Turns(), play.Turns()
    first, visitor = play.write(longer(turn=4), turns), play.write(longer(turn=4), other)
    next(first), next(visitor)
    if later == "look":
        assert play.look(event(token="u", model="shakespeare-ngram", prompt="O", turn=5), turns)["id"] == "u"
    else:
        assert next(play.write(longer(turn=5), turns))["id"] == "t"
    assert list(first) == []
    assert len(list(visitor)) == 29  # another visitor's text goes on


def test_a_request_that_was_taken_back_while_it_waited_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, **_: object) -> None:
        raise AssertionError(f"{name} was loaded for nobody.")

    monkeypatch.setattr(library, "load", load)
    turns = play.Turns()
    asyncio.run(play.stop(event(turn=3), turns))
    assert list(play.write(longer(turn=2), turns)) == []
    assert "problem" not in play.look(event(token="t", model="shakespeare-ngram", prompt="O", turn=1), turns)


def test_a_turn_that_is_no_number_is_refused_in_a_sentence() -> None:
    turns = play.Turns()
    [message] = play.write(longer(turn="many"), turns)
    assert message["problem"]["text"]["en"] == "The request's turn is not what the page sends. Reload the page."
    asyncio.run(play.stop(event(turn=[]), turns))
    assert turns.newest == 0


def test_an_exception_that_nobody_foresaw_is_told_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def load(name: str, **_: object) -> None:
        raise ZeroDivisionError(name)

    monkeypatch.setattr(library, "load", load)
    [message] = play.write(longer())
    assert (message["problem"]["code"], message["id"]) == ("broken", "t")
    assert play.look(event(token="t", model="shakespeare-ngram", prompt="O")) == message
    assert caplog.text.count("ZeroDivisionError: shakespeare-ngram") == 2
