"""Each tab at the size of a desktop, projector, tablet and phone, in both languages: its content is shown, its
finding and main figure are in view, and nothing is wider than the window."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from playground.ui import page as whole
from playground.words import LANGUAGES, catalogue
from tests.browser.test_layout import SIZES
from tests.browser.test_textbooks import SEEN
from tests.pages import WAIT_MILLISECONDS

# The tabs, what shows that each has its own content, and a word of its finding; for Search it is the text found.
TABS = {
    "temperatures": (SEEN["temperatures"], "temperatures_point"),
    "models": (SEEN["models"], "models_point"),
    "search": (".search .tree svg", None),
    "score": (SEEN["score"], "score_point"),
    "shapes": (SEEN["one"], "shape_one_point"),
}
# The main figure of each: the heat map, the bars of the models, the tree, the coloured letters, the diagram.
FIGURES = {
    "temperatures": ".heatmap",
    "models": ".compared",
    "search": ".tree svg",
    "score": ".panel .cells",
    "shapes": "#shape-one .flowing svg",
}
# How much of it is in sight before anybody scrolls: all of it, of the tallest at a projector's size nearly all, and on
# a phone its top, in pixels.
WHOLE, NEARLY, TOP = 0.99, 0.85, 150
IN_SIGHT = """(node) => {
  const { top, bottom, height } = node.getBoundingClientRect();
  const seen = Math.min(bottom, innerHeight) - Math.max(top, 0);
  return { seen, share: seen / height };
}"""
# What overflows the window, except for what an ancestor scrolls or clips.
WIDER = """() => [...document.querySelectorAll("button, input, select, textarea, table, svg, h2, p")].filter((node) => {
  if (!node.checkVisibility() || node.closest(".unseen")) return false;
  for (let box = node.parentElement; box; box = box.parentElement) {
    if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(box).overflowX)) return false;
  }
  const { left, right, width } = node.getBoundingClientRect();
  return width > 1 && (left < -1 || right > innerWidth + 1);
}).map((node) => node.outerHTML.slice(0, 120))"""
# Korean words that a line ends in. What was written by a person or a model may end anywhere, and so may what is only
# read aloud.
BROKEN = """() => {
  const found = [];
  const range = document.createRange();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const { data, parentElement: parent } = node;
    if (!parent.checkVisibility() || parent.offsetWidth < 2) continue;
    if (parent.closest(".cells, .letters, textarea, svg, .unseen")) continue;
    const topOf = (i) => {
      range.setStart(node, i);
      range.setEnd(node, i + 1);
      return range.getBoundingClientRect().top;
    };
    for (const { index, 0: word } of data.matchAll(/[가-힣]{2,}/g)) {
      if (topOf(index + word.length - 1) - topOf(index) > 6) found.push(word);
    }
  }
  return found;
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_tab_shows_its_content_and_finding_at_every_size(
    server: str, new_page: Callable[..., Page], troubles: list[str], language: str
) -> None:
    assert [*TABS] == [*FIGURES] == [tab for tab in whole.TABS if tab != "play"], "each is looked at"
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
        figure = panel.locator(FIGURES[tab]).first
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("scrollTo(0, 0)")
            expect(point).to_be_in_viewport(ratio=1)
            expect(panel.locator(seen).first).to_be_visible()
            there = figure.evaluate(IN_SIGHT)
            if size == "phone":
                assert there["share"] > WHOLE or there["seen"] >= TOP, (tab, there)
            else:
                assert there["share"] > (NEARLY if size == "projector" else WHOLE), (tab, size, there)
            page.wait_for_function("() => document.scrollingElement.scrollWidth <= innerWidth")
            assert page.evaluate(WIDER) == [], (tab, width)
            assert page.evaluate(BROKEN) == [], (tab, width)
        for cells in panel.locator(".cells").all():
            assert cells.evaluate("(node) => getComputedStyle(node).wordBreak") == "normal", tab
    assert troubles == []
