"""Nothing but the data moves while the page loads, while a visitor types, plays or clicks, when notices come and go."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import (
    WORDS,
    bars,
    input_box,
    run_id,
    set_full_speed,
    set_prompt,
    set_temperature,
    type_into,
    wait_until_written,
)

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

# Records every frame in which an element above the end of the text changes its position or height.
WATCH = """() => {
  const parts = ["#header", ".asking", ".ask", "#model", "#prompt", "#about", ".seeing",
    "#temperature", "#temperature .rail", "#distribution", "#distribution .bar-chart", "#distribution .line",
    "#text", "#text .player", "#text .cells"];
  const places = () => Object.fromEntries(parts.map((part) => {
    const { x, y, width, height } = document.querySelector(part).getBoundingClientRect();
    return [part, width ? [x, y + scrollY, width, height].map(Math.round).join(" ") : ""]; // a phone's .ask has no box
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


def open_sized(new_page: NewPage, size: tuple[int, int]) -> Page:
    return new_page(viewport={"width": size[0], "height": size[1]}, has_touch=size[0] < 660)


@contextmanager
def assert_still(page: Page) -> Iterator[None]:
    """Asserts that nothing moves within the block."""
    page.evaluate(WATCH)
    yield
    assert page.evaluate(MOVED) == []


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_nothing_moves_while_the_page_loads(visit: Visit, new_page: NewPage, size: tuple[int, int]) -> None:
    page = open_sized(new_page, size)
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
    page = visit(LINK, open_sized(new_page, size))
    with assert_still(page):
        box = input_box(page, "prompt")
        box.click()
        page.keyboard.press("Control+End")
        box.press_sequentially(", and then some words which take more than one line of the box to say")
        page.keyboard.press("Shift+Enter")
        page.keyboard.type("HAMLET:")
        page.wait_for_function("() => window.playground.store.state.run.text.endsWith('HAMLET:')")
        set_full_speed(page)
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


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_longer_temperature_moves_nothing_beside_it(visit: Visit, new_page: NewPage, size: tuple[int, int]) -> None:
    page = visit(LINK, open_sized(new_page, size))
    places = """() => [...document.querySelectorAll("#temperature :is(h2, .explain, .value, .rail)")]
      .map((node) => JSON.stringify(node.getBoundingClientRect()))"""
    before = page.evaluate(places)
    for temperature in ("0", "0.05", "0.5", "12.5", "110", "Infinity"):
        set_temperature(page, temperature)
        assert page.evaluate(places) == before, temperature
    assert page.locator("#temperature h2").evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    set_temperature(page, 0)
    thumb = page.locator("#temperature .rail input").evaluate(
        "node => node.getBoundingClientRect().top + (node.offsetHeight - 30) / 2"
    )
    letter = page.locator("#temperature .flip").first.evaluate(LETTER)
    assert letter <= thumb, "the thumb covers a part of the first notch's letter"


# Where the letter ends, without the room under it.
LETTER = """(node) => {
  const { top } = node.getBoundingClientRect();
  return top + parseFloat(getComputedStyle(node).lineHeight);
}"""


@pytest.mark.parametrize("copied", [True, False], ids=["copied", "refused"])
@pytest.mark.parametrize("width", [1024, 390])
def test_sharing_moves_nothing(visit: Visit, new_page: NewPage, width: int, copied: bool) -> None:
    """The message is under the button: inside, it made the button wider, which covered the last tab."""
    allowed = ["clipboard-read", "clipboard-write"] if copied else []
    page = visit(LINK, new_page(viewport={"width": width, "height": 768}, permissions=allowed))
    if not copied:
        page.evaluate("navigator.clipboard.writeText = () => Promise.reject(); document.execCommand = () => false")
    places = """() => [...document.querySelectorAll("#header button, #header h1, #tabs button")]
      .map((node) => JSON.stringify(node.getBoundingClientRect()))"""
    before = page.evaluate(places)
    page.locator("#share").click()
    told = page.locator("#header").get_by_role("status")
    expect(told).to_have_text(WORDS["shared" if copied else "share_failed"])
    expect(told).to_be_in_viewport(ratio=1)
    assert page.evaluate(places) == before
    expect(page.locator("#share")).to_have_text(WORDS["share"])
    expect(told).to_be_empty()


def test_notices_move_nothing(visit: Visit, page: Page) -> None:
    visit(LINK)
    notices = page.locator("#notice .notice")
    with assert_still(page):
        set_prompt(page, "To be é or ü")
        expect(notices).to_have_count(1)
        page.evaluate("window.playground.store.set({ top_k: -5 })")
        expect(notices).to_have_count(2)
        page.evaluate("window.playground.store.set({ top_k: 0 })")
        expect(notices).to_have_count(1)
        notices.get_by_role("button", name=WORDS["close"]).click()
        expect(notices).to_have_count(0)
        set_prompt(page, "To be")


def test_a_closed_notice_returns_only_after_its_cause_was_gone(visit: Visit, page: Page) -> None:
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


def test_a_closed_problem_is_reported_again_when_it_recurs(visit: Visit, page: Page) -> None:
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
