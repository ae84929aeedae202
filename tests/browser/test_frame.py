"""Inside a frame on the Hub the visitor's address follows the page; no other site receives anything."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from playwright.sync_api import Frame, Page, Route, expect

from tests.browser.hands import WORDS
from tests.conftest import running_app

NewPage = Callable[..., Page]
HUB = "https://huggingface.co"
SPACE = f"{HUB}/spaces/ada/playground"
# What the Hub's page does with a Space's message, as far as this page can tell; it also records the sender.
AROUND = """<!doctype html><title>A page around</title><script>
  window.told = [];
  addEventListener("message", ({ data, origin }) => {
    if (!data || typeof data !== "object" || !("queryString" in data)) return;
    window.told.push([data, origin]);
    history.replaceState(null, "", location.pathname + data.queryString);
  });
</script><iframe src="%s" style="width: 100%%; height: 900px" allow="clipboard-write"></iframe>"""


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page that may frame this machine and read the clipboard."""
    return new_page(permissions=["local-network-access", "clipboard-read", "clipboard-write"])


def open_in_frame(page: Page, around: str, inside: str) -> Frame:
    """The app in a frame of a stub page at the address `around`."""
    frame = frame_of(page, around, inside)
    frame.wait_for_selector("#distribution[data-step]")
    return frame


def frame_of(page: Page, around: str, inside: str) -> Frame:
    """The frame of a stub page at the address `around`."""

    def answer(route: Route) -> None:
        route.fulfill(body=AROUND % inside, content_type="text/html")

    page.route(f"{around.partition('?')[0]}*", answer)
    page.goto(around)
    element = page.query_selector("iframe")
    assert element is not None
    frame = element.content_frame()
    assert frame is not None
    return frame


def expect_own_requests_only(troubles: list[str]) -> None:
    """The outer page is the test's own, at an address of the Hub."""
    assert all(f"a request to another host: {SPACE}" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_the_hubs_address_follows_the_page(server: str, page: Page, troubles: list[str]) -> None:
    inside = f"{server}/?model=shakespeare-gru&__theme=dark&__sign=secret"
    frame = open_in_frame(page, SPACE, inside)
    frame.evaluate("window.playground.setTemperature(0.25)")
    page.wait_for_function("() => new URL(location.href).searchParams.get('temperature') === '0.25'")
    told: list[Any] = page.evaluate("window.told")
    data, origin = told[-1]
    assert origin == server
    assert data.keys() == {"queryString"}
    query = parse_qs(data["queryString"].removeprefix("?"), keep_blank_values=True)
    assert (query["model"], query["temperature"]) == (["shakespeare-gru"], ["0.25"])
    assert not [name for name in query if name.startswith("__")], "the signature opens a private Space"
    frame.locator("#prompt textarea").fill("O & Ü?")
    page.wait_for_url(f"{SPACE}?**prompt=O+%26+%C3%9C%3F**")
    expect_own_requests_only(troubles)


def test_the_hubs_address_follows_a_click_on_a_tab(server: str, page: Page, troubles: list[str]) -> None:
    frame = open_in_frame(page, SPACE, f"{server}/?model=shakespeare-ngram")
    frame.locator("#tab-search-button").click()
    page.wait_for_url("**tab=search**")
    frame.locator("#tab-play-button").click()
    page.wait_for_function("() => !location.search.includes('tab=')")
    expect_own_requests_only(troubles)


def test_the_hubs_address_opens_the_state_it_describes(server: str, page: Page, troubles: list[str]) -> None:
    frame = open_in_frame(page, SPACE, f"{server}/?model=shakespeare-ngram")
    frame.evaluate("window.playground.store.set({ top_k: 500, seed: 7 })")
    page.wait_for_url("**seed=7**")
    # The Hub passes its page's query on to the Space.
    other = page.context.new_page()
    again = open_in_frame(other, page.url, f"{server}/{page.evaluate('location.search')}")
    settings = "window.playground.store.requestSettings()"
    assert again.evaluate(settings) == frame.evaluate(settings)
    expect_own_requests_only(troubles)


def test_share_in_a_space_copies_the_address_of_its_page(server: str, page: Page, troubles: list[str]) -> None:
    frame = open_in_frame(page, SPACE, f"{server}/?model=shakespeare-ngram&__sign=secret&prompt={quote('O b')}")
    frame.evaluate("window.gradio_config.space_id = 'ada/playground'")
    frame.locator("#share").click()
    expect(frame.locator("#shared")).to_have_text(WORDS["shared"])
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{SPACE}?")
    assert "prompt=O+b" in copied
    assert "__sign" not in copied
    expect_own_requests_only(troubles)


def test_share_without_the_name_of_the_space_copies_the_apps_own_address(
    server: str, page: Page, troubles: list[str]
) -> None:
    frame = open_in_frame(page, SPACE, f"{server}/?model=shakespeare-ngram")
    frame.locator("#share").click()
    expect(frame.locator("#shared")).to_have_text(WORDS["shared"])
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{server}/?")
    expect_own_requests_only(troubles)


@pytest.fixture(scope="module")
def framed_by_others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app whose owner allows two other sites to frame it."""
    log = tmp_path_factory.mktemp("elsewhere") / "app.log"
    with running_app(log, PLAYGROUND_FRAME_HOSTS="http://localhost:9 http://127.0.0.1:9") as address:
        yield address


OTHERS = ["http://localhost:9/around", "http://127.0.0.1:9/spaces/huggingface.co"]


@pytest.mark.parametrize("around", OTHERS)
def test_another_site_around_receives_no_message(framed_by_others: str, page: Page, around: str) -> None:
    frame = open_in_frame(page, around, f"{framed_by_others}/?model=shakespeare-ngram")
    frame.evaluate("window.playground.setTemperature(0.25)")
    frame.wait_for_function("() => location.search.includes('temperature=0.25')")
    assert page.evaluate("window.told") == []


@pytest.mark.parametrize("around", OTHERS)
def test_a_site_the_owner_did_not_name_cannot_frame_the_app(
    server: str, page: Page, around: str, troubles: list[str]
) -> None:
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        frame_of(page, around, f"{server}/?model=shakespeare-ngram")
    assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"]
    assert all("frame-ancestors" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_a_page_outside_a_frame_sends_no_message(server: str, page: Page) -> None:
    page.add_init_script("window.said = []; window.postMessage = (...given) => { window.said.push(given); };")
    page.goto(f"{server}/?model=shakespeare-ngram")
    page.wait_for_selector("#distribution[data-step]")
    page.evaluate("window.playground.setTemperature(0.25)")
    page.wait_for_url("**temperature=0.25**")
    assert page.evaluate("window.said.filter(([data]) => data && data.queryString)") == []
