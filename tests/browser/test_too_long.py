"""A text longer than a section reads is not cut silently: it stays in its box with a message."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import WORDS

# Of each box: its address, the part of the page that has it, and how many characters are read.
BOXES = {
    "shape-step-text": ("shape=step", "#shape-step", 200),
    "names-one": ("shape=names", "#shape-names", 40),
    "shape-review-text": ("shape=review&review-model=sentiment-en", "#shape-review", 352),
    "gap-text": ("shape=gap", "#shape-gap", 200),
    "gap-prompt": ("shape=gap", "#shape-gap .gap-writing", 48),
    "pairs-text": ("shape=pairs", "#shape-pairs", 2_000),
}


@pytest.mark.parametrize("box", BOXES)
def test_a_text_that_is_too_long_stays_with_a_message(box: str, shared_page: Page, server: str) -> None:
    query, section, most = BOXES[box]
    page = shared_page
    page.goto(f"{server}/?tab=shapes&{query}")
    typed = page.locator(f"#{box}")
    problem = page.locator(f"{section} .problem").first
    typed.wait_for(state="attached")
    typed.evaluate("(box) => { if (box.closest('details')) box.closest('details').open = true; }")
    for text in ("a" * (most + 1), "a" * 2 * most):
        typed.fill(text)
        expect(problem).to_contain_text(f"{len(text):,}")
        expect(problem).to_contain_text(f"at most {most:,}")
        expect(problem.get_by_role("button")).to_have_count(0)
        expect(typed).to_have_value(text)
    typed.fill("a" * min(most, 48))
    expect(problem).to_be_empty()


def test_a_human_text_that_is_too_long_gets_a_message(shared_page: Page, server: str) -> None:
    page = shared_page
    page.goto(f"{server}/?tab=search&beam=2&beam-length=4")
    page.get_by_text(WORDS["search_human"], exact=True).click()
    page.locator("#search-human").fill("a" * 1_001)
    problem = page.locator(".search .problem").filter(has_text="1,001")
    expect(problem).to_contain_text("at most 1,000")
    page.locator("#search-human").fill("To be")
    expect(problem).to_have_count(0)


def test_the_korean_message_names_what_is_too_long(shared_page: Page, server: str) -> None:
    page = shared_page
    page.goto(f"{server}/?tab=shapes&shape=names&lang=ko")
    page.locator("#names-one").fill("a" * 41)
    said = "첫 글자들이 41자입니다. 최대 40자까지 읽습니다. 줄여 주세요."
    expect(page.locator("#shape-names .problem")).to_have_text(said)
