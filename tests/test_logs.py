"""The log says where something failed, and contains nothing that a visitor typed, however it arrived."""

import asyncio
import gc
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from playground.logs import keep_values_out, without_values
from tests import stream
from tests.conftest import running_app
from tests.programs import call

MARK = "Zyzzyva"
BREAKS = f"{MARK} breaks"

# The app with a vocabulary that fails at some texts with a foreign error that quotes the text.
BROKEN = """
import runpy
from playground.text.characters import Vocabulary
encode = Vocabulary.encode
def fails(self, text):
    if "breaks" in text:
        raise KeyError(text)
    return encode(self, text)
Vocabulary.encode = fails
runpy.run_path("app.py", run_name="__main__")
"""


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.setFormatter(logging.Formatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


def fails_twice(text: str) -> None:
    try:
        raise KeyError(text)
    except KeyError as error:
        raise ExceptionGroup(text, [ValueError(text)]) from error


def test_a_traceback_has_locations_and_types_but_no_values() -> None:
    with pytest.raises(ExceptionGroup) as raised:
        fails_twice(MARK)
    told = without_values(raised.value)
    assert MARK not in told
    assert told.count("fails_twice") == 3  # the call, and where each was raised
    assert told.index("KeyError") < told.index("and then") < told.index("ValueError") < told.rindex("ExceptionGroup")


@pytest.fixture
def kept() -> Iterator[Kept]:
    """What the loggers of two libraries write, with values kept out."""
    before, kept = logging.getLogRecordFactory(), Kept()
    loggers = [logging.getLogger(name) for name in ("some.library", "asyncio")]
    for logger in loggers:
        logger.addHandler(kept)
        logger.propagate = False
    keep_values_out()
    keep_values_out()  # which changes nothing
    yield kept
    logging.setLogRecordFactory(before)
    for logger in loggers:
        logger.removeHandler(kept)
        logger.propagate = True


def test_log_records_of_every_library_have_no_values(kept: Kept) -> None:
    logger = logging.getLogger("some.library")
    try:
        fails_twice(MARK)
    except ExceptionGroup:
        logger.exception("It broke.")
    logger.warning("no exception", exc_info=True)
    assert kept.texts[0].startswith("It broke.\n")
    assert "KeyError" in kept.texts[0]
    assert MARK not in kept.texts[0]
    assert kept.texts[1].startswith("no exception")


def test_an_error_in_an_abandoned_task_logs_no_values(kept: Kept) -> None:
    async def fails() -> None:
        raise KeyError(MARK)

    async def forget() -> None:
        task = asyncio.create_task(fails())
        await asyncio.sleep(0)
        del task
        gc.collect()

    asyncio.run(forget())
    [text] = kept.texts
    assert text.startswith("Task exception was never retrieved\n")
    assert "KeyError" in text
    assert MARK not in text


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    log = tmp_path_factory.mktemp("logs") / "app.log"
    with running_app(log, "-c", BROKEN) as address:
        yield address, log


def asked(text: str) -> dict[str, dict[str, Any]]:
    """The page's requests by path, with the text in each text field."""
    settings = stream.settings(model="shakespeare-ngram", length=5) | {"prompt": text}
    had = {"head": 0, "tail": 0, "between": text, "skipped": 0}
    return {
        "look": {"model": "shakespeare-ngram", "prompt": text, "bias": text, "had": had},
        "write": {"settings": settings, "written": []},
        "score": {"model": "shakespeare-ngram", "text": text},
        "search": {"settings": settings, "width": 1, "length": 1, "penalty": 0, "human": text},
        "next_character": {"model": text, "prompt": text, "written": [text]},
        "gaps": {"text": text, "gaps": [0]},
        "stretch": {"settings": {}, "prompt": text, "length": 1},
        "classify": {"model": "sentiment-en", "text": text},
        "ask": {"text": text},
        "fetch": {"text": text, "name": text},
    }


@pytest.mark.parametrize("text", [MARK, BREAKS])
def test_no_request_leaves_a_text_in_the_log(text: str, app: tuple[str, Path]) -> None:
    address, log = app
    with httpx.Client(base_url=address, timeout=60) as client:
        for path in ("/", "/stream/open", f"/{text}", f"/gradio_api/{text}"):
            client.get(path, params={"prompt": text, "model": "shakespeare-ngram", "bias": text, "temperature": text})
        for turn, (path, request) in enumerate(asked(text).items()):
            client.post(f"/stream/{path}", json=stream.asked(turn=turn, **request))
            client.post(f"/stream/{path}", json=stream.asked(turn=-1, **request) | {"token": [text]})
            client.post(f"/stream/{path}", content=text)
        for body in ({"data": [text] * 20}, {"data": text}, {"data": [{"a": text}]}, {text: text}):
            endpoints = ("call/generate", "call/score", "call/beam", "call/v2/score")
            for path in (*endpoints, "run/score", "queue/join", "mcp/"):
                answer = client.post(f"/gradio_api/{path}", json=body)
                if answer.status_code == 200 and "event_id" in answer.text and path.startswith("call/"):
                    client.get(f"/gradio_api/{path}/{answer.json()['event_id']}")
    programs = Client(address, verbose=False)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("/distribution", {"prompt": text}),
        ("/distribution", {"prompt": text, "bias": {text: text}}),
        ("/generate", {"prompt": text, "length": 5}),
        ("/generate", {"prompt": text, "picks": text}),
        ("/score", {"text": text}),
        ("/score", {"text": text, "model": text}),
    ]
    for endpoint, given in calls:
        with suppress(AppError):  # some of them are wrong
            programs.predict(api_name=endpoint, **given)
    call(address, "distribution", prompt=text)
    accepted = {"Accept": "application/json, text/event-stream"}
    for said_by_mcp in ({"jsonrpc": text}, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": text}, text):
        httpx.post(f"{address}/gradio_api/mcp/", json=said_by_mcp, headers=accepted, timeout=60)
    time.sleep(0.5)  # what it prints after an answer
    said = log.read_text("utf-8")
    assert text not in said
    assert quote(text) not in said
    assert MARK not in said
    assert ("KeyError" in said) == (text == BREAKS), "an error is told all the same"


def test_a_program_gets_a_sentence_for_an_unexpected_error(app: tuple[str, Path]) -> None:
    with pytest.raises(AppError, match=r"^Something went wrong on the server\."):
        Client(app[0], verbose=False).predict(text=BREAKS, api_name="/score")
