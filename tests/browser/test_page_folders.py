"""A page over a folder of mostly invalid checkpoints: it starts, and the valid ones work."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from playground import library
from tests.browser.hands import bars, choose_model, expect_notice, generate, setting
from tests.conftest import running_app
from tests.odd_folders import CHANGED, LEFT_OUT, MARKUP, copied, write

NewPage = Callable[..., Page]


class Place(NamedTuple):
    address: str
    log: Path


def start_app(folder: Path) -> Iterator[Place]:
    log = folder / "app.log"
    with running_app(log, "-m", "tests.odd_app", ODD_CHECKPOINTS=str(folder / "checkpoints")) as address:
        yield Place(address, log)


@pytest.fixture(scope="module")
def odd_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An app with none of the bundled checkpoints, and all of the odd ones."""
    folder = tmp_path_factory.mktemp("odd")
    write(folder / "checkpoints", gpt2=True)
    yield from start_app(folder)


def open_page(place: Place, page: Page, path: str = "/") -> Page:
    page.goto(place.address + path)
    page.wait_for_selector("#distribution[data-step]")
    return page


def test_the_first_valid_checkpoint_opens_and_each_skipped_one_is_logged(odd_app: Place, page: Page) -> None:
    open_page(odd_app, page)
    first = setting(page, "model")
    assert first in CHANGED
    assert page.evaluate("window.playground.store.state.run.model") == first
    assert bars(page)
    Client(odd_app.address, verbose=False).predict(api_name="/distribution", prompt="ab")
    page.reload()
    page.wait_for_selector("#distribution[data-step]")
    log = odd_app.log.read_text("utf-8", "backslashreplace")
    assert log.count(" is left out: ") == len(LEFT_OUT)
    assert "Traceback" not in log


def test_models_lists_every_checkpoint(odd_app: Place) -> None:
    told = {model["name"]: model for model in Client(odd_app.address, verbose=False).predict(api_name="/models")}
    assert set(told) == {*CHANGED, "a-gpt2"}
    assert told["not-a-number"]["validation_nats"] is None
    assert told["numbers-as-strings"]["parameters"] is None


def test_each_checkpoint_can_be_chosen_and_writes(odd_app: Place, page: Page) -> None:
    open_page(odd_app, page, "/?model=letters-lstm&length=10")
    for name, title in (
        ("no-title", "no-title"),
        ("a-gpt2", "a-gpt2"),
        ("한국어-lstm", "편지 · LSTM"),
        ("a name with spaces", "Letters · LSTM · a name with spaces"),
        ("quotes'\"&<b>", " ".join(MARKUP.split())),
        ("huge-card", "x" * 200),
    ):
        choose_model(page, title)
        page.wait_for_function("name => window.playground.store.state.run.model === name", arg=name)
        assert setting(page, "model") == name
        expect(page.locator("#model input")).to_have_value(title)
        assert len(generate(page)) > 2, name
        expect(page.locator("#notice.problem")).to_have_count(0)
        assert page.evaluate("document.querySelectorAll('img[src=x], #about b').length") == 0


def test_a_checkpoint_without_prompts_and_figures_shows_none(odd_app: Place, page: Page) -> None:
    open_page(odd_app, page, "/?model=title-of-a-number")
    expect(page.locator("#about .tries button")).to_have_count(0)
    open_page(odd_app, page, "/?model=numbers-as-strings")
    expect(page.locator("#about .facts")).to_have_text("Letters")
    open_page(odd_app, page, "/?model=many-prompts")
    expect(page.locator("#about .tries button")).to_have_count(12)


def test_two_checkpoints_with_one_title_are_told_apart_by_name(odd_app: Place, page: Page) -> None:
    open_page(odd_app, page, "/?model=no-title")
    for typed, name in [("another", "Named like a title"), ("named like a title · OTHER", "other")]:
        page.locator("#model input").fill(typed)
        page.keyboard.press("Enter")
        page.wait_for_function("name => window.playground.store.state.run.model === name", arg=name)


def test_a_damaged_default_is_replaced_with_a_notice(new_page: NewPage, tmp_path: Path) -> None:
    place = tmp_path / "checkpoints"
    place.mkdir()
    copied(library.BUNDLED, place, "shakespeare-lstm", "shakespeare-gru-geron")
    weights = place / "shakespeare-lstm" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000_000])
    for running in start_app(tmp_path):
        page = open_page(running, new_page())
        told = expect_notice(page, "shakespeare-gru-geron stands in for it.")
        assert told.startswith("shakespeare-lstm: model.safetensors is damaged or cut short")
        assert setting(page, "model") == "shakespeare-gru-geron"
        expect(page.locator("#model input")).to_have_value("Shakespeare · GRU (Géron)")
        assert generate(page)
        page.context.close()


def test_a_page_without_any_checkpoint_starts_and_says_so(new_page: NewPage, tmp_path: Path) -> None:
    for running in start_app(tmp_path):
        page = new_page()
        page.goto(running.address)
        told = expect_notice(page, "There is no model")
        assert "none yet" in told
        assert Client(running.address, verbose=False).predict(api_name="/models") == []
        page.context.close()
