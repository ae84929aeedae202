"""The Temperatures tab with a model of tokens: its columns come without rows, and it has no word list."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from playground import library
from playground.inference.generate import generate
from playground.inference.prefill import prefill
from playground.sampling import Sampling
from tests import small_gpt2
from tests.browser.hands import WORDS, Requests
from tests.conftest import app_with_cache

COMMIT = "6" * 40
NAME = f"someone/small@{COMMIT}"
PROMPT = "the rest is"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, library.Checkpoint]]:
    home = tmp_path_factory.mktemp("hub")
    folder = home / "hub" / "models--someone--small" / "snapshots" / COMMIT
    small_gpt2.write(folder)
    with app_with_cache(home) as address:
        yield address, library.load(folder)


def test_pointing_at_a_token_column_explains_it(app: tuple[str, library.Checkpoint], page: Page) -> None:
    address, checkpoint = app
    page.goto(f"{address}/?tab=temperatures&model={NAME}&prompt={PROMPT}&length=12&seed=3&temperatures=0.5,1")
    page.wait_for_function("() => document.querySelectorAll('.column-figures dd').length === 8")
    assert page.locator(".temperatures .heatmap .rows span").count() == 30
    for figures in page.locator(".column-figures").all():
        assert figures.locator("dd").nth(2).inner_text() == "–"
        assert float(figures.locator("dd").nth(3).inner_text()) > 0
    expect(page.locator(".temperatures").get_by_text(WORDS["temperatures_no_list"])).to_be_visible()
    # More than a hundred equally likely tokens: the columns part at once, and the rows are requested.
    requests = Requests(page)
    page.locator(".column-text").nth(1).locator(".cell").nth(4).hover()
    page.wait_for_function("() => [...document.querySelectorAll('.why .side')].every((side) => !side.hidden)")
    assert [sent for sent in requests if sent.endswith("/stream/write")]
    assert [page.locator(".column-text").nth(n).locator(".cell").count() for n in (0, 1)] == [12, 12]
    # The highest bar is the most likely token after this column's own text, and its text is the run's.
    reading = prefill(checkpoint, checkpoint.vocabulary.encode(PROMPT).ids)
    steps = list(islice(generate(checkpoint, reading, Sampling(temperature=1.0), seed=3), 5))
    symbols = checkpoint.vocabulary.symbols
    written = page.locator(".column-text").nth(1).locator(".cell").all_text_contents()[:5]
    assert [token_of(text) for text in written] == [symbols[step.id] for step in steps]
    label = page.locator(".why .side").nth(1).locator(".bar .label").first.inner_text()
    assert token_of(label) == symbols[int(np.argmax(steps[4].logits))]


def test_models_says_that_a_row_of_tokens_is_one_tokenization(app: tuple[str, library.Checkpoint], page: Page) -> None:
    """By characters it is the exact next character, which needs no remark."""
    address, _ = app
    page.goto(f"{address}/?tab=models&model={NAME}&prompt={PROMPT}&length=1&compare={NAME},shakespeare-ngram")
    expect(page.locator(".models .of-tokens")).to_contain_text("one way to cut the prompt")
    characters = f"{NAME}{library.SUFFIX}"
    page.goto(f"{address}/?tab=models&model={characters}&prompt=t&length=1&compare={characters},shakespeare-ngram")
    expect(page.locator(".models .compared .said").first).to_contain_text("%")
    expect(page.locator(".models .of-tokens")).to_be_hidden()


def test_models_says_why_a_yardstick_is_missing(app: tuple[str, library.Checkpoint], page: Page) -> None:
    """This model came without counts, and nobody counted its text; beside another model the yardsticks are that
    one's."""
    address, _ = app
    page.goto(f"{address}/?tab=models&model={NAME}&prompt=t&length=1&compare={NAME}")
    rows = page.locator(".models .compared tbody .yardstick")
    expect(rows.nth(0).locator(".bars-of")).to_have_text(WORDS["models_no_count"])
    expect(rows.nth(1).locator(".bars-of")).to_have_text(WORDS["models_no_letters"])
    expect(rows.nth(1).locator(".nats b")).to_have_text("–")
    expect(rows.nth(2).locator(".said")).to_contain_text("V = ")
    expect(page.locator(".models .of-texts")).to_be_hidden()
    page.goto(f"{address}/?tab=models&model={NAME}&prompt=t&length=1&compare={NAME},shakespeare-rnn")
    said = WORDS["models_yardsticks_of"].format(title=WORDS["title_shakespeare-rnn"])
    expect(page.locator(".models .of-texts")).to_have_text(said)


def token_of(text: str) -> str:
    """The token with that visible text."""
    return text.replace("␣", " ").replace("↵\n", "\n").replace("↵", "\n")
