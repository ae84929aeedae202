"""Presses and drags of bars that end elsewhere, before a key, or while text plays."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.hands import (
    bars,
    generate,
    height_of,
    moment,
    run_id,
    set_temperature,
    setting,
    wait_until_painted,
    wait_until_written,
)
from tests.browser.test_bends import HERE, bar, menu

Visit = Callable[..., Page]


def press_a_top(visit: Visit) -> tuple[Page, float, float, float]:
    """Press the mouse on the top of the second bar: the page, that place, and the height of the chart."""
    page = visit(HERE)
    set_temperature(page, 2)
    wait_until_painted(page)
    return page, *press_top_of(page, 1)


def press_top_of(page: Page, i: int) -> tuple[float, float, float]:
    """Press the mouse on the top of a bar: that place, and the height of the chart."""
    column = bar(page, i).locator(".column").bounding_box()
    assert column
    x, y = column["x"] + column["width"] / 2, column["y"] + column["height"] * (1 - height_of(bar(page, i))) + 1
    page.mouse.move(x, y)
    page.mouse.down()
    return x, y, column["height"]


def drag_up(page: Page, label: str) -> None:
    """Drag the top of the bar with this label, slowly enough that the text is rewritten meanwhile."""
    x, y, tall = press_top_of(page, list(bars(page)).index(label))
    for share in (0.1, 0.2, 0.3):
        page.mouse.move(x, y - share * tall)
        wait_until_painted(page)
        page.wait_for_timeout(200)
    page.mouse.up()


def letter_of(page: Page) -> str:
    """The label of a bar that is a letter, and high enough to press on."""
    return next(label for label, one in bars(page).items() if label.isalpha() and 0.04 < one.height < 0.5)


def test_a_press_released_elsewhere_drags_no_bar_later(visit: Visit) -> None:
    page, x, y, _ = press_a_top(visit)
    page.mouse.move(x + 300, y + 1)
    page.mouse.move(5, 5)
    page.mouse.up()
    for higher in (0, 30, 60):
        page.mouse.move(x, y - higher)
    wait_until_painted(page)
    assert setting(page, "bias") == ""


def test_enter_chooses_a_bar_that_was_dragged_before(visit: Visit) -> None:
    page, x, y, tall = press_a_top(visit)
    page.mouse.move(x, y - tall / 3, steps=3)
    page.mouse.up()
    assert setting(page, "bias")
    before = run_id(page)
    page.keyboard.press("Escape")
    bar(page, 1).focus()
    page.keyboard.press("Enter")
    wait_until_written(page, before)


def test_bending_a_bar_pauses_the_text(visit: Visit) -> None:
    """Its bars would be others with each character."""
    page = visit(HERE + "&length=60")
    page.evaluate("window.playground.store.state.pace = 3")
    page.locator("#generate").click()
    page.wait_for_function("() => window.playground.store.state.playing")
    bar(page, 1).click(button="right")
    expect(menu(page)).to_be_visible()
    assert not page.evaluate("window.playground.store.state.playing")


def test_a_dragged_bar_keeps_its_symbol_while_the_text_is_rewritten(visit: Visit) -> None:
    """The bars go to the place from which it is rewritten, under the hand."""
    page = visit(HERE + "&length=40&temperature=1.5")
    generate(page, 40)
    label = letter_of(page)
    drag_up(page, label)
    assert moment(page).number == 0
    assert re.fullmatch(rf"{label}:[\d.]+", setting(page, "bias"))


def test_a_bar_dragged_while_a_text_plays_keeps_its_place(visit: Visit) -> None:
    page = visit(HERE + "&length=40&temperature=1.5")
    page.evaluate("window.playground.store.state.pace = 10")
    page.locator("#generate").click()
    page.wait_for_function(
        "() => (({ playing, busy, cursor, run }) => playing && !busy && cursor > run.prompted)"
        "(window.playground.store.state)"
    )
    page.evaluate("window.playground.store.state.pace = 0.05")  # the next character is far
    label = letter_of(page)
    number = moment(page).number
    drag_up(page, label)
    assert not page.evaluate("window.playground.store.state.playing")
    assert moment(page).number == number
    assert re.fullmatch(rf"{label}:[\d.]+", setting(page, "bias"))
