"""Hub models that do not continue a text open on the Shapes tab, in the section for their task."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import Page, expect

from playground.hub.listing import CARD, NEEDED
from tests.browser.hub.hands import (
    FIRST,
    NewPage,
    Place,
    download_offered,
    model_box,
    open_page,
    type_model_name,
    wait_for_stage,
)
from tests.hub.server import HubServer
from tests.hub.test_other_tasks import add_model
from tests.pages import WAIT_MILLISECONDS

Files = Callable[[str], dict[str, bytes]]


@pytest.fixture
def files_of(tmp_path: Path) -> Files:
    """Returns a function that gives the files of a repository with a small model of that kind."""

    def make(kind: str) -> dict[str, bytes]:
        with HubServer() as nobodys:
            add_model(nobodys, kind, tmp_path)
        return {name: (tmp_path / name).read_bytes() for name in (*NEEDED, CARD)}

    return make


def bars(page: Page, section: str) -> None:
    """Wait for the bars of the open section."""
    expect(page.locator(f'.shape-card[data-shape="{section}"]')).to_have_attribute("aria-expanded", "true")
    page.wait_for_selector(f"#shape-{section} :is(.bar, .classes .rail)", timeout=WAIT_MILLISECONDS)


def choose_model_in(page: Page, section: str, name: str) -> None:
    pressed = page.locator(f'#shape-{section} .choice[aria-pressed="true"]')
    expect(pressed).to_have_attribute("data-model", name)


def test_a_classifier_opens_on_the_shapes_tab_and_play_keeps_its_model(
    place: Place, page: Page, repo: str, files_of: Files
) -> None:
    name = f"{repo}@{place.hub.add(repo, files_of('classifier'))}"
    open_page(place, page)
    type_model_name(page, repo)
    download_offered(page)
    bars(page, "review")
    choose_model_in(page, "review", name)
    expect(page.locator("#shape-review-text")).to_have_value("abc")  # the card's first prompt
    wait_for_stage(page, "closed")
    expect(model_box(page)).to_have_value(FIRST)
    page.wait_for_url(lambda url: f"review-model={name}" in unquote(url) and "tab=shapes" in url)
    # Back to a bundled model.
    page.locator('#shape-review .choice[data-model="sentiment-en"]').click()
    choose_model_in(page, "review", "sentiment-en")
    page.locator(f'#shape-review .choice[data-model="{name}"]').click()
    choose_model_in(page, "review", name)


def test_a_link_opens_a_downloaded_classifier(place: Place, new_page: NewPage, repo: str, files_of: Files) -> None:
    name = f"{repo}@{place.hub.add(repo, files_of('masked'))}"
    page = open_page(place, new_page(), f"/?model={quote(name)}&gap-text=a+bad+cab&gap-at=3&gap-prompt=a")
    download_offered(page)
    bars(page, "gap")
    choose_model_in(page, "gap", name)
    again = new_page()
    again.goto(page.url)
    bars(again, "gap")
    choose_model_in(again, "gap", name)
    by_model = new_page()
    by_model.goto(f"{place.address}/?model={quote(name)}&gap-text=a+bad+cab&gap-at=3&gap-prompt=a")
    bars(by_model, "gap")
    choose_model_in(by_model, "gap", name)


def test_a_translator_plays_and_translates(place: Place, page: Page, repo: str, files_of: Files) -> None:
    name = f"{repo}@{place.hub.add(repo, files_of('seq2seq'))}"
    open_page(place, page, "/?prompt=abc&translate-text=a+bad+cab")
    type_model_name(page, repo)
    download_offered(page)
    page.wait_for_function("name => window.playground.store.state.run.model === name", arg=name)
    page.locator("#tab-shapes-button").click()
    bars(page, "translate")
    choose_model_in(page, "translate", name)
    expect(page.locator("#shape-translate .others tr")).to_have_count(6)  # heading, the model itself, four others


def test_a_bundled_classifier_opens_by_its_name(place: Place, page: Page) -> None:
    open_page(place, page)
    type_model_name(page, "sentiment-ko")
    bars(page, "review")
    choose_model_in(page, "review", "sentiment-ko")
