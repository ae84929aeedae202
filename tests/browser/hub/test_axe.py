"""axe-core finds nothing in the Hub panel: the offer, with its model card, and the progress of a download."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hub.hands import Place, download_offered, open_page, type_model_name, wait_for_stage
from tests.browser.test_axe import LOOKS, assert_clean, axe  # noqa: F401
from tests.hub.server import Trouble

NewPage = Callable[..., Page]


@pytest.mark.parametrize(("options", "themes"), LOOKS.values(), ids=LOOKS)
def test_axe_finds_nothing_in_the_hub_panel(
    place: Place, new_page: NewPage, files: dict[str, bytes], repo: str, axe: str,  # noqa: F811
    options: dict[str, Any], themes: tuple[str, ...],
) -> None:  # fmt: skip
    place.hub.add(repo, files)
    page = open_page(place, new_page(**options), "/?lang=en&__theme=light")
    page.evaluate(axe)
    type_model_name(page, repo)
    offer = wait_for_stage(page, "offer")
    offer.locator("summary").click()
    assert_clean(page, "offer", themes, "#hub")
    place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
    download_offered(page)
    wait_for_stage(page, "fetching")
    expect(page.locator("#hub [role=progressbar]")).to_be_visible()
    assert_clean(page, "fetching", themes, "#hub")
    place.hub.trouble.clear()
