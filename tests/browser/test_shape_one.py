"""One to one, in the Shapes tab: its bars and sums equal the model's, and its map can be clicked."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from playground import library
from playground.server import api
from tests.browser.hands import WORDS, Requests

MODEL = "shakespeare-bigram"
HERE = "/?tab=shapes&shape=one&model=shakespeare-ngram"
LETTER, SUM = "#shape-one-letter", "#shape-one .sum-of"

Open = Callable[..., Page]


@pytest.fixture
def one(server: str, page: Page) -> Open:
    """one(query) opens the section, and returns the page once its letters are on the map."""

    def go(query: str = "") -> Page:
        page.goto(server + HERE + query)
        page.wait_for_selector("#shape-one .letters-plot button")
        return page

    return go


def values(page: Page, name: str) -> list[float]:
    texts = page.locator(f"#shape-one .numbers.{name} span").all_text_contents()
    return [float(text.replace("−", "-")) for text in texts]


def test_the_section_opens_with_a_letter_and_what_follows_it(one: Open) -> None:
    page = one()
    expect(page.locator("#shape-one .diagram text.of-input")).to_have_text(["q"])
    expect(page.locator("#shape-one .diagram text.of-output")).to_have_text(["u"])
    expect(page.locator("#shape-one .hot i")).to_have_count(65)
    expect(page.locator("#shape-one .hot i.one")).to_have_text(["1"])
    expect(page.locator("#shape-one .letters-plot button")).to_have_count(65)
    told = api.distribution(MODEL, "q")
    expect(page.locator(SUM)).to_contain_text(f"{100 * max(told['probabilities']):.1f} %")


def test_the_numbers_equal_the_models_and_sum_to_the_logit(one: Open) -> None:
    page = one("&letter=t")
    checkpoint = library.load(MODEL)
    read, likeliest = (checkpoint.vocabulary.encode(letter).ids[0] for letter in "th")
    model = checkpoint.model
    embedding = model.embedding.weight[read].detach().numpy()
    context = model.output.weight[likeliest].detach().numpy()
    for name, row in (("row", embedding), ("column", context), ("products", embedding * context)):
        np.testing.assert_allclose(values(page, name), row, atol=0.051)
    expect(page.locator(SUM)).to_contain_text(f"{embedding @ context:.2f}")
    page.locator("#shape-one .bar-chart .bar", has_text="o").first.click()
    other = model.output.weight[checkpoint.vocabulary.encode("o").ids[0]].detach().numpy()
    expect(page.locator(SUM)).to_contain_text(f"{embedding @ other:.2f}".replace("-", "−"))


def test_the_map_is_one_tab_stop(one: Open) -> None:
    page = one("&letter=t")
    stops = page.locator('#shape-one .letters-plot button[tabindex="0"]')
    expect(stops).to_have_text(["t"])
    stops.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#shape-one .letters-plot button:focus")).to_have_text("u")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator('#shape-one .letters-plot button[aria-pressed="true"]')).to_have_text(["s"])
    expect(stops).to_have_text(["s"])


def test_a_typed_or_clicked_letter_goes_into_the_address(one: Open) -> None:
    page = one()
    requests = Requests(page)
    page.locator(LETTER).press_sequentially("z")
    expect(page.locator("#shape-one .diagram text.of-input")).to_have_text(["z"])
    page.wait_for_url(re.compile("letter=z"))
    page.locator('#shape-one .letters-plot button:text-is("A")').click()
    expect(page.locator(LETTER)).to_have_value("A")
    expect(page.locator('#shape-one .letters-plot button[aria-pressed="true"]')).to_have_text(["A"])
    page.wait_for_url(re.compile("letter=A"))
    assert not [sent for sent in requests if "/stream/" in sent]  # the whole section is here
    page.locator(LETTER).fill("é")
    unknown = page.locator("#shape-one [role=alert]", has_text="é")
    expect(unknown).to_have_text(WORDS["shape_one_unknown"].format(letter="é"))


def test_the_section_uses_the_pages_temperature(one: Open) -> None:
    page = one("&letter=t&temperature=0.5")
    told = api.distribution(MODEL, "t", 0.5)
    note = page.locator("#shape-one .diagram text.note")
    expect(note).to_have_text(f"{100 * max(told['probabilities']):.0f} %")
    page.locator("#shapes-temperature").focus()
    page.keyboard.press("Home")
    expect(note).to_have_text("100 %")


@pytest.mark.parametrize(("width", "beside"), [(1440, True), (390, False)])
def test_the_small_diagram_is_beside_the_rest_if_there_is_room(width: int, beside: bool, one: Open) -> None:
    page = one()
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_selector("#shape-one .diagram text.of-output")
    diagram, letter, bars = (
        page.locator(part).bounding_box() for part in ("#shape-one .diagram", LETTER, "#shape-one .bar-chart")
    )
    assert diagram and letter and bars
    foot = diagram["y"] + diagram["height"]
    assert (letter["y"] < foot) == (bars["y"] < foot) == beside
    assert (letter["x"] > diagram["x"] + diagram["width"]) or not beside
