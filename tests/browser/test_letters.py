"""Text sizes: no label under 14 px, and 16 px for what a class reads from a projector."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.hands import generate, wait_until_painted
from tests.browser.test_layout import LINK, SIZES, open_at

Visit = Callable[..., Page]
NewPage = Callable[..., Page]

# Texts, the values of boxes, and what CSS writes itself. U+0301 in two lines of a bar (".coded") has no room for more.
SMALL = """() => [...document.querySelectorAll("body *")].flatMap((node) => {
  if (!node.checkVisibility() || node.closest(".coded, footer, script, style, .unseen, .flip.dense")) return [];
  const own = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim())
    || (node.matches("input[type=text], textarea, select") && node.value);
  return [own ? "" : null, "::before", "::after"].filter((part) => part !== null && (!part || written(node, part)))
    .map((part) => [Number.parseFloat(getComputedStyle(node, part || null).fontSize), part,
      node.outerHTML.slice(0, 120)]);
  function written(node, part) {
    const { content } = getComputedStyle(node, part);
    return /^"/.test(content) && /[^"\\s]/.test(content);
  }
}).filter(([size]) => size > 0 && size < 14)"""
# What a class reads from a projector.
LARGE = [
    "#temperature h2 code", "#temperature-value", "#temperature .mark", "#temperature button.flip",
    "#distribution .bars .label", "#distribution .grid span", "#distribution .dart", "#figures dd", "#figures .told",
    "#text .cell", "#prompt textarea", "#generate",
]  # fmt: skip
SIZES_OF = """(selectors) => selectors.map((selector) => [selector, Math.min(...[...document.querySelectorAll(selector)]
  .filter((node) => node.checkVisibility()).map((node) => Number.parseFloat(getComputedStyle(node).fontSize)))])"""
NOTE_FONTS = """() => {
  window.fonts = [];
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (...what) {
    window.fonts.push(this.font);
    return fillText.apply(this, what);
  };
}"""


@pytest.mark.parametrize("size", [SIZES["desk"], SIZES["phone"]], ids=["desk", "phone"])
def test_no_label_is_smaller_than_14_pixels(visit: Visit, new_page: NewPage, size: tuple[int, int]) -> None:
    page = open_at(size, visit, new_page, link=LINK + "&bias=e:1.5,t:-inf&length=30")
    generate(page, 30)
    badge = "getComputedStyle(document.querySelector('.bar.bent'), '::before').content"
    assert page.evaluate(badge) in ('"+1.5"', '"⊘"')
    assert page.evaluate(SMALL) == []


@pytest.mark.parametrize("size", [SIZES["desk"], SIZES["projector"]], ids=["desk", "projector"])
def test_texts_read_from_a_projector_have_16_pixels(visit: Visit, new_page: NewPage, size: tuple[int, int]) -> None:
    page = open_at(size, visit, new_page)
    assert {selector: px for selector, px in page.evaluate(SIZES_OF, LARGE) if px < 16} == {}
    page.evaluate(NOTE_FONTS)
    page.evaluate("window.playground.setTemperature(1.7)")
    wait_until_painted(page)
    sizes = [float(font.split("px")[0].split()[-1]) for font in page.evaluate("window.fonts")]
    assert sizes and min(sizes) >= 16, "the letters on the cumulative line"
