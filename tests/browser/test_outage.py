"""The server stops and restarts while the page is open: no text is lost, and writing continues."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import (
    WORDS,
    generate,
    input_box,
    set_temperature,
    setting,
    text_of,
    type_into,
    wait_until_painted,
)
from tests.browser.outage import GOES_ON, HERE, LENGTH, STATE, WHOLE, Server, lose_server, open_page, resume_to_the_end


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    app = Server(tmp_path, "-m", "tests.browser.troubled", TROUBLES=str(tmp_path))  # it writes slowly
    app.start()
    yield app
    app.stop()


def write_version(page: Page) -> str:
    """Write a short text, and prepare the page for a long one."""
    type_into(page, "length", "5")
    first = generate(page, 5)
    type_into(page, "length", str(LENGTH))
    type_into(page, "seed", "6")
    return first


def test_texts_survive_a_restart_and_writing_continues_by_itself(
    server: Server, page: Page, troubles: list[str]
) -> None:
    open_page(server, page)
    first = write_version(page)
    page.locator("#generate").click()
    page.wait_for_function(GOES_ON)
    server.stop()
    kept = lose_server(page)
    server.start()
    resume_to_the_end(page, kept)
    expect(page.locator("#text .branch").first).to_be_visible()
    expect(page.locator("#notice p")).to_have_count(0)
    text = text_of(page)
    page.locator("#text .branch").first.click()
    wait_until_painted(page)
    assert text_of(page) == first
    # It is the text that would have been written without the outage.
    page.goto(server.address + HERE.replace("seed=5", "seed=6"))
    page.wait_for_selector("#distribution[data-step]")
    assert generate(page, LENGTH) == text
    assert all("ERR_" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_stop_cancels_the_automatic_continuation(server: Server, page: Page, troubles: list[str]) -> None:
    """Otherwise a sentence would stay whose button does nothing."""
    open_page(server, page)
    page.evaluate("window.playground.store.update({ pace: 2 })")  # still playing when the server stops
    page.locator("#generate").click()
    page.wait_for_function(GOES_ON)
    server.stop()
    expect(page.locator("#notice")).to_contain_text(WORDS["lost_writing"])
    page.locator("#stop").click()
    expect(page.locator("#notice p")).to_have_count(0)
    steps = page.evaluate(f"{STATE}.run.steps.length")
    server.start()
    page.wait_for_timeout(2_000)  # longer than the first pause, after which it would have retried
    assert page.evaluate(f"{STATE}.run.steps.length") == steps
    assert all("ERR_" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_a_prompt_typed_during_an_outage_is_read_afterwards(server: Server, page: Page, troubles: list[str]) -> None:
    open_page(server, page)
    server.stop()
    input_box(page, "prompt").fill("HAM")
    expect(page.locator("#notice")).to_contain_text(WORDS["lost"])
    assert text_of(page) == "To be"
    server.start()
    page.locator("#notice").get_by_role("button", name=WORDS["try_again"]).click()
    page.wait_for_function(f"{STATE}.run.text === 'HAM'")
    assert page.evaluate("window.same")
    assert all("ERR_" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_after_two_hours_asleep_and_a_restart_the_page_continues(
    server: Server, page: Page, troubles: list[str]
) -> None:
    page.clock.install()
    open_page(server, page)
    first = write_version(page)
    set_temperature(page, 0.8)
    page.locator("#generate").click()
    page.wait_for_function(GOES_ON)
    page.context.set_offline(True)
    server.stop()
    page.clock.fast_forward("02:00:00")
    expect(page.locator("#notice")).to_contain_text(WORDS["lost_writing"])
    kept = text_of(page)
    assert len(kept) > len("To be")
    server.start()
    page.context.set_offline(False)
    page.clock.fast_forward("00:01")  # its next try
    page.wait_for_function(WHOLE, timeout=60_000)
    wait_until_painted(page)
    assert text_of(page).startswith(kept)
    assert page.evaluate("window.same"), "the page was not loaded anew"
    expect(page.locator("#notice p")).to_have_count(0)
    assert setting(page, "temperature") == 0.8
    page.locator("#text .branch").first.click()
    page.wait_for_function(f"text => window.playground.runs.textOf({STATE}.run) === text", arg=first)
    assert all("ERR_" in trouble for trouble in troubles), troubles
    troubles.clear()
    page.context.close()  # the page's clock stays ahead
