"""Presses and drags of bars that end elsewhere, before a key, or while text plays."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.hands import height_of, run_id, set_temperature, setting, wait_until_painted, wait_until_written
from tests.browser.test_bends import HERE, bar, menu

Visit = Callable[..., Page]


def press_a_top(visit: Visit) -> tuple[Page, float, float, float]:
    """Press the mouse on the top of the second bar: the page, that place, and the height of the chart."""
    page = visit(HERE)
    set_temperature(page, 2)
    wait_until_painted(page)
    column = bar(page, 1).locator(".column").bounding_box()
    assert column
    x, y = column["x"] + column["width"] / 2, column["y"] + column["height"] * (1 - height_of(bar(page, 1))) + 1
    page.mouse.move(x, y)
    page.mouse.down()
    return page, x, y, column["height"]


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
