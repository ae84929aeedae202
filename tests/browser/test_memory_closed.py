"""What outlives the browser's end: a page that is opened anew offers the last text, and shows its link first."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.hands import WORDS, bars, generate, painted, set_temperature, setting, text_of, type_into
from tests.browser.test_memory import BACK, HERE, STATE, labels, reload, shown

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
SLOT = "playground.slot."
KEPT = f"() => Object.keys(localStorage).some((key) => key.startsWith('{SLOT}'))"
SETTINGS = {"model": "shakespeare-gru", "prompt": "To be", "temperature": 1, "top_k": 0, "top_p": 1, "min_p": 0}
OTHERS = {"seed": 5, "length": 40, "stop": "none", "bias": "", "picks": ""}


def restores(page: Page) -> Locator:
    return page.locator("#text .last")


def leave(page: Page) -> Any:
    """Close the page as a browser that ends; what its storage holds, without that of the tab."""
    page.wait_for_function(KEPT)
    page.goto("about:blank")  # which stores what there is
    state = page.context.storage_state()
    page.context.close()
    return state


def stored(server: str, **slots: object) -> Any:
    """A storage in which pages left these."""
    now = time.time() * 1000
    items = [{"name": SLOT + name, "value": f"{now:.0f} {json.dumps(kept)}"} for name, kept in slots.items()]
    return {"cookies": [], "origins": [{"origin": server, "localStorage": items}]}


def memory(**record: object) -> dict[str, Any]:
    """What a page keeps of a text of three characters."""
    settings: dict[str, Any] = {**SETTINGS, **OTHERS}
    text = {"model": "shakespeare-gru", "prompt": "To be", "ids": [1, 2, 3], "hands": [], "under": [[0, settings]]}
    whole = {**text, "settings": settings, "expected": 3, "stopped": "length", "writing": "To be or", **record}
    place = {"cursor": 3, "shown": 3, "here": False, "busy": False, "playing": False}
    return {"format": 1, "at": "", "settings": settings, "current": whole, "place": place, "versions": []}


def test_a_page_after_the_browsers_end_shows_its_link_and_brings_the_last_text_at_a_click(
    visit: Visit, new_page: NewPage
) -> None:
    page = visit(HERE)
    generate(page, 40)
    type_into(page, "seed", "6")
    generate(page, 40)
    set_temperature(page, 1.5)
    page.evaluate("window.playground.play.go(25)")
    kept, text, versions, drawn = shown(page), text_of(page), labels(page), bars(page)
    state = leave(page)

    page = visit("/?model=names-gru&prompt=An&length=10", new_page(storage_state=state))
    painted(page)
    assert text_of(page) == "An"
    assert labels(page) == []
    own = generate(page, 10)
    assert restores(page).text_content() == WORDS["restore"]
    assert "To be" in str(restores(page).get_attribute("title"))
    restores(page).click()
    page.wait_for_function(f"{STATE}.run.model === 'shakespeare-gru'")
    now = shown(page)
    assert now["branches"][:-1] == kept["branches"]
    assert now["branches"][-1] == own  # what was here
    assert {**now, "branches": []} == {**kept, "branches": []}
    assert text_of(page) == text
    assert len(labels(page)) == len(versions) + 1
    assert bars(page).keys() == drawn.keys()
    page.wait_for_url(lambda url: "shakespeare-gru" in url and "temperature=1.5" in url)
    expect(restores(page)).to_have_count(0)
    reload(page)  # it is this page's own from now on
    page.wait_for_function(BACK)
    painted(page)
    assert text_of(page) == text
    expect(restores(page)).to_have_count(0)


def test_tabs_side_by_side_keep_a_text_each_and_clear_forgets_them_all(
    visit: Visit, page: Page, new_page: NewPage, server: str
) -> None:
    visit(HERE)
    first = generate(page, 40)
    other = page.context.new_page()
    visit(HERE.replace("seed=5", "seed=6"), other)
    expect(restores(other)).to_have_count(1)  # what the first one left is offered, and nothing is taken from it
    second = generate(other, 40)
    assert first != second
    reload(page)
    page.wait_for_function(BACK)
    painted(page)
    assert text_of(page) == first
    other.goto("about:blank")
    state = leave(page)

    page = visit("/", new_page(storage_state=state))
    restores(page).click()  # the newest first: of the page that was left last
    page.wait_for_function(BACK)
    painted(page)
    assert text_of(page) == first
    restores(page).press("Enter")  # a second click so soon would be one too many
    page.wait_for_function(f"text => window.playground.runs.textOf({STATE}.run) === text", arg=second)
    expect(restores(page)).to_have_count(0)
    assert len(labels(page)) == 1
    page.locator("#text .forget").click()
    assert labels(page) == []
    assert "ids" not in page.evaluate("JSON.stringify([localStorage, sessionStorage])")


def test_a_text_whose_model_is_gone_can_be_copied_and_changes_nothing(
    visit: Visit, new_page: NewPage, server: str
) -> None:
    gone = memory(model="ada/gone@0123456789abcdef0123456789abcdef01234567")
    page = visit(
        HERE, new_page(storage_state=stored(server, a=gone), permissions=["clipboard-read", "clipboard-write"])
    )
    restores(page).click()
    notice = page.locator("#notice .problem")
    expect(notice).to_contain_text(WORDS["version_lost"])
    assert text_of(page) == "To be"
    assert setting(page, "model") == "shakespeare-gru"
    notice.get_by_role("button", name=WORDS["copy"], exact=True).click()
    expect(notice).to_have_count(0)
    assert page.evaluate("navigator.clipboard.readText()") == "To be or"
    expect(restores(page)).to_have_count(1)  # the model may come back
    page.locator("#text .forget").click()
    expect(restores(page)).to_have_count(0)
    reload(page)
    painted(page)
    expect(restores(page)).to_have_count(0)


@pytest.mark.parametrize("damage", [{"ids": []}, {"hands": [-1]}, {"prompt": 3}])
def test_what_is_damaged_is_not_offered(visit: Visit, new_page: NewPage, server: str, damage: dict[str, Any]) -> None:
    whole = memory()
    state = stored(server, a=memory(**damage), b={"format": 7}, c="text", d={**whole, "settings": {}})
    page = visit(HERE, new_page(storage_state=state))
    painted(page)
    expect(restores(page)).to_have_count(0)
    assert not page.evaluate(KEPT)
    assert len(generate(page, 40)) == 45
