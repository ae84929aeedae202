"""A double click on the panel's button acts as one click does, although Cancel takes the place of Download."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.hub.hands import Place, button, open_page, type_model_name, wait_for_stage, wait_until_open
from tests.hub.server import Trouble


@pytest.mark.parametrize("pause", [0, 120])
def test_a_double_click_on_download_opens_the_model(
    place: Place, page: Page, repo: str, files: dict[str, bytes], pause: int
) -> None:
    commit = place.hub.add(repo, files)
    open_page(place, page)
    type_model_name(page, repo)
    wait_for_stage(page, "offer")
    place.hub.trouble.append(Trouble("cdn", "slow", only=repo))
    button(page, re.compile("^Download")).click(click_count=2, delay=pause, position={"x": 12, "y": 12})
    wait_until_open(page, f"{repo}@{commit}")
