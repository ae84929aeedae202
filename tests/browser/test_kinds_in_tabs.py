"""The kinds of model that few links lead to, the bigram and the convolutional network, in the tabs that work for
every model."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import setting
from tests.browser.test_textbooks import SEEN


@pytest.mark.parametrize("tab", ["play", "temperatures", "search", "score"])
@pytest.mark.parametrize("model", ["shakespeare-bigram", "shakespeare-convnet"])
def test_a_tab_shows_the_models_answer(server: str, shared_page: Page, model: str, tab: str) -> None:
    page = shared_page
    page.goto(f"{server}/?tab={tab}&model={model}&prompt=To+be+or+not+to+b")
    expect(page.locator(f"#tab-{tab}-button")).to_have_attribute("aria-selected", "true")
    expect(page.locator(SEEN[tab]).first).to_be_visible()
    assert setting(page, "model") == model
    if tab == "score":
        expect(page.locator(".score select").first).to_have_value(model)
        expect(page.locator(".score .problem:not(:empty)")).to_have_count(0)
    else:
        page.wait_for_function("model => window.playground.store.state.run.model === model", arg=model)
