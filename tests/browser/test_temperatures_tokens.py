"""The Temperatures tab with a model of tokens: no row comes with its columns, and it brings no list of words."""

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


def test_columns_of_tokens_are_explained_where_they_are_pointed_at(
    app: tuple[str, library.Checkpoint], page: Page
) -> None:
    address, checkpoint = app
    page.goto(f"{address}/?tab=temperatures&model={NAME}&prompt={PROMPT}&length=12&seed=3&temperatures=0.5,1")
    page.wait_for_function("() => document.querySelectorAll('.column-figures dd').length === 8")
    assert page.locator(".temperatures .heatmap .rows span").count() == 30
    for figures in page.locator(".column-figures").all():
        assert figures.locator("dd").nth(2).inner_text() == "–"
        assert float(figures.locator("dd").nth(3).inner_text()) > 0
    expect(page.locator(".temperatures").get_by_text(WORDS["temperatures_no_list"])).to_be_visible()
    # A hundred and more tokens like each other are drawn from: the columns part at once, and the rows are asked for.
    requests = Requests(page)
    page.locator(".column-text").nth(1).locator(".cell").nth(4).hover()
    page.wait_for_function("() => [...document.querySelectorAll('.why .side')].every((side) => !side.hidden)")
    assert [sent for sent in requests if sent.endswith("/stream/write")]
    assert [page.locator(".column-text").nth(n).locator(".cell").count() for n in (0, 1)] == [12, 12]
    # The highest bar is the likeliest token after this column's own text, and its text is the run's.
    reading = prefill(checkpoint, checkpoint.vocabulary.encode(PROMPT).ids)
    steps = list(islice(generate(checkpoint, reading, Sampling(temperature=1.0), seed=3), 5))
    symbols = checkpoint.vocabulary.symbols
    written = page.locator(".column-text").nth(1).locator(".cell").all_text_contents()[:5]
    assert [seen(text) for text in written] == [symbols[step.id] for step in steps]
    label = page.locator(".why .side").nth(1).locator(".bar .label").first.inner_text()
    assert seen(label) == symbols[int(np.argmax(steps[4].logits))]


def seen(text: str) -> str:
    """The token that is drawn so."""
    return text.replace("␣", " ").replace("↵\n", "\n").replace("↵", "\n")
