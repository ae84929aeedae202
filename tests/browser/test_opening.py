"""If the server cannot open the page, or not at once, the page says so, retries, and keeps what was done meanwhile."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import (
    WORDS,
    ServerCalls,
    choose_model,
    input_box,
    set_full_speed,
    set_temperature,
    setting,
    text_of,
    type_into,
)
from tests.browser.opening import (
    HERE,
    OPENING,
    STATE,
    WRITTEN,
    expect_only_failed_requests,
    retry_button,
    wait_until_open,
)
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
def crowded_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    """An app in which one visitor reads, one writes, and one waits for each; any further visitor is refused."""
    folder = tmp_path_factory.mktemp("troubled")
    limits = {"TROUBLES": str(folder), "READERS": "1", "WRITERS": "1", "QUEUE": "1"}
    with running_app(folder / "app.log", "-m", "tests.browser.troubled", **limits) as address:
        yield Troubled(address, folder)


@pytest.fixture
def troubled_app(crowded_app: Troubled) -> Iterator[Troubled]:
    """The app, without any trouble."""
    yield crowded_app
    for trouble in TROUBLES:
        (crowded_app.folder / trouble).unlink(missing_ok=True)


def test_a_page_that_the_server_cannot_open_opens_later(
    troubled_app: Troubled, page: Page, troubles: list[str]
) -> None:
    troubled_app.begin("broken")
    asked = ServerCalls(page)
    page.goto(troubled_app.address + HERE)
    expect(page.locator("#notice")).to_contain_text(WORDS["refused_opening"])
    expect(retry_button(page)).to_be_visible()
    input_box(page, "prompt").click()
    page.keyboard.type("HAM")
    page.locator("#generate").click()
    page.evaluate("window.playground.setTemperature(0.5)")
    type_into(page, "seed", "9")
    assert page.url.endswith(HERE)  # which still says what is to be opened
    troubled_app.end("broken")
    page.wait_for_function(WRITTEN)
    assert text_of(page).startswith("HAM")
    expect(input_box(page, "prompt")).to_have_value("HAM")
    expect(input_box(page, "seed")).to_have_value("9")
    assert page.evaluate(f"{STATE}.run.model") == "shakespeare-gru"
    assert [setting(page, name) for name in ("temperature", "seed", "top_k")] == [0.5, 9, 30]
    expect(page.locator("#notice")).to_be_empty()
    page.wait_for_url("**temperature=0.5**")
    assert 2 <= asked.count("open") <= 7


def test_the_retry_button_asks_at_once_and_the_page_opens_once(
    troubled_app: Troubled, page: Page, troubles: list[str]
) -> None:
    troubled_app.begin("broken")
    page.goto(troubled_app.address + HERE)
    expect(retry_button(page)).to_be_visible()
    for _ in range(2):
        with page.expect_response(OPENING):
            retry_button(page).click()
    troubled_app.end("broken")
    retry_button(page).click()
    wait_until_open(page)
    assert text_of(page) == "To be"
    assert troubles == []


def test_a_model_chosen_while_the_page_opens_is_kept(troubled_app: Troubled, page: Page, troubles: list[str]) -> None:
    troubled_app.begin("broken")
    page.goto(troubled_app.address + HERE)
    expect(retry_button(page)).to_be_visible()
    choose_model(page, "Shakespeare · n-gram")
    page.locator("#generate").click()
    troubled_app.end("broken")
    page.wait_for_function(WRITTEN)
    assert page.evaluate(f"{STATE}.run.model") == "shakespeare-ngram"
    expect(page.locator("#model input")).to_have_value("Shakespeare · n-gram")
    assert setting(page, "model") == "shakespeare-ngram"
    assert troubles == []


def test_a_click_can_be_undone_before_the_page_opens(troubled_app: Troubled, page: Page, troubles: list[str]) -> None:
    troubled_app.begin("broken")
    page.goto(troubled_app.address + HERE)
    expect(retry_button(page)).to_be_visible()
    page.locator("#generate").click()
    page.locator("#stop").click()
    expect(page.locator("#generate")).to_be_visible()
    troubled_app.end("broken")
    wait_until_open(page)
    assert text_of(page) == "To be"
    assert page.evaluate(f"{STATE}.busy") is False
    assert troubles == []


def test_a_page_that_opened_without_its_prompt_writes_once_it_is_read(troubled_app: Troubled, page: Page) -> None:
    troubled_app.begin("damaged")
    page.goto(troubled_app.address + HERE)
    expect(page.locator("#notice")).to_contain_text("The test has no distribution after this text")
    page.locator("#generate").click()
    expect(page.locator("#generate")).to_be_visible()  # the same answer, and nothing waits for ever
    troubled_app.end("damaged")
    page.locator("#generate").click()
    page.wait_for_function(WRITTEN)
    expect(page.locator("#notice")).to_be_empty()


# ── A full queue ─────────────────────────────────────────────────────────────────────────────────
SOON = r"too many requests now\. .* a place in about \d+ seconds?\."


@pytest.fixture
def full_queue(troubled_app: Troubled, new_page: NewPage) -> Troubled:
    """One visitor's text is held, and another waits for it; the same with prompts."""
    troubled_app.begin("hold")
    for _ in range(2):
        visitor, reader = new_page(), new_page()
        for one in (visitor, reader):
            one.goto(troubled_app.address + HERE)
            wait_until_open(one)
        with visitor.expect_request("**/stream/write"):
            visitor.locator("#generate").click()
        with reader.expect_request("**/stream/look"):
            input_box(reader, "prompt").fill("O")
    return troubled_app


def test_with_a_full_queue_the_page_opens_and_a_prompt_is_read_later(
    full_queue: Troubled, page: Page, troubles: list[str]
) -> None:
    page.goto(full_queue.address + HERE)
    wait_until_open(page)
    set_temperature(page, 2)
    input_box(page, "prompt").fill("HAM")
    told = re.compile(rf"{SOON} Until then the bars belong to the previous text\.")
    expect(page.locator("#notice")).to_contain_text(told)
    expect(retry_button(page)).to_be_visible()
    assert text_of(page) == "To be"
    # Back to the text that the bars belong to: no request is needed.
    input_box(page, "prompt").fill("To be")
    expect(page.locator("#notice")).to_be_empty()
    input_box(page, "prompt").fill("HAML")
    expect(retry_button(page)).to_be_visible()
    full_queue.end("hold")
    page.wait_for_function(f"() => {STATE}.run.text === 'HAML'")
    expect(page.locator("#notice")).to_be_empty()
    expect_only_failed_requests(troubles, "503")


def test_a_text_refused_by_a_full_queue_can_be_retried(full_queue: Troubled, page: Page, troubles: list[str]) -> None:
    page.goto(full_queue.address + HERE)
    wait_until_open(page)
    set_full_speed(page)
    page.locator("#generate").click()
    expect(page.locator("#notice")).to_contain_text(re.compile(SOON))
    expect(page.locator("#generate")).to_be_visible()
    retry_button(page).click()
    expect(retry_button(page)).to_be_visible()
    full_queue.end("hold")
    page.wait_for_function(f"""() => {{
      document.querySelector("#notice button")?.click();
      return ({WRITTEN})();
    }}""")
    expect(page.locator("#notice")).to_be_empty()
    expect_only_failed_requests(troubles, "503")
