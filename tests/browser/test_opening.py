"""A page that the server does not open, or not at once, says so, asks again, and keeps what was done meanwhile."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import (
    WORDS,
    Asked,
    at_full_speed,
    box,
    choose_model,
    set_temperature,
    setting,
    text_of,
    type_into,
)
from tests.browser.opening import HERE, OPENING, STATE, WRITTEN, again, expect_only, wait_until_open
from tests.conftest import running_app

NewPage = Callable[..., Page]
TROUBLES = ("hold", "broken", "damaged")


@dataclass
class Troubled:
    address: str
    folder: Path

    def begin(self, trouble: str) -> None:
        (self.folder / trouble).touch()

    def end(self, trouble: str) -> None:
        (self.folder / trouble).unlink()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    """An app in which one visitor reads, one writes, and of each one waits; whoever comes then is refused."""
    folder = tmp_path_factory.mktemp("troubled")
    limits = {"TROUBLES": str(folder), "READERS": "1", "WRITERS": "1", "QUEUE": "1"}
    with running_app(folder / "app.log", "-m", "tests.browser.troubled", **limits) as address:
        yield Troubled(address, folder)


@pytest.fixture
def troubled(running: Troubled) -> Iterator[Troubled]:
    """The app, without a trouble."""
    yield running
    for trouble in TROUBLES:
        (running.folder / trouble).unlink(missing_ok=True)


def test_a_page_that_the_server_cannot_open_says_so_and_opens_later(
    troubled: Troubled, page: Page, troubles: list[str]
) -> None:
    troubled.begin("broken")
    asked = Asked(page)
    page.goto(troubled.address + HERE)
    expect(page.locator("#notice")).to_contain_text(WORDS["refused_opening"])
    expect(again(page)).to_be_visible()
    box(page, "prompt").click()
    page.keyboard.type("HAM")
    page.locator("#generate").click()
    page.evaluate("window.playground.setTemperature(0.5)")
    type_into(page, "seed", "9")
    assert page.url.endswith(HERE)  # which says still what is to be opened
    troubled.end("broken")
    page.wait_for_function(WRITTEN)
    assert text_of(page).startswith("HAM")
    expect(box(page, "prompt")).to_have_value("HAM")
    expect(box(page, "seed")).to_have_value("9")
    assert page.evaluate(f"{STATE}.run.model") == "shakespeare-gru"
    assert [setting(page, name) for name in ("temperature", "seed", "top_k")] == [0.5, 9, 30]
    expect(page.locator("#notice")).to_be_empty()
    page.wait_for_url("**temperature=0.5**")
    assert 2 <= asked.count("open") <= 7


def test_the_button_asks_at_once_and_a_page_that_is_open_is_opened_once(
    troubled: Troubled, page: Page, troubles: list[str]
) -> None:
    troubled.begin("broken")
    page.goto(troubled.address + HERE)
    expect(again(page)).to_be_visible()
    for _ in range(2):
        with page.expect_response(OPENING):
            again(page).click()
    troubled.end("broken")
    again(page).click()
    wait_until_open(page)
    assert text_of(page) == "To be"
    assert troubles == []


def test_a_model_that_is_chosen_while_the_page_opens_is_kept(
    troubled: Troubled, page: Page, troubles: list[str]
) -> None:
    troubled.begin("broken")
    page.goto(troubled.address + HERE)
    expect(again(page)).to_be_visible()
    choose_model(page, "Shakespeare · n-gram")
    page.locator("#generate").click()
    troubled.end("broken")
    page.wait_for_function(WRITTEN)
    assert page.evaluate(f"{STATE}.run.model") == "shakespeare-ngram"
    expect(page.locator("#model input")).to_have_value("Shakespeare · n-gram")
    assert setting(page, "model") == "shakespeare-ngram"
    assert troubles == []


def test_what_was_wanted_can_be_taken_back_before_the_page_opens(
    troubled: Troubled, page: Page, troubles: list[str]
) -> None:
    troubled.begin("broken")
    page.goto(troubled.address + HERE)
    expect(again(page)).to_be_visible()
    page.locator("#generate").click()
    page.locator("#stop").click()
    expect(page.locator("#generate")).to_be_visible()
    troubled.end("broken")
    wait_until_open(page)
    assert text_of(page) == "To be"
    assert page.evaluate(f"{STATE}.busy") is False
    assert troubles == []


def test_a_page_that_opened_without_a_text_writes_once_there_is_one(troubled: Troubled, page: Page) -> None:
    troubled.begin("damaged")
    page.goto(troubled.address + HERE)
    expect(page.locator("#notice")).to_contain_text("The test has no distribution after this text")
    page.locator("#generate").click()
    expect(page.locator("#generate")).to_be_visible()  # the same answer, and nothing waits for ever
    troubled.end("damaged")
    page.locator("#generate").click()
    page.wait_for_function(WRITTEN)
    expect(page.locator("#notice")).to_be_empty()


# ── A full queue ─────────────────────────────────────────────────────────────────────────────────
SOON = r"too many requests now\. .* a place in about \d+ seconds?\."


@pytest.fixture
def full(troubled: Troubled, new_page: NewPage) -> Troubled:
    """One visitor's text does not go on, and another waits for it; with prompts it is the same."""
    troubled.begin("hold")
    for _ in range(2):
        visitor, reader = new_page(), new_page()
        for one in (visitor, reader):
            one.goto(troubled.address + HERE)
            wait_until_open(one)
        with visitor.expect_request("**/stream/write"):
            visitor.locator("#generate").click()
        with reader.expect_request("**/stream/look"):
            box(reader, "prompt").fill("O")
    return troubled


def test_a_full_queue_refuses_nobody_the_page_and_a_prompt_is_read_later(
    full: Troubled, page: Page, troubles: list[str]
) -> None:
    page.goto(full.address + HERE)
    wait_until_open(page)
    set_temperature(page, 2)
    box(page, "prompt").fill("HAM")
    expect(page.locator("#notice")).to_contain_text(re.compile(rf"{SOON} Until then the bars show the text before\."))
    expect(again(page)).to_be_visible()
    assert text_of(page) == "To be"
    # Back to the text that the bars are about: there is nothing to ask for.
    box(page, "prompt").fill("To be")
    expect(page.locator("#notice")).to_be_empty()
    box(page, "prompt").fill("HAML")
    expect(again(page)).to_be_visible()
    full.end("hold")
    page.wait_for_function(f"() => {STATE}.run.text === 'HAML'")
    expect(page.locator("#notice")).to_be_empty()
    expect_only(troubles, "503")


def test_a_text_that_a_full_queue_refuses_can_be_asked_for_again(
    full: Troubled, page: Page, troubles: list[str]
) -> None:
    page.goto(full.address + HERE)
    wait_until_open(page)
    at_full_speed(page)
    page.locator("#generate").click()
    expect(page.locator("#notice")).to_contain_text(re.compile(SOON))
    expect(page.locator("#generate")).to_be_visible()
    again(page).click()
    expect(again(page)).to_be_visible()
    full.end("hold")
    page.wait_for_function(f"""() => {{
      document.querySelector("#notice button")?.click();
      return ({WRITTEN})();
    }}""")
    expect(page.locator("#notice")).to_be_empty()
    expect_only(troubles, "503")
