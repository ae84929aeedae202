"""Characters missing from a model's alphabet: the page says what is read instead, in both languages."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_language import WORDS


@pytest.mark.parametrize(("asked", "letters"), [
    ({"tab": "score", "models": "shakespeare-gru", "text": "안녕 hello"}, "안녕"),
    ({"tab": "shapes", "shape": "step", "model": "shakespeare-gru", "step-text": "안녕 ROMEO"}, "안녕"),
    ({"tab": "shapes", "shape": "review", "review-model": "sentiment-en", "review": "Good 안녕"}, "안녕"),
])
def test_the_replacement_of_unknown_characters_is_shown(
    asked: dict[str, str], letters: str, server: str, page: Page
) -> None:
    page.goto(f"{server}/?{urlencode(asked)}")
    for language in ("en", "ko"):
        page.evaluate(f"window.playground.language.choose('{language}')")
        words = WORDS[language]
        stands = "; ".join(words["stands_for"].format(character=letter, replacement="␣") for letter in letters)
        said = words["unknown"].format(characters=" ".join(letters), stands=stands)
        expect(page.locator(".read-as:not(:empty)")).to_have_text(said)
