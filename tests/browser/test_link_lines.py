"""Links whose texts have other line endings: the server gets the text that the boxes hold."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import generate, input_box, setting, wait_until_painted

Visit = Callable[..., Page]
ENDS = "ab%0D%0Acd%0Def"
LINES = "ab\ncd\nef"
ONE_LINE = "abcdef"  # what a box of one line keeps of it
STATE = "window.playground.store.state"
SHAPES = "/?tab=shapes&model=shakespeare-ngram&shape="


def test_typing_and_deleting_a_letter_keeps_the_prompt_of_a_link(visit: Visit, page: Page) -> None:
    visit(f"/?model=shakespeare-ngram&prompt={ENDS}&length=10&seed=5")
    assert setting(page, "prompt") == LINES
    assert input_box(page, "prompt").input_value() == LINES
    text = generate(page, 10)
    input_box(page, "prompt").press("Control+End")
    input_box(page, "prompt").press("x")
    page.wait_for_function(f"prompt => {STATE}.run.text === prompt", arg=f"{LINES}x")
    input_box(page, "prompt").press("Backspace")
    page.wait_for_function(f"prompt => {STATE}.run.text === prompt", arg=LINES)
    wait_until_painted(page)
    assert setting(page, "prompt") == LINES
    assert generate(page, 10) == text


def test_the_scored_text_is_the_one_in_its_box(server: str, page: Page) -> None:
    with page.expect_request("**/stream/score") as request:
        page.goto(f"{server}/?tab=score&models=shakespeare-ngram&text={ENDS}")
    assert json.loads(request.value.post_data or "")["text"] == LINES
    expect(page.locator("#score-text")).to_have_value(LINES)


def test_the_human_text_is_the_one_in_its_box(server: str, page: Page) -> None:
    with page.expect_request("**/stream/search") as request:
        page.goto(f"{server}/?tab=search&model=shakespeare-ngram&prompt=To+be&human={ENDS}")
    assert json.loads(request.value.post_data or "")["human"] == LINES
    expect(page.locator("#search-human")).to_have_value(LINES)
    page.wait_for_function("text => new URLSearchParams(location.search).get('human') === text", arg=LINES)


@pytest.mark.parametrize(
    ("shape", "name", "route", "field", "text"),
    [
        ("pairs", "pairs-text", "pairs", "text", LINES),
        ("names", "names-one", "first", "one", ONE_LINE),
        ("gap", "gap-prompt", "stretch", "prompt", ONE_LINE),
        ("translate", "translate-text", "translate", "text", ONE_LINE),
    ],
)
def test_the_text_of_a_shape_is_the_one_in_its_box(
    server: str, page: Page, shape: str, name: str, route: str, field: str, text: str
) -> None:
    with page.expect_request(f"**/stream/{route}") as request:
        page.goto(f"{server}{SHAPES}{shape}&{name}={ENDS}")
    assert json.loads(request.value.post_data or "")[field] == text
    expect(page.locator(f"#{name}")).to_have_value(text)
