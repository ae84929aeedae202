"""What nobody waits for any more ends on the server: its place among the writers is free for others at once."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import WORDS, Asked, at_full_speed, box, choose_model, painted, set_prompt, text_of, type_into
from tests.conftest import running_app

NewPage = Callable[..., Page]
LENGTH = 2_000
HERE = f"/?model=shakespeare-gru&prompt=To+be&length={LENGTH}&seed=5"
STATE = "window.playground.store.state"
GOES_ON = f"() => {STATE}.busy && {STATE}.shown > {STATE}.run.prompted + 2"
SOON = 8  # seconds, for a slow machine: the texts of these tests take more than twenty


@dataclass
class Slow:
    """An app that takes 20 s and more for a text, and where it notes what its writers do."""

    address: str
    folder: Path

    def noted(self) -> list[str]:
        log = self.folder / "writers"
        return log.read_text().split() if log.exists() else []

    def began(self) -> int:
        return self.noted().count("began")

    def writing(self) -> int:
        return self.began() - self.noted().count("ended")

    def finished(self) -> int:
        """Texts that were written to their end, of the length that these tests ask for."""
        return sum(word.isdigit() and int(word) >= LENGTH for word in self.noted())

    def wait(self, *, began: int, writing: int) -> None:
        """Wait until so many texts were begun and so many of them are being written; none came to its end."""
        deadline = time.monotonic() + SOON
        while (self.began(), self.writing()) != (began, writing) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (self.began(), self.writing(), self.finished()) == (began, writing, 0)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slow]:
    """One visitor writes at a time."""
    folder = tmp_path_factory.mktemp("slow")
    with running_app(
        folder / "app.log", "-m", "tests.browser.troubled", TROUBLES=str(folder), WRITERS="1"
    ) as address:
        yield Slow(address, folder)


@pytest.fixture
def slow(running: Slow) -> Iterator[Slow]:
    """The app, which has nothing to do. The pages of a test are left before this is asked to be so again."""
    yield running
    deadline = time.monotonic() + SOON
    while running.writing() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert running.writing() == 0
    (running.folder / "writers").unlink(missing_ok=True)


def opened(slow: Slow, page: Page, path: str = HERE) -> Page:
    page.goto(slow.address + path)
    page.wait_for_selector("#distribution[data-step]")
    painted(page)
    return page


def begin(slow: Slow, page: Page) -> Page:
    """A page on which a long text is being written."""
    opened(slow, page).locator("#generate").click()
    page.wait_for_function(GOES_ON)
    slow.wait(began=1, writing=1)
    return page


def test_stop_ends_it(slow: Slow, page: Page) -> None:
    begin(slow, page).locator("#stop").click()
    slow.wait(began=1, writing=0)


def test_another_prompt_ends_it(slow: Slow, page: Page) -> None:
    set_prompt(begin(slow, page), "Another")
    slow.wait(began=1, writing=0)
    assert text_of(page) == "Another"


def test_another_model_ends_it(slow: Slow, page: Page) -> None:
    choose_model(begin(slow, page), "Shakespeare · n-gram")
    slow.wait(began=1, writing=0)
    page.wait_for_function(f"{STATE}.run.model === 'shakespeare-ngram'")


def test_a_prompt_to_try_ends_it(slow: Slow, page: Page) -> None:
    begin(slow, page).locator("#about .tries button").last.click()
    slow.wait(began=1, writing=0)


def test_generate_once_more_ends_it_and_begins_again(slow: Slow, page: Page) -> None:
    begin(slow, page).evaluate("document.activeElement.blur()")
    page.keyboard.press("g")
    slow.wait(began=2, writing=1)
    page.wait_for_function(GOES_ON)


def test_a_step_ends_it_and_goes_on_from_what_is_seen(slow: Slow, page: Page) -> None:
    begin(slow, page)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    painted(page)
    shown = text_of(page)
    page.keyboard.press("n")
    page.wait_for_function(f"!{STATE}.busy && !{STATE}.playing")
    painted(page)
    assert text_of(page)[:-1] == shown
    slow.wait(began=2, writing=0)


def test_a_bar_that_is_clicked_while_the_text_rests_ends_it(slow: Slow, page: Page) -> None:
    begin(slow, page)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    painted(page)
    shown = text_of(page)
    page.locator("#distribution .bar").nth(1).click()
    page.wait_for_function(f"!{STATE}.busy")
    slow.wait(began=1, writing=0)
    painted(page)
    assert text_of(page)[:-1] == shown


def test_an_earlier_text_that_is_returned_to_ends_it(slow: Slow, page: Page) -> None:
    opened(slow, page).locator("#distribution .bar").nth(1).click()
    page.wait_for_function(f"{STATE}.run.steps.length > {STATE}.run.prompted && !{STATE}.busy")
    type_into(page, "seed", "6")
    page.get_by_role("button", name=WORDS["from_prompt"]).click()
    page.locator("#generate").click()
    page.wait_for_function(GOES_ON)
    slow.wait(began=1, writing=1)
    page.locator("#text .branch").first.click()
    slow.wait(began=1, writing=0)


def expect_an_aborted_stream(troubles: list[str]) -> None:
    """Gradio itself notes that it closes a stream which it leaves, and nothing else may be said."""
    own = ("AbortError",)
    assert all(any(word in trouble for word in own) for trouble in troubles), troubles
    troubles.clear()


@pytest.mark.parametrize("way", ["another page", "reload", "closed"])
def test_leaving_the_page_ends_it(slow: Slow, page: Page, way: str, troubles: list[str]) -> None:
    begin(slow, page)
    if way == "another page":
        page.goto("about:blank")
    elif way == "reload":
        page.reload()
    else:
        page.close()
    slow.wait(began=1, writing=0)
    expect_an_aborted_stream(troubles)


def test_a_text_that_is_stopped_while_it_waits_is_never_begun(slow: Slow, page: Page, new_page: NewPage) -> None:
    begin(slow, page)
    other = opened(slow, new_page())
    other.locator("#generate").click()
    expect(other.locator("#stop")).to_be_visible()
    other.locator("#stop").click()
    third = opened(slow, new_page())
    third.locator("#generate").click()
    page.locator("#stop").click()
    third.wait_for_function(GOES_ON)
    slow.wait(began=2, writing=1)


def test_two_tabs_of_a_browser_do_not_end_each_other(slow: Slow, page: Page) -> None:
    begin(slow, page)
    other = page.context.new_page()
    opened(slow, other, HERE.replace("seed=5", "seed=6"))
    set_prompt(other, "ROMEO")
    other.locator("#generate").click()
    expect(other.locator("#stop")).to_be_visible()
    other.locator("#stop").click()
    slow.wait(began=1, writing=1)
    shown = page.evaluate(f"{STATE}.shown")
    page.bring_to_front()
    page.wait_for_function(f"before => {STATE}.shown > before + 5", arg=shown)


def test_a_page_that_is_loaded_anew_while_it_writes_keeps_what_came_and_can_write_the_rest(
    slow: Slow, page: Page, troubles: list[str]
) -> None:
    begin(slow, page)
    page.reload()
    page.wait_for_selector("#distribution[data-step]")
    expect(page.locator("#notice")).to_contain_text(WORDS["kept_writing"])
    expect(page.locator("#notice p")).to_have_count(1)
    expect(box(page, "prompt")).to_have_value("To be")
    kept = page.evaluate(f"window.playground.runs.textOf({STATE}.run)")
    assert len(kept) > len("To be") + 5
    slow.wait(began=1, writing=0)
    asked = Asked(page)
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
    painted(page)
    expect(page.locator("#notice p")).to_have_count(0)
    expect_an_aborted_stream(troubles)


def test_coming_back_to_the_page_opens_it_as_it_was_left(slow: Slow, page: Page) -> None:
    begin(slow, page)
    set_prompt(page, "Come")
    page.wait_for_url("**prompt=Come**")
    page.goto("about:blank")
    page.go_back()
    page.wait_for_selector("#distribution[data-step]")
    painted(page)
    assert text_of(page) == "Come"
    page.locator("#generate").click()
    page.wait_for_function(GOES_ON)


def test_a_network_that_fails_for_some_seconds_takes_no_text_away(slow: Slow, page: Page, troubles: list[str]) -> None:
    """The answer under way still comes, and only new requests fail."""
    begin(slow, page)
    page.context.set_offline(True)
    shown = page.evaluate(f"{STATE}.shown")
    at_full_speed(page)
    with page.expect_event("requestfailed"):
        pass
    page.wait_for_function(f"before => {STATE}.shown > before + 400", arg=shown)
    expect(page.locator("#notice p")).to_have_count(0)
    page.context.set_offline(False)
    shown = page.evaluate(f"{STATE}.shown")
    page.wait_for_function(f"before => {STATE}.shown > before + 100", arg=shown)
    page.locator("#stop").click()
    slow.wait(began=1, writing=0)
    assert all("ERR_INTERNET_DISCONNECTED" in trouble for trouble in troubles), troubles
    troubles.clear()
