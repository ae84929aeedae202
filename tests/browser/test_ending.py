"""Work that nobody waits for any more ends on the server at once, which frees its place for others."""

import time
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
    set_prompt,
    text_of,
    type_into,
    wait_until_painted,
)
from tests.conftest import running_app

NewPage = Callable[..., Page]
LENGTH = 2_000
HERE = f"/?model=shakespeare-gru&prompt=To+be&length={LENGTH}&seed=5"
STATE = "window.playground.store.state"
GOES_ON = f"() => {STATE}.busy && {STATE}.shown > {STATE}.run.prompted + 2"
SOON = 8  # seconds, for a slow machine: the texts of these tests take more than twenty


@dataclass
class SlowApp:
    """An app that takes 20 s or more for a text, and the file where it logs its writers."""

    address: str
    folder: Path

    def log(self) -> list[str]:
        log = self.folder / "writers"
        return log.read_text().split() if log.exists() else []

    def begun_count(self) -> int:
        return self.log().count("began")

    def writing_count(self) -> int:
        return self.begun_count() - self.log().count("ended")

    def finished(self) -> int:
        """Texts that were finished, at the length that these tests ask for."""
        return sum(word.isdigit() and int(word) >= LENGTH for word in self.log())

    def wait(self, *, began: int, writing: int) -> None:
        """Wait until so many texts were begun and so many are still being written. None may finish."""
        deadline = time.monotonic() + SOON
        while (self.begun_count(), self.writing_count()) != (began, writing) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (self.begun_count(), self.writing_count(), self.finished()) == (began, writing, 0)


@pytest.fixture(scope="module")
def app_with_one_writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlowApp]:
    """An app in which one visitor writes at a time."""
    folder = tmp_path_factory.mktemp("slow")
    with running_app(
        folder / "app.log", "-m", "tests.browser.troubled", TROUBLES=str(folder), WRITERS="1"
    ) as address:
        yield SlowApp(address, folder)


@pytest.fixture
def slow_app(app_with_one_writer: SlowApp) -> Iterator[SlowApp]:
    """The idle app. The pages of a test close before this waits for it."""
    yield app_with_one_writer
    deadline = time.monotonic() + SOON
    while app_with_one_writer.writing_count() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert app_with_one_writer.writing_count() == 0
    (app_with_one_writer.folder / "writers").unlink(missing_ok=True)


def open_page(slow: SlowApp, page: Page, path: str = HERE) -> Page:
    page.goto(slow.address + path)
    page.wait_for_selector("#distribution[data-step]")
    wait_until_painted(page)
    return page


def begin_text(slow: SlowApp, page: Page) -> Page:
    """A page on which a long text is being written."""
    open_page(slow, page).locator("#generate").click()
    page.wait_for_function(GOES_ON)
    slow.wait(began=1, writing=1)
    return page


def test_stop_ends_the_text(slow_app: SlowApp, page: Page) -> None:
    begin_text(slow_app, page).locator("#stop").click()
    slow_app.wait(began=1, writing=0)


def test_another_prompt_ends_the_text(slow_app: SlowApp, page: Page) -> None:
    set_prompt(begin_text(slow_app, page), "Another")
    slow_app.wait(began=1, writing=0)
    assert text_of(page) == "Another"


def test_another_model_ends_the_text(slow_app: SlowApp, page: Page) -> None:
    choose_model(begin_text(slow_app, page), "Shakespeare · n-gram")
    slow_app.wait(began=1, writing=0)
    page.wait_for_function(f"{STATE}.run.model === 'shakespeare-ngram'")


def test_a_suggested_prompt_ends_the_text(slow_app: SlowApp, page: Page) -> None:
    begin_text(slow_app, page).locator("#about .tries button").last.click()
    slow_app.wait(began=1, writing=0)


def test_generate_ends_the_text_and_begins_another(slow_app: SlowApp, page: Page) -> None:
    begin_text(slow_app, page).evaluate("document.activeElement.blur()")
    page.keyboard.press("g")
    slow_app.wait(began=2, writing=1)
    page.wait_for_function(GOES_ON)


def test_a_step_ends_the_text_and_continues_from_what_is_shown(slow_app: SlowApp, page: Page) -> None:
    begin_text(slow_app, page)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    wait_until_painted(page)
    shown = text_of(page)
    page.keyboard.press("n")
    page.wait_for_function(f"!{STATE}.busy && !{STATE}.playing")
    wait_until_painted(page)
    assert text_of(page)[:-1] == shown
    slow_app.wait(began=2, writing=0)


def test_a_click_on_a_bar_while_paused_ends_the_text(slow_app: SlowApp, page: Page) -> None:
    begin_text(slow_app, page)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    wait_until_painted(page)
    shown = text_of(page)
    page.locator("#distribution .bar").nth(1).click()
    page.wait_for_function(f"!{STATE}.busy")
    slow_app.wait(began=1, writing=0)
    wait_until_painted(page)
    assert text_of(page)[:-1] == shown


def test_parts_that_arrive_later_do_not_redraw_the_current_step(slow_app: SlowApp, page: Page) -> None:
    """If each arriving part redrew the bars, a slow machine would never finish."""
    begin_text(slow_app, page)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    wait_until_painted(page)
    before = page.evaluate(f"""() => {{
      window.changes = 0;
      const all = {{ subtree: true, childList: true, attributes: true, characterData: true }};
      new MutationObserver((changes) => {{ window.changes += changes.length; }})
        .observe(document.querySelector("#distribution"), all);
      return {STATE}.run.steps.length;
    }}""")
    page.wait_for_function(f"{STATE}.run.steps.length > {before} + 50")
    assert page.evaluate("window.changes") == 0
    page.keyboard.press("ArrowRight")
    page.wait_for_function("window.changes > 0")  # while moving to another position does draw


