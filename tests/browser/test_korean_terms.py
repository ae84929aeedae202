"""The page uses the terms of Korean textbooks."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
TERMS = ["온도", "탐욕적", "확률 분포", "엔트로피", "상위 k개"]
# All texts, whether shown, behind a "?", or for screen readers.
SAID = """() => [document.querySelector(".gradio-container").innerText,
  ...[...document.querySelectorAll(".hint-box")].map((box) => box.textContent),
  ...[...document.querySelectorAll("[aria-label]")].map((node) => node.getAttribute("aria-label"))].join("\\n")"""


@pytest.mark.parametrize("width", [1440, 390])
def test_the_terms_of_korean_textbooks_are_on_the_page(visit: Visit, new_page: NewPage, width: int) -> None:
    page = visit("/?model=korean-lstm&lang=ko", new_page(viewport={"width": width, "height": 900}))
    said = page.evaluate(SAID)
    assert [term for term in TERMS if term not in said] == []
    assert "상위 k개 (0 = 끔)" in page.locator("#knobs").inner_text()
