"""Every value that a link and the API allow survives the input boxes: focused, left, stepped and typed."""

from collections.abc import Callable
from itertools import zip_longest
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from playground.server.settings import RANGES, link_name
from tests.browser.hands import (
    WORDS,
    expect_notice,
    input_box,
    setting,
    shown_temperature,
    type_into,
    wait_until_painted,
)

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
ALLOWED = {
    "top-k": ["500", "50257", "1000000", "0"],
    "top-p": ["0.123456", "0.005", "1e-07", "1", "0"],
    "min-p": ["0.001", "0.0000001", "0.999999", "0"],
    "length": ["1", "1999", "2000"],
    "seed": ["0", "9007199254740991", "123456789012345"],
    "temperature": ["0.123456789012345", "1e-05", "123456.789", "inf", "0"],
}
# Each value is in one of these links.
LINKS = [
    {name: value for name, value in zip(ALLOWED, row, strict=True) if value}
    for row in zip_longest(*ALLOWED.values())
]
TOLD = """([name, value]) =>
  Number(new URL(location.href).searchParams.get(name).replace("inf", "Infinity")) === value"""
HERE = "/?model=shakespeare-ngram&prompt=To+be"


def numeric_setting(page: Page, name: str) -> float:
    return float(setting(page, name.replace("-", "_")))


def visit_box(page: Page, control: str) -> None:
    """Click into a box, move through its value with the arrow keys, and leave it."""
    place = input_box(page, control) if control != "temperature" else page.locator("#temperature-value")
    place.click()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    wait_until_painted(page)


@pytest.mark.parametrize("values", LINKS, ids=str)
def test_the_values_of_a_link_survive_a_click_into_their_boxes(visit: Visit, values: dict[str, str]) -> None:
    page = visit("/?" + urlencode({"model": "shakespeare-ngram", "prompt": "To be", **values}))
    for name, value in values.items():
        assert numeric_setting(page, name) == float(value), name
        visit_box(page, name)
        assert numeric_setting(page, name) == float(value), name
    page.evaluate("window.playground.store.writeAddress()")
    for name, value in values.items():
        page.wait_for_function(TOLD, arg=[name, float(value)])
    expect(page.locator("#notice p")).to_have_count(0)


def test_every_value_can_be_typed(visit: Visit) -> None:
    page = visit(HERE)
    boxes = [name for name in ALLOWED if name != "temperature"]
    for name, value in ((one, value) for one in boxes for value in ALLOWED[one]):
        input_box(page, name).click()
        page.keyboard.press("Control+a")
        page.keyboard.type(value)
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert numeric_setting(page, name) == float(value), name
        assert float(input_box(page, name).input_value()) == float(value), name
        expect(page.locator("#notice p")).to_have_count(0)


def test_500_survives_a_click_and_a_step_beyond_the_slider(visit: Visit) -> None:
    page = visit("/?model=shakespeare-ngram&prompt=To+be&top-k=500")
    expect(input_box(page, "top-k")).to_have_value("500")
    input_box(page, "top-k").click()
    page.keyboard.press("ArrowUp")
    assert setting(page, "top_k") == 501
    page.keyboard.press("Shift+ArrowDown")
    assert setting(page, "top_k") == 491
    expect(input_box(page, "top-k")).to_have_value("491")
    slider = page.locator("#top-k input[type=range]")
    slider.focus()
    assert setting(page, "top_k") == 491
    assert slider.input_value() == "100"
    around = slider.bounding_box()
    assert around is not None
    page.mouse.click(around["x"] + around["width"] * 0.2, around["y"] + around["height"] / 2)
    assert setting(page, "top_k") == pytest.approx(20, abs=3)
    expect(input_box(page, "top-k")).to_have_value(str(setting(page, "top_k")))


STEPS: list[tuple[str, str, list[str], float]] = [
    ("top-p", "0.123456", ["ArrowUp"], 0.133456),
    ("top-p", "0.1", ["ArrowUp", "ArrowUp"], 0.12),
    ("top-p", "0.995", ["ArrowUp"], 1),
    ("min-p", "0.001", ["ArrowDown"], 0),
    ("min-p", "0.001", ["Shift+ArrowUp"], 0.101),
    ("top-k", "0", ["ArrowDown"], 0),
    ("top-k", "1000000", ["ArrowUp"], 1_000_000),
    ("length", "2000", ["ArrowUp", "ArrowDown"], 1_999),
    ("seed", "9007199254740991", ["ArrowDown"], 9_007_199_254_740_990),
    ("seed", "9007199254740991", ["ArrowUp"], 9_007_199_254_740_991),
]


def test_arrow_keys_step_within_the_range(visit: Visit) -> None:
    page = visit(HERE)
    for name, value, keys, expected in STEPS:
        type_into(page, name, value)
        input_box(page, name).click()
        for key in keys:
            page.keyboard.press(key)
        assert numeric_setting(page, name) == expected, name
        assert float(input_box(page, name).input_value()) == expected, name


def test_a_fraction_can_be_typed_in_several_forms(visit: Visit) -> None:
    page = visit(HERE)
    for typed, number in (("0,25", "0.25"), (" .5 ", "0.5"), ("5e-1", "0.5"), ("1.0", "1")):
        type_into(page, "top-p", typed)
        assert setting(page, "top_p") == float(number)
        expect(input_box(page, "top-p")).to_have_value(number)


def test_an_invalid_value_stays_in_its_box_with_a_message(visit: Visit) -> None:
    page = visit(HERE)
    for name in ("top_k", "top_p", "min_p", "length", "seed"):
        control, before = link_name(name), setting(page, name)
        for wrong in ("-1", "many", "1e300", "9007199254740993"):
            type_into(page, control, wrong)
            expect_notice(page, f"{WORDS[f'name_{name}']} must be {RANGES[name].requirement}, but was")
            assert setting(page, name) == before
            expect(input_box(page, control)).to_have_value(wrong)
            expect(input_box(page, control)).to_have_attribute("aria-invalid", "true")
        for unfinished in ("", "-", "."):
            type_into(page, control, unfinished)
            expect(page.locator("#notice p")).to_have_count(0)
        type_into(page, control, str(before))
        expect(input_box(page, control)).to_have_attribute("aria-invalid", "false")


def test_a_temperature_shown_rounded_stays_exact(visit: Visit) -> None:
    page = visit("/?model=shakespeare-ngram&prompt=To+be&temperature=1.23456")
    typed = page.locator("#temperature-value")
    expect(typed).to_have_value("1.23")
    visit_box(page, "temperature")
    assert shown_temperature(page) == 1.23456
    typed.fill("0.005")
    typed.blur()
    assert shown_temperature(page) == 0.005
    expect(typed).to_have_value("0.005")


def test_the_boxes_are_large_enough_that_a_phone_does_not_zoom(visit: Visit, new_page: NewPage) -> None:
    """Safari zooms into a box whose letters are smaller than 16 pixels."""
    phone = visit("/?model=shakespeare-ngram", new_page(viewport={"width": 390, "height": 844}, has_touch=True))
    sizes = phone.evaluate(
        "[...document.querySelectorAll('input[type=text], input:not([type]), textarea')]"
        ".map((box) => parseFloat(getComputedStyle(box).fontSize))"
    )
    assert len(sizes) >= 8
    assert min(sizes) >= 16
