"""With slow answers, the slider rewrites the text as they arrive, or the page says that it waits."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Error, Page, Route

from tests.browser.hands import WORDS, ServerCalls, expect_notice, generate, text_of, wait_until_painted

Visit = Callable[..., Page]
STATE = "window.playground.store.state"
MODEL = "shakespeare-ngram"
HERE = f"/?model={MODEL}&prompt=To+be+or+not+to+b&length=60&seed=5"
LATE = WORDS["rewriting_late"][:40]
SECONDS = 60  # the longest drag
# Each change of the text: the text, its temperature, the slider's, and whether it is marked as out of date.
NOTE = """() => {
  window.texts = [];
  const told = () => document.querySelector("#text .told-under").textContent.split(",")[0];
  let last = told();
  const look = () => {
    if (told() !== last) {
      last = told();
      window.texts.push({
        text: [...document.querySelectorAll("#text .cell")].map((cell) => cell.textContent.replace("↵", "")).join(""),
        told: last,
        slider: `T = ${document.querySelector("#temperature-value").value}`,
        behind: document.querySelector("#text .cells").classList.contains("behind"),
      });
    }
    requestAnimationFrame(look);
  };
  look();
}"""
FRAME = "() => new Promise((done) => requestAnimationFrame(() => done()))"
HERE_NOW = f"""() => {{
  const {{ draft, behind, run, settings }} = {STATE};
  return !behind && (draft ?? run).settings.temperature === settings.temperature;
}}"""
RESTS = f"() => !{STATE}.draft && ({HERE_NOW})()"


@pytest.fixture
def page_with_text(visit: Visit) -> Page:
    """The page with a text."""
    page = visit(HERE)
    generate(page, 60)
    return page


def assert_text_matches_slider(page: Page, text_at: Callable[[float, str], str]) -> None:
    """The text belongs to the slider's temperature."""
    wait_until_painted(page)
    assert text_of(page) == text_at(page.evaluate(f"{STATE}.settings.temperature"), MODEL)


class SlowServer:
    """Each answer to writing begins so many seconds after its request; the page's own mouse loop lets them through."""

    def __init__(self, page: Page, seconds: float) -> None:
        self.seconds = seconds
        self.asked: list[dict[str, Any]] = []
        self.held: list[tuple[float, Route]] = []
        page.route("**/stream/write", self._hold)

    def _hold(self, route: Route) -> None:
        self.asked.append(json.loads(route.request.post_data or "{}"))
        self.held.append((time.monotonic() + self.seconds, route))

    def answer(self) -> None:
        while self.held and self.held[0][0] <= time.monotonic():
            with suppress(Error):  # the page has cancelled it
                self.held.pop(0)[1].continue_()


class Hand:
    """The mouse on the slider: it moves in every frame, and never twice to the same temperature."""

    def __init__(self, page: Page, server: SlowServer) -> None:
        self.page, self.server = page, server
        box = page.locator("#temperature input[type=range]").bounding_box()
        assert box
        self.left, self.width, self.middle = box["x"], box["width"], box["y"] + box["height"] / 2
        self.at = 0.1
        page.mouse.move(self.left + self.width * self.at, self.middle)
        page.mouse.down()

    def move(self, until: Callable[[], Any]) -> None:
        end = time.monotonic() + SECONDS
        while not until():
            assert time.monotonic() < end, "the hand moves in vain"
            self.at += 0.0012  # seven hundred places
            self.page.mouse.move(self.left + self.width * self.at, self.middle)
            self.page.evaluate(FRAME)
            self.server.answer()

    def rest(self, until: str) -> None:
        """Hold still until a condition holds on the page."""
        end = time.monotonic() + SECONDS
        while not self.page.evaluate(until):
            assert time.monotonic() < end, until
            self.page.evaluate(FRAME)
            self.server.answer()


def test_texts_that_take_half_a_second_are_painted_during_a_drag(page_with_text: Page, text_at: Any) -> None:
    """Each newer request cancelled the one before, so that none was ever answered."""
    page = page_with_text
    page.evaluate(NOTE)
    hand = Hand(page, server := SlowServer(page, 0.6))
    asked = ServerCalls(page)
    hand.move(until=lambda: len(page.evaluate("window.texts")) >= 3)
    assert page.locator("#notice .notice").count() == 0  # slow, but it keeps up
    assert asked.count("stop") == 0
    assert len(server.held) <= 1
    texts = page.evaluate("window.texts")
    for seen in texts:  # each complete, and for the temperature that it names
        assert seen["text"] == text_at(float(seen["told"].removeprefix("T = ")), MODEL)
        assert seen["behind"] or seen["told"] == seen["slider"]
    assert any(seen["behind"] for seen in texts)
    page.mouse.up()
    hand.rest(RESTS)
    assert_text_matches_slider(page, text_at)


def test_a_server_that_is_too_slow_is_reported_and_writes_on_release(page_with_text: Page, text_at: Any) -> None:
    """The only sign was a grey text for as long as the drag lasted."""
    page = page_with_text
    hand = Hand(page, server := SlowServer(page, 2))
    notice = page.locator("#notice")
    hand.move(until=lambda: LATE in notice.inner_text())
    assert page.evaluate(f"{STATE}.behind")
    before = len(server.asked)
    hand.move(until=lambda: not server.held)
    begun = hand.at
    hand.move(until=lambda: hand.at > begun + 0.05)
    assert len(server.asked) == before  # it is spared requests whose answers nobody would see
    page.mouse.up()
    hand.rest(RESTS)
    assert_text_matches_slider(page, text_at)
    assert [asked["light"] for asked in server.asked[before:]] == [False]
    expect_notice(page, LATE)
    # It keeps up again.
    server.seconds = 0
    page.mouse.down()
    hand.move(until=lambda: LATE not in notice.inner_text())
    hand.rest(HERE_NOW)
    page.mouse.up()


def test_a_held_key_counts_as_released_after_a_moment(page_with_text: Page, text_at: Any) -> None:
    page = page_with_text
    server = SlowServer(page, 1e9)
    page.locator("#temperature input[type=range]").focus()
    end = time.monotonic() + SECONDS
    while LATE not in page.locator("#notice").inner_text():
        assert time.monotonic() < end
        page.keyboard.press("ArrowRight" if len(server.asked) else "ArrowLeft")
        page.evaluate(FRAME)
    page.unroute("**/stream/write")
    page.wait_for_function(RESTS)
    assert_text_matches_slider(page, text_at)


def test_on_release_the_page_does_not_wait_for_an_abandoned_text(page_with_text: Page, text_at: Any) -> None:
    page = page_with_text
    hand = Hand(page, server := SlowServer(page, 1e9))
    hand.move(until=lambda: server.asked)
    begun = hand.at
    hand.move(until=lambda: hand.at > begun + 0.003)
    page.unroute("**/stream/write")  # what is held is never answered
    page.mouse.up()
    page.wait_for_function(RESTS)
    assert_text_matches_slider(page, text_at)


def test_waiting_without_a_drag_shows_no_message(page_with_text: Page) -> None:
    """No drag is going on: the text comes as soon as it can."""
    page = page_with_text
    server = SlowServer(page, 2)
    page.evaluate("window.playground.setTemperature(2)")
    end = time.monotonic() + SECONDS
    while not page.evaluate(RESTS):
        assert time.monotonic() < end
        assert LATE not in page.locator("#notice").inner_text()
        page.evaluate(FRAME)
        server.answer()
    assert [asked["light"] for asked in server.asked] == [True, False]
