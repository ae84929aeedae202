"""In the Shapes tab outdated answers are pale until a new one comes, and drawn letters stay visible beside given
ones."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_shapes import Open, shapes  # noqa: F401 (a fixture)


@pytest.mark.parametrize(("shape", "box", "good", "bad"), [
    ("one", "#shape-one-letter", "q", "안"),
    ("review", "#shape-review-text", "Good", ""),
    ("translate", "#translate-text", "She has two cats.", "고양이"),
    ("gap", "#gap-text", "To be, or not to be, that is", "한 To be, or not to be, that is"),
])
def test_an_outdated_answer_is_pale_until_the_new_one_comes(
    shape: str, box: str, good: str, bad: str, shapes: Open  # noqa: F811
) -> None:
    page = shapes(f"&shape={shape}&letter=q&review=Good&translate-text=She+has+two+cats.&gap-at=4&gap-text={good}")
    page.wait_for_selector(f"#shape-{shape} .diagram text.of-output")
    pale = page.locator(f"#shape-{shape} .pale")
    expect(pale).to_have_count(0)
    page.locator(box).fill(bad)
    expect(page.locator(f"#shape-{shape} .problem:not(:empty)")).to_be_visible()
    expect(page.locator(f"#shape-{shape} .flowing")).to_have_class(re.compile(r"\bpale\b"))
    expect(page.locator(f"#shape-{shape} .bars-of, #shape-{shape} :is(.sides, .both)").first).to_be_visible()
    assert pale.count() > 1
    page.locator(box).fill(good)
    expect(pale).to_have_count(0)


def test_given_letters_do_not_hide_drawn_ones(shapes: Open) -> None:  # noqa: F811
    page = shapes("&shape=names&names-one=" + "x" * 40)
    given = page.locator('#shape-names .name[data-column="0"]')
    expect(given.first).to_be_visible()
    hidden = given.evaluate_all("""(all) => all.filter((cell) => {
      const [own, drawn] = [cell, cell.querySelector("b")].map((node) => node.getBoundingClientRect());
      return drawn.right > own.right || cell.querySelector("b").scrollWidth > Math.ceil(drawn.width);
    }).map((cell) => cell.textContent)""")
    assert hidden == []
    assert given.locator(".given").first.evaluate("(node) => node.scrollWidth > node.clientWidth")
