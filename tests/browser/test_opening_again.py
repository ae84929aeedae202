"""A page whose opening is refused, interrupted or only half loaded is requested again, and keeps what was done."""

import re
from math import inf

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.hands import (
    WORDS,
    input_box,
    set_full_speed,
    set_temperature,
    setting,
    text_of,
)
from tests.browser.opening import HERE, OPENING, STATE, WRITTEN, expect_only_failed_requests, wait_until_open


def test_the_page_retries_a_few_times_after_growing_pauses(server: str, page: Page) -> None:
    page.goto(server + HERE)
    wait_until_open(page)
    tries, pauses, offered = page.evaluate("""() => {
      const { server, store } = window.playground;
      const wait = window.setTimeout;
      const pauses = [];
      let tries = 0;
      window.setTimeout = (act, pause) => { pauses.push(pause); act(); };
      const again = server.persistent(() => { tries++; again.refused("No."); });
      again.refused("No.");
      window.setTimeout = wait;
      return [tries, pauses, store.state.problem === "No." && store.state.retry.problem === "No."];
    }""")
    assert tries == 6
    assert offered
    for pause, middle in zip(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000], strict=True):
        assert 0.75 * middle <= pause <= 1.25 * middle


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_refusal_by_a_proxy_is_retried(server: str, page: Page, status: int, troubles: list[str]) -> None:
    refusals = iter(range(2))

    def refuse(route: Route) -> None:
        if next(refusals, None) is None:
            route.continue_()
        else:
            route.fulfill(status=status, body="<html>Bad gateway</html>", content_type="text/html")

    page.route(OPENING, refuse)
    page.goto(server + HERE)
    expect(page.locator("#notice")).to_contain_text(WORDS["refused_opening"])
    wait_until_open(page)
    expect(page.locator("#notice")).to_be_empty()
    expect_only_failed_requests(troubles, str(status))


def test_a_connection_lost_while_opening_is_retried_with_what_was_done(
    server: str, page: Page, troubles: list[str]
) -> None:
    page.route(OPENING, lambda route: route.abort())
    page.goto(server + HERE)
    expect(page.locator("#notice")).to_contain_text(WORDS["lost_opening"])
    page.evaluate("window.same = true")
    input_box(page, "prompt").fill("HAM")
    page.evaluate("window.playground.setTemperature(Infinity)")
    page.locator("#generate").click()
    page.unroute(OPENING)
    page.wait_for_function(WRITTEN)
    assert text_of(page).startswith("HAM")
    assert setting(page, "temperature") == inf
    assert setting(page, "top_k") == 30
    assert page.evaluate("window.same"), "the page was not loaded anew"
    expect_only_failed_requests(troubles, "ERR_FAILED")


def test_the_page_works_without_gradio_s_own_requests(server: str, page: Page) -> None:
    """The page opens, reads and writes over its own stream, so that gradio never sees a lost connection."""
    own: list[str] = []
    page.on("request", lambda sent: own.append(sent.url) if re.search("/queue/|/run/", sent.url) else None)
    page.goto(server + HERE)
    wait_until_open(page)
    set_temperature(page, 2)
    input_box(page, "prompt").fill("HAM")
    page.wait_for_function(f"() => {STATE}?.run?.text === 'HAM'")
    set_full_speed(page)
    page.locator("#generate").click()
    page.wait_for_function(WRITTEN)
    assert own == []


def test_a_page_with_a_missing_part_is_reloaded(server: str, page: Page, troubles: list[str]) -> None:
    part = "**/assets/Blocks-*.js"
    page.route(part, lambda route: route.abort())
    page.goto(server + HERE)
    expect(page.get_by_role("alert")).to_contain_text(WORDS["unbuilt"])
    expect(page.get_by_role("alert").get_by_role("button", name=WORDS["try_again"])).to_be_visible()
    page.unroute(part)
    wait_until_open(page)
    assert text_of(page) == "To be"
    expect(page.locator("#unbuilt")).to_have_count(0)
    expect_only_failed_requests(
        troubles, "ERR_FAILED", "Failed to fetch dynamically imported module", "Unable to preload"
    )


@pytest.mark.parametrize(
    "left",
    [
        '{"settings": {"nonsense": 1, "constructor": 2, "seed": 7}}',
        '{"settings": "abc", "early": {"act": "toString"}}',
        "5",
    ],
)
def test_records_of_another_version_do_not_keep_the_page_from_opening(server: str, page: Page, left: str) -> None:
    page.goto(server + HERE)
    wait_until_open(page)
    # After the page has stored its own.
    page.evaluate(
        "left => addEventListener('pagehide', () => sessionStorage.setItem('playground.left', left))", arg=left
    )
    page.reload()
    wait_until_open(page)
    assert setting(page, "seed") == (7 if "seed" in left else 5)
    assert text_of(page) == "To be"
    page.wait_for_function(f"() => !{STATE}.busy")
