"""Copying and exporting a text: both open the same page again, and hold no incomplete character."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from gradio_client import Client
from playwright.sync_api import Page

from playground.server.settings import require
from tests import small_gpt2
from tests.browser.hands import generate
from tests.conftest import app_with_cache
from tests.programs import generated
from tests.server.test_api_tokens import COMMIT, NAME, SIZE, private

PROMPT = "한\uf7a0"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("hub")
    small_gpt2.write(home / "hub" / "models--someone--bytes" / "snapshots" / COMMIT, SIZE)
    with app_with_cache(home) as address:
        yield address


@pytest.fixture(scope="module")
def ending_inside(address: str) -> dict[str, Any]:
    """The last value of /generate for a run that ends inside a character."""
    client = Client(address, verbose=False)
    for length in range(20, 60):
        value = generated(client, model=NAME, prompt=PROMPT, temperature="inf", seed=4, length=length)
        if value["unfinished"]:
            return value
    raise AssertionError("of forty lengths none ends inside a character")


@pytest.fixture
def written_page(address: str, ending_inside: dict[str, Any], new_page: Callable[..., Page]) -> Page:
    """The page after that run."""
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    length = len(ending_inside["ids"])
    page.goto(f"{address}/?model={NAME}&prompt={PROMPT}&temperature=inf&seed=4&length={length}")
    page.wait_for_selector("#distribution[data-step]")
    page.wait_for_function("name => window.playground.store.state.run?.model === name", arg=NAME)
    generate(page, length)
    return page


def export(page: Page, folder: Path) -> dict[str, Any]:
    with page.expect_download() as download:
        page.locator("#text .files button").last.click()
    path = folder / "run.json"
    download.value.save_as(path)
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told


def test_a_copy_equals_the_apis_text(written_page: Page, ending_inside: dict[str, Any]) -> None:
    written_page.locator("#text .files button").first.click()
    written_page.wait_for_function(
        "text => navigator.clipboard.readText().then((copied) => copied === text)", arg=ending_inside["text"]
    )
    assert private(ending_inside["text"]) == ["\uf7a0"]  # the prompt keeps its own


def test_the_settings_of_an_export_open_the_same_page(server: str, page: Page, tmp_path: Path) -> None:
    link = {"model": "shakespeare-ngram", "prompt": "To be", "temperature": "inf", "length": "8", "bias": "e:-inf"}
    page.goto(f"{server}/?{urlencode(link)}")
    page.wait_for_selector("#distribution[data-step]")
    text = generate(page, 8)
    told = export(page, tmp_path)
    assert (told["text"], told["settings"]["temperature"], told["settings"]["bias"]) == (text, "inf", "e:-inf")
    assert require(told["settings"]) == require(link | {"seed": told["settings"]["seed"]})
    page.goto(f"{server}/?{urlencode(told['settings'])}")
    page.wait_for_selector("#distribution[data-step]")
    assert generate(page, 8) == text


def test_an_export_equals_the_apis_answer(written_page: Page, ending_inside: dict[str, Any], tmp_path: Path) -> None:
    told = export(written_page, tmp_path)
    assert told["text"] == ending_inside["text"]
    assert told["unfinished"] == ending_inside["unfinished"]
    assert told["stopped"] == "length"
    assert told["settings"]["stop"] == "none"
    assert [step["id"] for step in told["steps"]] == ending_inside["ids"]
    spelt = b""
    for step in told["steps"]:
        assert private(step["symbol"]) == []
        spelt += step["symbol"].encode() if step["bytes"] is None else bytes.fromhex(step["bytes"])
    left = bytes(told["unfinished"])
    assert spelt.endswith(left)
    assert PROMPT + spelt[: len(spelt) - len(left)].decode("utf-8", "replace") == told["text"]
