"""Where things stand: what a class must see together is in sight together, at every size of a screen."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import WORDS, cells, generate, painted

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
LINK = "/?model=shakespeare-ngram&length=600&seed=3"
SIZES = {"desk": (1440, 900), "projector": (1024, 768), "tablet": (820, 1180), "phone": (390, 844)}

# Edges of what is seen, and how many whole lines of text are, above a bar that is fixed at the bottom.
IN_SIGHT = """() => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const bar = getComputedStyle(document.querySelector("#generate")).position === "fixed"
    ? box("#generate").top : innerHeight;
  const frame = box("#text .cells");
  const bottom = Math.min(frame.bottom, bar);
  const lines = new Set();
  for (const cell of document.querySelectorAll("#text .cell")) {
    const { top, bottom: foot } = cell.getBoundingClientRect();
    if (top >= frame.top - 1 && foot <= bottom) lines.add(Math.round(top));
  }
  const bars = document.querySelectorAll("#distribution .bars .bar");
  const right = box("#distribution .scroller").right;
  return {
    slider: box("#temperature .rail"), bars: box("#distribution .bars"), line: box("#distribution .dart"),
    figures: box("#figures .figures"), ask: box("#prompt"),
    wholeBars: [...bars].filter((node) => node.getBoundingClientRect().right <= right + 1).length,
    lines: lines.size,
    bar, wide: document.scrollingElement.scrollWidth, inner: innerWidth,
  };
}"""


def at(size: tuple[int, int], visit: Visit, new_page: NewPage, link: str = LINK, **options: Any) -> Page:
    """The page in a window of that size."""
    width, height = size
    options.setdefault("has_touch", width < 660)
    return visit(link, new_page(viewport={"width": width, "height": height}, **options))


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_slider_bars_and_six_lines_of_text_are_in_sight_together(
    visit: Visit, new_page: NewPage, size: tuple[int, int]
) -> None:
    page = at(size, visit, new_page)
    generate(page)
    page.evaluate("scrollTo(0, 0)")
    painted(page)
    seen = page.evaluate(IN_SIGHT)
    assert seen["slider"]["top"] >= 0
    assert seen["bars"]["top"] > seen["slider"]["bottom"] - 1
    assert seen["bars"]["bottom"] <= seen["bar"]
    assert seen["wholeBars"] >= 10
    assert seen["lines"] >= 6, seen
    assert seen["wide"] <= seen["inner"]


def test_a_desk_shows_two_columns_whole(visit: Visit, new_page: NewPage) -> None:
    page = at(SIZES["desk"], visit, new_page)
    seen = page.evaluate(IN_SIGHT)
    seeing, reading = page.locator(".seeing").bounding_box(), page.locator(".reading").bounding_box()
    assert seeing is not None and reading is not None
    assert reading["x"] >= seeing["x"] + seeing["width"]
    assert abs(reading["y"] - seeing["y"]) < 1
    assert seen["ask"]["bottom"] < seeing["y"]
    # The figures stand under the line, the text ends where they do, and the folded row is in sight too.
    assert seen["figures"]["top"] >= seen["line"]["bottom"] - 1
    assert abs(reading["y"] + reading["height"] - page.locator(".telling").evaluate(BOTTOM)) < 1
    assert page.locator("#knobs").evaluate(BOTTOM) <= 900


BOTTOM = "node => node.getBoundingClientRect().bottom"


@pytest.mark.parametrize("width", [320, 360, 660, 768, 1000])
def test_nothing_sticks_out_at_the_side(visit: Visit, new_page: NewPage, width: int) -> None:
    page = at((width, 800), visit, new_page)
    generate(page)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    outside = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, summary, h1, h2")].filter((node) => {
          if (!node.checkVisibility()) return false;
          if (node.closest(".scroller, .tab-wrapper, .tries, .branches, .options")) return false; // which scroll
          const { left, right } = node.getBoundingClientRect();
          return left < 0 || right > innerWidth;
        }).map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert outside == []


CUT = """() => [".seeing", ".telling", ".reading", "#text .player", "#temperature h2"]
  .map((part) => document.querySelector(part))
  .filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.className || node.id)"""


def test_a_page_at_200_per_cent_cuts_nothing(visit: Visit, new_page: NewPage) -> None:
    """What 1440 × 900 becomes there, as in a phone that is held sideways: two columns, half as wide."""
    page = at((720, 450), visit, new_page, link=LINK + "&prompt=To+be+or+not+to+b", device_scale_factor=2)
    assert page.evaluate(CUT) == []
    shown = page.locator("#prompt textarea").evaluate("node => node.scrollHeight - node.clientHeight")
    assert shown <= 0, "the prompt takes a second line"


@pytest.mark.parametrize("width", [820, 1024])
def test_what_is_said_of_a_model_is_said_whole(visit: Visit, new_page: NewPage, width: int) -> None:
    page = at((width, 1180), visit, new_page, link="/?model=shakespeare-gru-geron")
    for language in ("한국어", "English"):
        page.get_by_role("button", name=language, exact=True).click()
        facts = page.locator("#about .facts")
        assert facts.evaluate("node => node.scrollWidth - node.clientWidth") <= 0, facts.inner_text()


SMALL = """() => [...document.querySelectorAll("body *")].filter((node) => node.checkVisibility()
  && [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim())
  && !node.closest(".coded, footer, script, style, .unseen, .flip.dense")
  && Number.parseFloat(getComputedStyle(node).fontSize) > 0
  && Number.parseFloat(getComputedStyle(node).fontSize) < 14).map((node) => node.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_buttons_hold_their_words_at_every_width(visit: Visit, new_page: NewPage, language: str) -> None:
    page = at((1440, 900), visit, new_page)
    generate(page)  # then it offers a new seed, which is its longest name
    page.evaluate("language => window.playground.language.choose(language)", language)
    for width in (1440, 1024, 899, 820, 799, 720, 660, 390, 360):
        page.set_viewport_size({"width": width, "height": 900})
        over = page.evaluate("""() => ["generate", "step"].map((id) => {
          const button = document.getElementById(id);
          const words = document.createRange();
          words.selectNodeContents(button);
          return words.getBoundingClientRect().width - button.clientWidth;
        })""")
        assert max(over) <= 0, (width, over)


@pytest.mark.parametrize("size", [SIZES["desk"], SIZES["phone"]], ids=["desk", "phone"])
def test_no_label_is_smaller_than_14_pixels(visit: Visit, new_page: NewPage, size: tuple[int, int]) -> None:
    page = at(size, visit, new_page)
    generate(page)
    assert page.evaluate(SMALL) == []


def test_truncation_length_and_seed_fold_away_and_the_page_remembers(
    visit: Visit, new_page: NewPage, server: str
) -> None:
    page = at(SIZES["desk"], visit, new_page)
    fold = page.get_by_role("button", name=WORDS["knobs"])
    expect(fold).to_have_attribute("aria-expanded", "true")
    fold.click()
    expect(page.locator("#seed")).to_be_hidden()
    expect(fold).to_contain_text("600")  # the length is still said
    page.reload()
    page.wait_for_selector("#distribution[data-step]")
    expect(page.locator("#seed")).to_be_hidden()
    fold.click()
    expect(page.locator("#seed")).to_be_visible()


def test_the_row_folds_where_storage_is_forbidden(visit: Visit, page: Page) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    visit(LINK)
    page.get_by_role("button", name=WORDS["knobs"]).click()
    expect(page.locator("#seed")).to_be_hidden()


def test_stop_is_in_reach_of_the_thumb(visit: Visit, new_page: NewPage) -> None:
    phone = at(SIZES["phone"], visit, new_page)
    phone.locator("#generate").click()
    stop = phone.locator("#stop")
    expect(stop).to_be_visible()
    box = stop.bounding_box()
    assert box is not None
    assert box["y"] > 844 * 0.8 and box["height"] >= 44
    phone.evaluate("scrollTo(0, 400)")
    moved = stop.bounding_box()
    assert moved == box
    stop.click()
    expect(stop).to_be_hidden()
    assert cells(phone).count() > 0