def test_returning_to_an_earlier_text_ends_the_text(slow_app: SlowApp, page: Page) -> None:
    open_page(slow_app, page).locator("#distribution .bar").nth(1).click()
    page.wait_for_function(f"{STATE}.run.steps.length > {STATE}.run.prompted && !{STATE}.busy")
    type_into(page, "seed", "6")
    page.get_by_role("button", name=WORDS["from_prompt"]).click()
    page.locator("#generate").click()
    page.wait_for_function(GOES_ON)
    slow_app.wait(began=1, writing=1)
    page.locator("#text .branch").first.click()
    slow_app.wait(began=1, writing=0)


def expect_an_aborted_stream(troubles: list[str]) -> None:
    """Gradio logs the stream that it closes. Nothing else may be logged."""
    own = ("AbortError",)
    assert all(any(word in trouble for word in own) for trouble in troubles), troubles
    troubles.clear()


@pytest.mark.parametrize("way", ["another page", "reload", "closed"])
def test_leaving_the_page_ends_the_text(slow_app: SlowApp, page: Page, way: str, troubles: list[str]) -> None:
    begin_text(slow_app, page)
    if way == "another page":
        page.goto("about:blank")
    elif way == "reload":
        page.reload()
    else:
        page.close()
    slow_app.wait(began=1, writing=0)
    expect_an_aborted_stream(troubles)


def test_a_text_stopped_while_queued_is_never_begun(slow_app: SlowApp, page: Page, new_page: NewPage) -> None:
    begin_text(slow_app, page)
    other = open_page(slow_app, new_page())
    other.locator("#generate").click()
    expect(other.locator("#stop")).to_be_visible()
    other.locator("#stop").click()
    third = open_page(slow_app, new_page())
    third.locator("#generate").click()
    page.locator("#stop").click()
    third.wait_for_function(GOES_ON)
    slow_app.wait(began=2, writing=1)


def test_two_browser_tabs_do_not_end_each_others_texts(slow_app: SlowApp, page: Page) -> None:
    begin_text(slow_app, page)
    other = page.context.new_page()
    open_page(slow_app, other, HERE.replace("seed=5", "seed=6"))
    set_prompt(other, "ROMEO")
    other.locator("#generate").click()
    expect(other.locator("#stop")).to_be_visible()
    other.locator("#stop").click()
    slow_app.wait(began=1, writing=1)
    shown = page.evaluate(f"{STATE}.shown")
    page.bring_to_front()
    page.wait_for_function(f"before => {STATE}.shown > before + 5", arg=shown)


def test_a_page_reloaded_while_writing_keeps_its_text_and_can_continue(
    slow_app: SlowApp, page: Page, troubles: list[str]
) -> None:
    begin_text(slow_app, page)
    page.reload()
    page.wait_for_selector("#distribution[data-step]")
    expect(page.locator("#notice")).to_contain_text(WORDS["kept_writing"])
    expect(page.locator("#notice p")).to_have_count(1)
    expect(input_box(page, "prompt")).to_have_value("To be")
    kept = page.evaluate(f"window.playground.runs.textOf({STATE}.run)")
    assert len(kept) > len("To be") + 5
    slow_app.wait(began=1, writing=0)
    asked = ServerCalls(page)
    page.locator("#notice").get_by_role("button", name=WORDS["write_rest"]).click()
    page.wait_for_function(f"most => {STATE}.busy && {STATE}.run.steps.length > most + 20", arg=len(kept))
    assert page.evaluate(f"{STATE}.playing")
    assert page.evaluate(f"window.playground.runs.textOf({STATE}.run)").startswith(kept)
    expect(page.locator("#notice p")).to_have_count(0)
    assert asked == ["write"]
    page.locator("#stop").click()
    page.wait_for_function(f"!{STATE}.busy")
    page.reload()
    page.wait_for_selector("#distribution[data-step]")
    page.wait_for_function(f"{STATE}.run.steps.length > {STATE}.run.prompted")
    wait_until_painted(page)
    expect(page.locator("#notice p")).to_have_count(0)
    expect_an_aborted_stream(troubles)


def test_going_back_to_the_page_restores_it(slow_app: SlowApp, page: Page) -> None:
    begin_text(slow_app, page)
    set_prompt(page, "Come")
    page.wait_for_url("**prompt=Come**")
    page.goto("about:blank")
    page.go_back()
    page.wait_for_selector("#distribution[data-step]")
    wait_until_painted(page)
    assert text_of(page) == "Come"
    page.locator("#generate").click()
    page.wait_for_function(GOES_ON)


def test_a_short_network_failure_loses_no_text(slow_app: SlowApp, page: Page, troubles: list[str]) -> None:
    """The answer under way still arrives; only new requests fail."""
    begin_text(slow_app, page)
    page.context.set_offline(True)
    shown = page.evaluate(f"{STATE}.shown")
    set_full_speed(page)
    with page.expect_event("requestfailed"):
        pass
    page.wait_for_function(f"before => {STATE}.shown > before + 400", arg=shown)
    expect(page.locator("#notice p")).to_have_count(0)
    page.context.set_offline(False)
    shown = page.evaluate(f"{STATE}.shown")
    page.wait_for_function(f"before => {STATE}.shown > before + 100", arg=shown)
    page.locator("#stop").click()
    slow_app.wait(began=1, writing=0)
    assert all("ERR_INTERNET_DISCONNECTED" in trouble for trouble in troubles), troubles
    troubles.clear()
