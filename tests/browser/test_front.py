"""Before gradio has built anything the page already shows its layout and bars, and nothing moves when gradio takes
over."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.hands import PIXEL, REACH, moment
from tests.browser.test_still import SHIFTS

NewPage = Callable[..., Page]
HERE = "/?model=shakespeare-ngram&prompt=To+be+or+not+to+b&temperature=2&top-k=9&seed=7"
PARTS = [
    "#header h1", "#tabs .tab-container:not(.visually-hidden)", ".asking", "#temperature .rail",
    "#temperature h2", "#temperature .value", "#temperature .marks", "#distribution .bar:nth-child(3) .label",
    "#distribution .fills", "#distribution .line", "#distribution .dart",
]  # fmt: skip
PLACES = """([parts, front]) => parts.map((part) => {
  const root = front ? document.getElementById("front").shadowRoot : document.querySelector("gradio-app");
  const { x, y, width, height } = root.querySelector(part).getBoundingClientRect();
  return `${part} ${[x, y, width, height].map(Math.round)}`;
})"""
SIZES = {"desk": (1440, 900), "projector": (1024, 768), "tablet": (820, 1180), "phone": (390, 844)}
PAINTED = "() => performance.getEntriesByName('bars').length > 0"


class HeldPage:
    """A page on which gradio's scripts wait until they are released."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.routes: list[Route] | None = []
        page.route("**/assets/*.js", self._hold)
        page.goto(address, wait_until="commit")

    def _hold(self, route: Route) -> None:
        if self.routes is None:
            route.continue_()
        else:
            self.routes.append(route)

    def wait_until_painted(self) -> Page:
        """The page, once its early picture has bars."""
        self.page.wait_for_function(PAINTED)
        assert self.page.evaluate("document.querySelector('.stage')") is None, "gradio has built the page"
        return self.page

    def let_go(self) -> Page:
        held, self.routes = self.routes or [], None
        for route in held:
            route.continue_()
        self.page.wait_for_selector("#distribution[data-step]")
        return self.page


def early_bars(page: Page) -> dict[str, float]:
    """The heights of the early bars, by label."""
    script = f"""() => {{
      {REACH}
      const all = document.getElementById("front").shadowRoot.querySelectorAll(".bars .bar");
      return [...all].map((bar) => [bar.querySelector(".label").textContent, reach(bar, ".fill")]);
    }}"""
    return dict(page.evaluate(script))


def test_the_bars_of_the_link_are_shown_before_gradio_loads(server: str, page: Page) -> None:
    held = HeldPage(page, server + HERE)
    early = early_bars(held.wait_until_painted())
    temperature = page.evaluate("document.getElementById('front').shadowRoot.querySelector('.value input').value")
    assert float(temperature) == 2
    held.let_go()
    expected = moment(page).probabilities(temperature=2, top_k=9)
    assert set(early) == set(expected)
    assert sum(height > 0 for height in expected.values()) == 9
    wrong = {label: (early[label], p) for label, p in expected.items() if abs(early[label] - p) > PIXEL}
    assert not wrong


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_nothing_moves_when_gradio_takes_over(server: str, new_page: NewPage, size: tuple[int, int]) -> None:
    page = new_page(viewport={"width": size[0], "height": size[1]})
    page.add_init_script(SHIFTS)
    held = HeldPage(page, server + HERE)
    before = held.wait_until_painted().evaluate(PLACES, [PARTS, True])
    held.let_go()
    assert page.evaluate("document.getElementById('front')") is None
    assert page.evaluate(PLACES, [PARTS, False]) == before
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) < 0.02, shifts  # 0.1 is the limit for "good"


def test_the_early_picture_is_hidden_from_keys_and_screen_readers(server: str, page: Page) -> None:
    """It is only a picture until the page is ready: keys and screen readers skip it."""
    held = HeldPage(page, server + HERE)
    held.wait_until_painted()
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") != "front"
    assert page.get_by_role("slider").count() == 0
    held.let_go()


def test_the_early_picture_has_the_pages_language_and_theme(server: str, new_page: NewPage) -> None:
    page = new_page(color_scheme="dark")
    held = HeldPage(page, f"{server}{HERE}&lang=ko")
    held.wait_until_painted()
    colours = "[getComputedStyle(document.body).backgroundColor, document.body.className, document.title]"
    title = "document.getElementById('front').shadowRoot.querySelector('h1').textContent"
    before: list[Any] = [page.evaluate(colours)[:2], page.evaluate(title)]
    held.let_go()
    assert page.evaluate(colours)[0] == before[0][0]
    assert "dark" in before[0][1]
    assert page.locator("#header h1").inner_text() == before[1]


def test_a_link_to_another_tab_shows_no_early_bars(server: str, page: Page) -> None:
    page.goto(f"{server}/?tab=score")
    page.wait_for_selector(".score .surprises li")
    assert page.evaluate("document.getElementById('front')") is None


def test_the_early_picture_goes_away_if_the_modules_fail(server: str, page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/web-*/pack/page.js", hold)
    page.goto(server + HERE)
    page.wait_for_selector("#generate")
    assert page.evaluate("document.getElementById('front')") is None
    for route in held:
        route.continue_()
    page.wait_for_selector("#distribution[data-step]")
