"""An unusable value in a link to a tab gets a message and is removed from the address."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import WORDS


@pytest.mark.parametrize(
    ("tab", "name", "value"),
    [
        *(("temperatures", "draws", value) for value in ("abc", "-5", "1000000000")),
        *(("search", "step", value) for value in ("abc", "99")),
        *(("models", "evidence", value) for value in ("ж", "ab")),
        ("models", "metric", "abc"),
    ],
)
def test_an_unusable_value_gets_a_message(tab: str, name: str, value: str, shared_page: Page, server: str) -> None:
    page = shared_page
    page.goto(f"{server}/?tab={tab}&{name}={value}&beam=2&beam-length=4")
    said = WORDS["link_ignored"].format(name=name, value=value)
    expect(page.locator(f".{tab} .problem").filter(has_text=said)).to_be_visible()
    page.wait_for_url(lambda url: f"{name}=" not in url)


@pytest.mark.parametrize(
    ("tab", "link"),
    [
        ("temperatures", "draws=40"), ("search", "step=2"),
        ("models", "evidence=z"), ("models", "metric=surprise"),
    ],
)  # fmt: skip
def test_a_usable_value_stays(tab: str, link: str, shared_page: Page, server: str) -> None:
    page = shared_page
    page.goto(f"{server}/?tab={tab}&{link}&beam=2&beam-length=4")
    page.wait_for_url(re.compile(re.escape(link)))
    expect(page.locator(f".{tab}")).to_be_visible()
    expect(page.locator(f".{tab} .problem").filter(has_text=re.compile("."))).to_have_count(0)


def test_an_unknown_model_gets_a_message(shared_page: Page, server: str) -> None:
    page = shared_page
    page.goto(f"{server}/?tab=models&compare=nobody,shakespeare-rnn")
    expect(page.locator(".models .status").filter(has_text="nobody")).to_be_visible()
