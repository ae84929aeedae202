"""Layout: what a class must see at the same time is in view together, at every screen size."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from playground.words import LANGUAGES, catalogue
from tests.browser.hands import WORDS, cells, generate, set_full_speed, set_prompt, wait_until_painted

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
LINK = "/?model=shakespeare-ngram&length=600&seed=3"
SIZES = {"desk": (1440, 900), "projector": (1024, 768), "tablet": (820, 1180), "phone": (390, 844)}

# The visible area, and the number of whole lines of text above a bar that is fixed at the bottom.
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


def open_at(size: tuple[int, int], visit: Visit, new_page: NewPage, link: str = LINK, **options: Any) -> Page:
    """The page in a window of that size."""
    width, height = size
    options.setdefault("has_touch", width < 660)
    return visit(link, new_page(viewport={"width": width, "height": height}, **options))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_slider_bars_and_six_lines_of_text_are_in_view_together(
    visit: Visit, new_page: NewPage, size: tuple[int, int], language: str
) -> None:
    page = open_at(size, visit, new_page)
    generate(page)
    page.evaluate("language => window.playground.language.choose(language)", language)
    expect(page.locator("#step")).to_have_text(catalogue(language)["step"])
    page.evaluate("scrollTo(0, 0)")
    wait_until_painted(page)
    seen = page.evaluate(IN_SIGHT)
    assert seen["slider"]["top"] >= 0
    assert seen["bars"]["top"] > seen["slider"]["bottom"] - 1
    assert seen["bars"]["bottom"] <= seen["bar"]
    assert seen["wholeBars"] >= 10
    assert seen["lines"] >= 6, seen
    assert seen["wide"] <= seen["inner"]


STORE = "window.playground.store"
LAST_LINE = """() => {
  const { top, bottom } = document.querySelector("#text .cells").getBoundingClientRect();
  const last = [...document.querySelectorAll("#text .cell")].at(-1).getBoundingClientRect();
  return { frame: bottom, within: last.top >= top && last.bottom <= bottom + 1 };
}"""


@pytest.mark.parametrize(
    ("size", "least"),
    [
        *(((1024, height), 6) for height in (640, 700, 751, 768)),
        *(((width, 768), 4) for width in (820, 950)),
        ((820, 1180), 6),
    ],
)
def test_the_line_being_written_is_in_view(visit: Visit, new_page: NewPage, size: tuple[int, int], least: int) -> None:
    """A projector's window is low: the text grew below its lower edge."""
    page = open_at(size, visit, new_page, link=LINK + "&prompt=To+be+or+not+to+b")
    page.locator("#generate").click()
    page.wait_for_function("() => window.playground.store.state.cursor > 40")
    for _ in range(2):  # during playback, and afterwards
        page.evaluate("scrollTo(0, 0)")  # undo Playwright's own scrolling
        seen, last = page.evaluate(IN_SIGHT), page.evaluate(LAST_LINE)
        assert last["within"], (last, seen)
        assert last["frame"] <= size[1]
        assert seen["bars"]["bottom"] <= size[1]
        set_full_speed(page)
        page.wait_for_function("({ state }) => !state.playing && !state.busy", arg=page.evaluate_handle(STORE))
        wait_until_painted(page)
    assert seen["lines"] >= least, seen


def test_a_desktop_shows_both_columns_in_full(visit: Visit, new_page: NewPage) -> None:
    page = open_at(SIZES["desk"], visit, new_page)
    seen = page.evaluate(IN_SIGHT)
    seeing, reading = page.locator(".seeing").bounding_box(), page.locator(".reading").bounding_box()
    assert seeing is not None and reading is not None
    assert reading["x"] >= seeing["x"] + seeing["width"]
    assert abs(reading["y"] - seeing["y"]) < 1
    assert seen["ask"]["bottom"] < seeing["y"]
    # The figures are under the line, the text ends where they do, and the folded row is in view too.
    assert seen["figures"]["top"] >= seen["line"]["bottom"] - 1
    assert abs(reading["y"] + reading["height"] - page.locator(".telling").evaluate(BOTTOM)) < 1
    assert page.locator("#knobs").evaluate(BOTTOM) <= 900


@pytest.mark.parametrize(("size", "columns"), [((1280, 720), 2), ((1100, 900), 2), ((1099, 900), 1)])
def test_from_1100_pixels_two_columns_are_fully_in_view(
    visit: Visit, new_page: NewPage, size: tuple[int, int], columns: int
) -> None:
    page = open_at(size, visit, new_page)
    generate(page)
    page.evaluate("scrollTo(0, 0)")
    wait_until_painted(page)
    seen = page.evaluate(IN_SIGHT)
    seeing, reading = page.locator(".seeing").bounding_box(), page.locator(".reading").bounding_box()
    assert seeing is not None and reading is not None
    beside = reading["x"] >= seeing["x"] + seeing["width"]
    below = reading["y"] >= seeing["y"] + seeing["height"]
    assert (beside, below) == (columns == 2, columns == 1)
    assert 0 <= seen["slider"]["top"] < seen["slider"]["bottom"] <= seen["bars"]["top"] + 1
    assert seen["bars"]["bottom"] <= seen["bar"] == size[1]
    assert seen["wholeBars"] >= 10
    assert seen["lines"] >= 6, seen
    assert seen["wide"] <= seen["inner"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [SIZES[name] for name in ("desk", "projector", "phone")])
