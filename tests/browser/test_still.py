"""Nothing moves but the data: while the page loads, while somebody types, plays or clicks, when notices come and go."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import WORDS, at_full_speed, bars, box, run_id, set_prompt, type_into, wait_until_written

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
LINK = "/?model=shakespeare-ngram&prompt=To+be+or+not+to+b&length=300&seed=3"
SIZES = {"desk": (1440, 900), "phone": (390, 844)}

SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    if (!hadRecentInput) window.shifts.push([value, sources.map(({ node }) => node?.id || node?.className || "?")]);
  }
}).observe({ type: "layout-shift", buffered: true });"""

# Notes every frame in which a part that stands above the end of the text has another place or height.
WATCH = """() => {
  const parts = ["#header", ".asking", ".ask", "#model", "#prompt", "#about", ".seeing",
    "#temperature", "#temperature .rail", "#distribution", "#distribution .bar-chart", "#distribution .line",
    "#text", "#text .player", "#text .cells"];
  const places = () => Object.fromEntries(parts.map((part) => {
    const { x, y, width, height } = document.querySelector(part).getBoundingClientRect();
    return [part, [x, y + scrollY, width, height].map(Math.round).join(" ")];
  }));
  const first = places();
  window.moved = new Set();
  window.watching = true;
  (function look() {
    for (const [part, place] of Object.entries(places())) {
      if (place !== first[part]) window.moved.add(`${part}: ${first[part]} -> ${place}`);
    }
    if (window.watching) requestAnimationFrame(look);
  })();
}"""
MOVED = "() => { window.watching = false; return [...window.moved]; }"


def sized(new_page: NewPage, size: tuple[int, int]) -> Page:
    return new_page(viewport={"width": size[0], "height": size[1]}, has_touch=size[0] < 660)


@contextmanager
def still(page: Page) -> Iterator[None]:
    """What is done inside moves nothing."""
    page.evaluate(WATCH)
    yield
    assert page.evaluate(MOVED) == []


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_nothing_jumps_while_the_page_loads(visit: Visit, new_page: NewPage, size: tuple[int, int]) -> None:
    page = sized(new_page, size)
    page.add_init_script(SHIFTS)
    visit("/", page)
    bars(page)
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) < 0.05, shifts


WITHOUT_A_RUN = """() => {
  document.body.classList.remove("drawn");
  return ["#figures .figures", "#distribution .dart", "#temperature h2", "#text .progress"]
    .filter((part) => document.querySelector(part).checkVisibility({ visibilityProperty: true }));
}"""


def test_before_the_first_distribution_there_are_no_empty_labels(visit: Visit, page: Page) -> None:
    visit(LINK)
    assert page.evaluate("document.body.classList.contains('drawn')")
    assert page.evaluate(WITHOUT_A_RUN) == []
    empty = page.evaluate("getComputedStyle(document.querySelector('#distribution .line')).backgroundColor")
    field = page.evaluate("getComputedStyle(document.querySelector('#prompt .input-container')).backgroundColor")
    assert empty == field, "a bar lies across the chart while there is nothing in it"


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_typing_playing_and_clicking_move_nothing(visit: Visit, new_page: NewPage, size: tuple[int, int]) -> None:
    page = visit(LINK, sized(new_page, size))
    with still(page):
        box(page, "prompt").click()
        page.keyboard.press("Control+End")
        box(page, "prompt").press_sequentially(", and then some words which take more than one line of the box to say")
        page.keyboard.press("Shift+Enter")
        page.keyboard.type("HAMLET:")
        page.wait_for_function("() => window.playground.store.state.run.text.endsWith('HAMLET:')")
        at_full_speed(page)
        before = run_id(page)
        page.evaluate("window.playground.play.generate()")
        wait_until_written(page, before)
        page.evaluate("window.playground.play.go(30)")
        before = run_id(page)
        page.evaluate("window.playground.play.step()")
        page.wait_for_function("before => window.playground.store.state.run.id !== before", arg=before)
        bars(page)
        page.evaluate("window.playground.setTemperature(0.5)")
        bars(page)
        expect(page.locator("#text .branch")).not_to_have_count(0)
        page.locator("#about .tries button").nth(1).click()
        page.wait_for_function("() => window.playground.store.state.settings.prompt.includes('HAMLET')")


def test_notices_come_and_go_and_move_nothing(visit: Visit, page: Page) -> None:
    visit(LINK)
    notices = page.locator("#notice .notice")
    with still(page):
        set_prompt(page, "To be é or ü")
        expect(notices).to_have_count(1)
        page.evaluate("window.playground.store.set({ top_k: -5 })")
        expect(notices).to_have_count(2)
        page.evaluate("window.playground.store.set({ top_k: 0 })")
        expect(notices).to_have_count(1)
        notices.get_by_role("button", name=WORDS["close"]).click()
        expect(notices).to_have_count(0)
        set_prompt(page, "To be")


def test_a_closed_notice_comes_again_only_after_it_had_gone(visit: Visit, page: Page) -> None:
    visit(LINK.replace("To+be", "caf%C3%A9"))
    notices = page.locator("#notice .notice")
    expect(notices).to_have_count(1)
    close = notices.get_by_role("button", name=WORDS["close"])
    close.focus()
    page.keyboard.press("Enter")
    expect(notices).to_have_count(0)
    assert page.evaluate("document.activeElement !== document.body"), "the keyboard has lost its place"
    page.evaluate("window.playground.store.update({ notices: [] })")
    expect(notices).to_have_count(0)
    set_prompt(page, "tea")
    set_prompt(page, "café")
    expect(notices).to_have_count(1)


def test_a_problem_that_was_closed_is_told_again_when_it_is_met_again(visit: Visit, page: Page) -> None:
    visit(LINK)
    type_into(page, "seed", "-1")
    problem = page.locator("#notice .problem")
    expect(problem).to_have_count(1)
    page.keyboard.press("Escape")  # not in the notice: nothing closes
    expect(problem).to_have_count(1)
    problem.get_by_role("button", name=WORDS["close"]).focus()
    page.keyboard.press("Escape")
    expect(problem).to_have_count(0)
    page.locator("#generate").click()
    expect(problem).to_have_count(1)
