"""Each tab at the sizes of a desk, a projector, a tablet and a phone, in both languages: what it opens with is there,
its point is in sight, and nothing is wider than the window."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from playground.words import LANGUAGES, catalogue
from tests.browser.test_layout import SIZES
from tests.browser.test_textbooks import SEEN
from tests.pages import WAIT_MILLISECONDS

# The tabs, with what shows that each has its own content, and the word that says its point; Search's is what was found.
TABS = {
    "temperatures": (SEEN["temperatures"], "temperatures_point"),
    "models": (SEEN["models"], "models_point"),
    "search": (".search .tree svg", None),
    "score": (SEEN["score"], "score_point"),
    "shapes": (SEEN["one"], "shape_one_point"),
}
# What sticks out of the window, but for what a box around it scrolls, or cuts off.
WIDER = """() => [...document.querySelectorAll("button, input, select, textarea, table, svg, h2, p")].filter((node) => {
  if (!node.checkVisibility() || node.closest(".unseen")) return false;
  for (let box = node.parentElement; box; box = box.parentElement) {
    if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(box).overflowX)) return false;
  }
  const { left, right, width } = node.getBoundingClientRect();
  return width > 1 && (left < -1 || right > innerWidth + 1);
}).map((node) => node.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_tab_shows_its_content_and_its_point_at_every_size(
    server: str, new_page: Callable[..., Page], troubles: list[str], language: str
) -> None:
    said = catalogue(language)
    page = new_page()
    page.goto(f"{server}/?lang={language}")
    page.wait_for_selector("#distribution[data-step]")
    for tab, (seen, word) in TABS.items():
        page.set_viewport_size({"width": 1440, "height": 900})
        page.get_by_role("tab", name=said[f"tab_{tab}"], exact=True).click()
        panel = page.locator(f"#tab-{tab}")
        expect(panel.locator(seen).first).to_be_visible(timeout=WAIT_MILLISECONDS)
        point = panel.locator(".point").first
        expect(point).to_have_text(said[word] if word else re.compile(r"\w+"), timeout=WAIT_MILLISECONDS)
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("scrollTo(0, 0)")
            expect(point).to_be_in_viewport(ratio=1)
            expect(panel.locator(seen).first).to_be_visible()
            page.wait_for_function("() => document.scrollingElement.scrollWidth <= innerWidth")
            assert page.evaluate(WIDER) == [], (tab, width)
    assert troubles == []
