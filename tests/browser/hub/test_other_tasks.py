"""Models of the Hub that continue no text: they open where they can be asked, on the Shapes tab."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import Page, expect

from playground.hub.listing import CARD, NEEDED
from tests.browser.hub.hands import FIRST, NewPage, Place, bring, give, model_box, opened, wait_for_stage
from tests.hub.server import HubServer
from tests.hub.test_other_tasks import added
from tests.pages import WAIT_MILLISECONDS

Files = Callable[[str], dict[str, bytes]]


@pytest.fixture
def files_of(tmp_path: Path) -> Files:
    """files_of(kind) is what a repository of a small model of that kind holds."""

    def make(kind: str) -> dict[str, bytes]:
        with HubServer() as nobodys:
            added(nobodys, kind, tmp_path)
        return {name: (tmp_path / name).read_bytes() for name in (*NEEDED, CARD)}

    return make


def bars(page: Page, section: str) -> None:
    """Wait for the bars of a section, which is the one that is open."""
    expect(page.locator(f'.shape-card[data-shape="{section}"]')).to_have_attribute("aria-expanded", "true")
    page.wait_for_selector(f"#shape-{section} :is(.bar, .classes .rail)", timeout=WAIT_MILLISECONDS)


def asks(page: Page, section: str, name: str) -> None:
    pressed = page.locator(f'#shape-{section} .choice[aria-pressed="true"]')
    expect(pressed).to_have_attribute("data-model", name)


def test_a_classifier_opens_on_the_shapes_tab_and_the_page_keeps_its_model(
    place: Place, page: Page, repo: str, files_of: Files
) -> None:
    name = f"{repo}@{place.hub.add(repo, files_of('classifier'))}"
    opened(place, page)
    give(page, repo)
    bring(page)
    bars(page, "review")
    asks(page, "review", name)
    expect(page.locator("#shape-review-text")).to_have_value("abc")  # the card's first prompt
    wait_for_stage(page, "closed")
    expect(model_box(page)).to_have_value(FIRST)
    page.wait_for_url(lambda url: f"review-model={name}" in unquote(url) and "tab=shapes" in url)
    # One of ours again, and back.
    page.locator('#shape-review .choice[data-model="sentiment-en"]').click()
    asks(page, "review", "sentiment-en")
    page.locator(f'#shape-review .choice[data-model="{name}"]').click()
    asks(page, "review", name)


def test_a_link_opens_one_that_is_here(place: Place, new_page: NewPage, repo: str, files_of: Files) -> None:
    name = f"{repo}@{place.hub.add(repo, files_of('masked'))}"
    page = opened(place, new_page(), f"/?model={quote(name)}&gap-text=a+bad+cab&gap-at=3&gap-prompt=a")
    bring(page)
    bars(page, "gap")
    asks(page, "gap", name)
    again = new_page()
    again.goto(page.url)
    bars(again, "gap")
    asks(again, "gap", name)
    by_model = new_page()
    by_model.goto(f"{place.address}/?model={quote(name)}&gap-text=a+bad+cab&gap-at=3&gap-prompt=a")
    bars(by_model, "gap")
    asks(by_model, "gap", name)


def test_a_translator_plays_and_translates(place: Place, page: Page, repo: str, files_of: Files) -> None:
    name = f"{repo}@{place.hub.add(repo, files_of('seq2seq'))}"
    opened(place, page, "/?prompt=abc&translate-text=a+bad+cab")
    give(page, repo)
    bring(page)
    page.wait_for_function("name => window.playground.store.state.run.model === name", arg=name)
    page.locator("#tab-shapes-button").click()
    bars(page, "translate")
    asks(page, "translate", name)
    expect(page.locator("#shape-translate .others tr")).to_have_count(6)  # the head, its own, and four


def test_a_bundled_one_is_found_by_its_name(place: Place, page: Page) -> None:
    opened(place, page)
    give(page, "sentiment-ko")
    bars(page, "review")
    asks(page, "review", "sentiment-ko")
