"""The page's modules may load late, from another path, or not at all; what the visitor does meanwhile is kept."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.hands import WORDS, choose_model, input_box, setting, text_of, wait_until_painted
from tests.conftest import running_app
from tests.pages import WAIT_MILLISECONDS

HERE = "/?model=shakespeare-ngram&prompt=To+be&length=20&seed=5"
MODULES = "**/web-*/pack/page.js"
STATE = "window.playground?.store.state"
WRITTEN = f"""() => {{
  const {{ run, busy }} = {STATE} ?? {{}};
  return run && !busy && run.steps.length === run.prompted + 20;
}}"""


@pytest.fixture
def late_modules(server: str, page: Page) -> Callable[[], None]:
    """A page whose modules load once the returned function is called."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(MODULES, hold)
    page.goto(server + HERE)
    expect(page.locator("#generate")).to_be_visible(timeout=WAIT_MILLISECONDS)

    def come() -> None:
        for route in held:
            route.continue_()
        page.unroute(MODULES)

    return come


def test_clicks_and_input_before_the_modules_load_are_kept(late_modules: Callable[[], None], page: Page) -> None:
    input_box(page, "prompt").fill("HAM")
    choose_model(page, "Shakespeare · GRU")
    page.locator("#generate").click()
    expect(page.locator("#stop")).to_be_visible()
    assert page.evaluate("window.playground") is None
    late_modules()
    page.wait_for_function(WRITTEN)
    assert text_of(page).startswith("HAM")
    assert page.evaluate(f"{STATE}.run.model") == "shakespeare-gru"
    expect(page.locator("#model input")).to_have_value("Shakespeare · GRU")
    expect(input_box(page, "prompt")).to_have_value("HAM")


def test_a_click_before_the_modules_load_can_be_undone(late_modules: Callable[[], None], page: Page) -> None:
    input_box(page, "prompt").press("Enter")
    page.locator("#stop").click()
    expect(page.locator("#generate")).to_be_visible()
    late_modules()
    page.wait_for_selector("#distribution[data-step]")
    wait_until_painted(page)
    assert text_of(page) == "To be"
    assert page.evaluate(f"{STATE}.busy") is False


def test_the_page_has_one_global(server: str, page: Page, new_page: Callable[..., Page]) -> None:
    """Apart from gradio's own, and those that browsers create for ids."""
    names = "() => Object.getOwnPropertyNames(window)"
    plain = new_page()
    module = "export const mount = () => {}; export const playground = { tabs: { selected: () => {} } };"
    empty = {"body": module, "content_type": "text/javascript"}
    plain.route(MODULES, lambda route: route.fulfill(**empty))
    plain.goto(server + HERE)
    expect(plain.locator("#generate")).to_be_visible(timeout=WAIT_MILLISECONDS)
    page.goto(server + HERE)
    page.wait_for_selector("#distribution[data-step]")
    assert set(page.evaluate(names)) - set(plain.evaluate(names)) == {"playground"}


def test_the_page_reloads_if_its_modules_fail(server: str, page: Page, troubles: list[str]) -> None:
    part = MODULES
    page.route(part, lambda route: route.abort())
    page.goto(server + HERE)
    expect(page.get_by_role("alert")).to_contain_text(WORDS["unbuilt"], timeout=WAIT_MILLISECONDS)
    page.unroute(part)
    page.wait_for_selector("#distribution[data-step]")
    wait_until_painted(page)
    assert text_of(page) == "To be"
    assert setting(page, "seed") == 5
    words = ("ERR_FAILED", "Failed to fetch dynamically imported module")
    assert all(any(word in trouble for word in words) for trouble in troubles), troubles
    troubles.clear()


def test_the_page_works_below_another_path(tmp_path: Path, page: Page) -> None:
    """As behind a proxy that strips the first part of the path."""
    with running_app(tmp_path / "app.log", GRADIO_ROOT_PATH="/spaces/ours") as address:
        asked: list[str] = []

        def forward(route: Route) -> None:
            asked.append(route.request.url)
            url = route.request.url
            if url.startswith(f"{address}/spaces/ours/"):
                route.continue_(url=url.replace("/spaces/ours", "", 1))
            else:
                route.abort()

        page.route("**/*", forward)
        page.goto(f"{address}/spaces/ours{HERE}")
        page.wait_for_selector("#distribution[data-step]")
        wait_until_painted(page)
        assert text_of(page) == "To be"
        assert any("/spaces/ours/web-" in url for url in asked)
        page.goto("about:blank")  # before its server stops