def test_an_infinite_temperature_and_truncation_move_nothing(
    visit: Visit, new_page: NewPage, size: tuple[int, int], language: str
) -> None:
    page = open_at(size, visit, new_page, link=f"/?model=shakespeare-gru&seed=42&lang={language}")
    place = "() => { const { top } = document.querySelector('#top-k').getBoundingClientRect(); return top + scrollY; }"
    before = page.evaluate(place)
    for change in ("{ temperature: Infinity }", "{ top_k: 3 }", "{ temperature: 1.3 }"):
        page.evaluate(f"window.playground.store.set({change})")
        wait_until_painted(page)
        assert page.evaluate(place) == before, change


def test_typing_a_long_prompt_covers_neither_the_slider_nor_a_notice(visit: Visit, new_page: NewPage) -> None:
    page = open_at(SIZES["projector"], visit, new_page)
    prompt = page.locator("#prompt textarea")
    prompt.click()
    set_prompt(page, "To be or not to be, that is the question whether. " * 10)
    assert prompt.evaluate(BOTTOM) < page.locator("#temperature h2").evaluate(TOP)
    page.evaluate("window.playground.store.update({ notices: ['Something.'] })")
    expect(page.locator("#notice p")).to_be_visible()
    assert prompt.evaluate(BOTTOM) <= page.locator("#notice").evaluate(TOP) + 2
    prompt.blur()
    wait_until_painted(page)
    assert prompt.evaluate("node => node.scrollHeight - node.scrollTop - node.clientHeight") <= 1  # its last line


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_have_room_for_their_names_on_a_phone_held_sideways(
    visit: Visit, new_page: NewPage, language: str
) -> None:
    page = open_at((844, 390), visit, new_page, link=f"{LINK}&lang={language}")
    cut = """() => [...document.querySelectorAll("#figures dt")].filter((node) => {
      const words = document.createRange();
      words.selectNodeContents(node);
      return words.getBoundingClientRect().width > node.clientWidth + 1;
    }).map((node) => node.textContent)"""
    assert page.evaluate(cut) == []


TOP = "node => node.getBoundingClientRect().top"
BOTTOM = "node => node.getBoundingClientRect().bottom"


@pytest.mark.parametrize("width", [320, 360, 660, 768, 1000])
def test_nothing_overflows_sideways(visit: Visit, new_page: NewPage, width: int) -> None:
    page = open_at((width, 800), visit, new_page)
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


def test_at_200_per_cent_zoom_nothing_is_clipped(visit: Visit, new_page: NewPage) -> None:
    """1440 × 900 becomes half as wide, like a phone held sideways: two columns."""
    page = open_at((720, 450), visit, new_page, link=LINK + "&prompt=To+be+or+not+to+b", device_scale_factor=2)
    assert page.evaluate(CUT) == []
    shown = page.locator("#prompt textarea").evaluate("node => node.scrollHeight - node.clientHeight")
    assert shown <= 0, "the prompt takes a second line"


@pytest.mark.parametrize("width", [820, 1024])
def test_the_description_of_a_model_is_shown_in_full(visit: Visit, new_page: NewPage, width: int) -> None:
    page = open_at((width, 1180), visit, new_page, link="/?model=shakespeare-gru-geron")
    for language in ("한국어", "English"):
        page.get_by_role("button", name=language, exact=True).click()
        facts = page.locator("#about .facts")
        assert facts.evaluate("node => node.scrollWidth - node.clientWidth") <= 0, facts.inner_text()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_button_labels_fit_at_every_width(visit: Visit, new_page: NewPage, language: str) -> None:
    page = open_at((1440, 900), visit, new_page)
    generate(page)  # then it offers a new seed, which is its longest label
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


def test_the_folded_row_of_settings_is_remembered(visit: Visit, new_page: NewPage, server: str) -> None:
    page = open_at(SIZES["desk"], visit, new_page)
    fold = page.get_by_title(WORDS["knobs"], exact=True)
    expect(fold).to_have_attribute("aria-expanded", "true")
    fold.click()
    expect(page.locator("#seed")).to_be_hidden()
    expect(fold).to_contain_text("600")  # the length is still shown
    page.reload()
    page.wait_for_selector("#distribution[data-step]")
    expect(page.locator("#seed")).to_be_hidden()
    fold.click()
    expect(page.locator("#seed")).to_be_visible()


def test_the_row_folds_without_local_storage(visit: Visit, page: Page) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    visit(LINK)
    page.get_by_title(WORDS["knobs"], exact=True).click()
    expect(page.locator("#seed")).to_be_hidden()


def test_stop_is_within_reach_of_the_thumb(visit: Visit, new_page: NewPage) -> None:
    phone = open_at(SIZES["phone"], visit, new_page)
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
