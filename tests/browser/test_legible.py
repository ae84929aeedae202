"""Texts on the Play tab are legible: names of boxes and cards, axis figures, letters on the line."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from playground.words import LANGUAGES, catalogue
from tests.browser.hands import WORDS, generate, set_temperature

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
LINK = "/?model=shakespeare-ngram&prompt=To+be&length=30&seed=3"
PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_of_the_settings_has_a_name_and_cuts_none_of_its_labels(
    visit: Visit, new_page: NewPage, language: str
) -> None:
    page = visit(f"{LINK}&lang={language}", new_page())
    said = catalogue(language)
    fold = page.get_by_title(said["knobs"], exact=True)
    for width in (1440, 1024, 820, 390):
        page.set_viewport_size({"width": width, "height": 900})
        expect(fold.get_by_text(said["knobs_name"], exact=True)).to_be_visible()
        cut = """() => [...document.querySelectorAll("#knobs label")]
          .filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.textContent)"""
        assert page.evaluate(cut) == [], width


def test_the_rewriting_switch_is_in_the_row_of_text_options(visit: Visit, new_page: NewPage) -> None:
    page = visit(LINK, new_page())
    generate(page, 30)
    switch, pace = page.locator("#text .rewriting"), page.locator("#text .pace")
    for width in (1440, 1024, 820, 390):
        page.set_viewport_size({"width": width, "height": 900})
        one, other = switch.bounding_box(), pace.bounding_box()
        assert one is not None and other is not None
        if width == 390:  # in its own row, between the speed and the colour
            assert one["x"] == other["x"] and 0 <= one["y"] - other["y"] - other["height"] < 16
            continue
        assert abs(one["y"] + one["height"] / 2 - other["y"] - other["height"] / 2) < 3, width
        assert 0 < one["x"] - other["x"] - other["width"] < 40, width


def test_a_models_name_fits_on_a_phone(visit: Visit, new_page: NewPage) -> None:
    page = visit(LINK, new_page(viewport=PHONE, has_touch=True))
    box = page.locator("#model input")
    for name in ("shakespeare-gru", "shakespeare-convnet", "korean-lstm"):
        box.fill(name)
        page.keyboard.press("Enter")
        page.wait_for_function("name => window.playground.store.state.run.model === name", arg=name)
        box.blur()
        assert box.evaluate("node => node.scrollWidth <= node.clientWidth"), name
    box.click()
    listed = page.locator("#model .options")
    expect(listed).to_be_visible()
    around = """(node) => {
      const { left, right } = node.getBoundingClientRect();
      return [left, right].map(Math.round);
    }"""
    assert listed.evaluate(around) == page.locator("#prompt").evaluate(around)
    assert page.locator("#model .options li").first.evaluate(around)[1] >= 340


def test_grid_lines_of_the_bars_have_figures_on_a_phone(visit: Visit, new_page: NewPage) -> None:
    page = visit(LINK, new_page(viewport=PHONE, has_touch=True))
    figures = page.locator("#distribution .grid span").evaluate_all("""(nodes) => nodes.map((node) => {
      const words = document.createRange();
      words.selectNodeContents(node);
      const { left, right, top, bottom } = words.getBoundingClientRect();
      const plot = node.parentElement.getBoundingClientRect();
      const size = parseFloat(getComputedStyle(node).fontSize);
      const within = left >= plot.left && right <= plot.right && top >= plot.top - 1 && bottom <= plot.bottom + 2;
      return size && [node.textContent, size, within];
    }).filter(Boolean)""")
    assert figures == [["100 %", 14, True], ["50", 14, True], ["0", 14, True]]


# The letters painted on the line: the middle of each, and the width of its segment.
LETTERS = """() => {
  const line = document.querySelector("#distribution .line canvas");
  const { drawImage } = CanvasRenderingContext2D.prototype;
  const found = [];
  CanvasRenderingContext2D.prototype.drawImage = function (image, x, y, wide, high) {
    if (this.canvas === line) found.push([x + wide / 2, wide]);
    return drawImage.call(this, image, x, y, wide, high);
  };
  window.playground.setTemperature(1.5);
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
    CanvasRenderingContext2D.prototype.drawImage = drawImage;
    done(found);
  }))));
}"""


@pytest.mark.parametrize("width", [390, 600])
def test_letters_on_the_line_do_not_overlap(visit: Visit, new_page: NewPage, width: int) -> None:
    page = visit("/?model=shakespeare-rnn&prompt=", new_page(viewport={"width": width, "height": 800}))
    set_temperature(page, 1.4)
    letters = page.evaluate(LETTERS)
    assert len(letters) > 3
    for (left, wide), (right, _) in pairwise(letters):
        assert right - left > wide - 3, letters


def test_the_chart_of_surprise_has_units_and_bars_of_normal_width(visit: Visit) -> None:
    page = visit(LINK)
    page.get_by_text(WORDS["chart"]).click()
    chart = page.locator(".line-chart svg[role=slider]")
    for steps in (1, 2, 3):
        page.locator("#step").click()
        page.wait_for_function("n => window.playground.store.state.run.steps.length === 5 + n", arg=steps)
        expect(chart.locator(".surprise")).to_have_attribute("d", re.compile(rf"^(M[^M]+){{{steps}}}$"))
        wide = chart.locator(".surprise").evaluate("(path) => path.getBBox().width")
        assert wide <= 20 * steps, "a slab over the whole chart"
    assert {WORDS["score_axis_bits"], WORDS["units_character"]} <= set(chart.locator(".axes text").all_text_contents())
    # The entropy curve hides no bars: only its pale edges are drawn.
    assert "V" not in str(chart.locator(".entropy:not(.risers)").get_attribute("d"))


def test_the_chart_of_surprise_counts_jamo(visit: Visit, new_page: NewPage) -> None:
    page = visit("/?model=korean-lstm&prompt=%EA%B7%B8%EB%8A%94&length=30&lang=ko", new_page())
    said = catalogue("ko")
    page.get_by_text(said["chart"]).click()
    page.locator("#step").click()
    expect(page.locator(".line-chart svg[role=slider] .axes")).to_contain_text(said["units_jamo"])
