"""The yardsticks under the models of the Models tab: the message of each if the text's n-gram is not bundled."""

import pytest
from playwright.sync_api import Page, expect

from playground import library
from playground.checkpoints.card import Card
from playground.server import comparing
from playground.words import catalogue
from tests.browser.hands import WORDS
from tests.browser.test_models import HERE

COUNT, LETTERS, UNIFORM = range(3)  # the rows, if all three are shown


@pytest.mark.parametrize("name", ["korean-lstm", "lua-lstm", "names-gru", "nietzsche-lstm", "shakespeare-gru-geron"])
def test_a_missing_n_gram_says_what_it_would_show(name: str, server: str, page: Page) -> None:
    card: Card = library.card(name)
    assert card.best_count
    assert card.validation
    page.goto(f"{server}{HERE}&compare={name}&lang=en")
    rows = page.locator(".models .compared tbody .yardstick")
    unit = "jamo" if name == "korean-lstm" else "character"
    said = (
        f"{card.best_count.nats:.2f} nats per {unit} of unseen text, order {card.best_count.order} "
        f"({WORDS[f'title_{name}']}: {card.validation.nats:.2f}); its counts are not bundled."
    )
    expect(rows.nth(COUNT).locator(".bars-of")).to_have_text(said)
    expect(rows.nth(COUNT).locator(".bars-of .smallbars")).to_be_hidden()
    expect(rows.nth(COUNT).locator(".nats b")).to_have_text("–")
    expect(rows.nth(LETTERS).locator(".smallbars")).to_be_visible()
    letters = comparing.letters_of(library.load(name))
    assert letters is not None
    expect(rows.nth(UNIFORM).locator(".said span").first).to_have_text(f"V = {len(letters)}")
    nats = float(rows.nth(LETTERS).locator(".nats b").inner_text())
    ids = library.load(name).vocabulary.encode("To be or not to b").ids
    assert nats == pytest.approx(comparing._letters_nats(letters, ids), abs=0.06)


def test_the_yardsticks_name_their_text_if_texts_differ(server: str, page: Page) -> None:
    korean = catalogue("ko")
    page.goto(f"{server}{HERE}&compare=lua-lstm,korean-lstm&lang=ko")
    whose = page.locator(".models .of-texts")
    expect(whose).to_have_text(korean["models_yardsticks_of"].format(title=korean["title_lua-lstm"]))
    page.goto(f"{server}{HERE}&compare=shakespeare-rnn,shakespeare-lstm&lang=ko")
    rows = page.locator(".models .compared tbody .yardstick")
    expect(rows).to_have_count(3)
    expect(rows.nth(COUNT).locator(".nats b")).not_to_have_text("–")
    expect(rows.nth(COUNT).locator(".bars-of")).to_have_text("")
    expect(whose).to_be_hidden()
