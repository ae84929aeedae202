"""Figures of the tabs on a phone or a low projector: letters do not collide, and tables hide no numbers."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

PHONE = (390, 844)
PROJECTOR, WIDE = (1024, 768), (1440, 900)
Box = dict[str, float]


@pytest.fixture
def open_tab(server: str, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """open_tab(path, width, height) opens a tab in a page of that size."""

    def go(path: str, width: int, height: int) -> Page:
        page = new_page(viewport={"width": width, "height": height})
        page.goto(server + path)
        return page

    return go


def boxes(page: Page, selector: str) -> list[Box]:
    """The boxes of the visible elements of a selector."""
    found = [one.bounding_box() for one in page.locator(selector).all() if one.is_visible()]
    return [box for box in found if box]  # type: ignore[misc]


@pytest.mark.parametrize("size", [PHONE, WIDE])
def test_letters_under_verdicts_do_not_touch(open_tab: Callable[..., Page], size: tuple[int, int]) -> None:
    page = open_tab("/?tab=shapes&shape=review&review-text=The+food+was+wonderful,+but", *size)
    letters = page.locator(".shape-review .curves .ticks").first.locator("span")
    expect(letters).not_to_have_count(0)
    here = sorted(boxes(page, ".shape-review .curves >> nth=0 >> .ticks span"), key=lambda box: box["x"])
    assert len(here) > 3
    shown = [box for box in here if box["width"]]
    assert all(left["x"] + left["width"] <= right["x"] + 1 for left, right in pairwise(shown))


@pytest.mark.parametrize("size", [PHONE, PROJECTOR, WIDE])
def test_every_row_of_the_heat_map_has_its_letter(open_tab: Callable[..., Page], size: tuple[int, int]) -> None:
    page = open_tab("/?tab=temperatures", *size)
    expect(page.locator(".temperatures .heatmap .rows span")).to_have_count(30)
    here = boxes(page, ".temperatures .heatmap .rows span")
    assert len(here) == 30
    edge = page.locator(".temperatures").bounding_box()
    assert edge
    assert min(box["x"] for box in here) >= edge["x"]


def test_the_translators_figures_are_visible_on_a_phone(open_tab: Callable[..., Page]) -> None:
    page = open_tab("/?tab=shapes&shape=translate", *PHONE)
    expect(page.locator(".shape-translate .others tbody tr")).to_have_count(4)
    figures = page.locator(".shape-translate .others .number[data-of]")
    expect(figures).to_have_count(16)
    assert {one.get_attribute("data-of") for one in figures.all()} == {"ln P", "nats per letter", "chrF", "parameters"}
    assert all(0 <= box["x"] and box["x"] + box["width"] <= 390 for box in boxes(page, ".others .number[data-of]"))


def test_model_names_stay_visible_beside_their_costs(open_tab: Callable[..., Page]) -> None:
    page = open_tab("/?tab=shapes&shape=costs", *PHONE)
    scroller = page.locator(".shape-costs .table-box")
    name = scroller.locator("tbody th").first
    expect(name).to_be_visible()
    before = name.bounding_box()
    scroller.evaluate("(node) => { node.scrollLeft = 200; }")
    after = name.bounding_box()
    assert before
    assert after
    assert after["x"] == pytest.approx(before["x"], abs=1)
    assert after["width"] < 160


@pytest.mark.parametrize("size", [PHONE, (375, 667)])
@pytest.mark.parametrize("scrolled", [0, 99_999])
def test_on_a_phone_a_new_text_is_visible_wherever_the_page_was_scrolled(
    visit: Callable[..., Page], new_page: Callable[..., Page], size: tuple[int, int], scrolled: int
) -> None:
    phone = new_page(viewport={"width": size[0], "height": size[1]}, has_touch=True, reduced_motion="reduce")
    visit("/?model=shakespeare-ngram&prompt=To+be&length=20&seed=5", on=phone)
    phone.evaluate("(y) => scrollTo(0, y)", scrolled)
    if scrolled:
        expect(phone.locator(".strip")).to_be_visible()
    phone.locator("#generate").tap()
    expect(phone.locator("#text .cell")).to_have_count(len("To be") + 20)
    top, bottom = phone.locator("#text .cell").last.evaluate("""(cell) => {
      const { top, bottom } = cell.getBoundingClientRect();
      const strip = document.querySelector(".strip:not([hidden])")?.getBoundingClientRect().bottom ?? 0;
      return [top - strip, document.querySelector("#generate").getBoundingClientRect().top - bottom];
    }""")
    assert top >= 0
    assert bottom >= 0
