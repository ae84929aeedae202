"""What survives closing the browser: a new page shows its link first, and offers the last text."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.hands import WORDS, bars, generate, set_temperature, setting, text_of, type_into, wait_until_painted
from tests.browser.test_memory import BACK, HERE, STATE, reload, shown_state, version_labels

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
SLOT = "playground.slot."
KEPT = f"() => Object.keys(localStorage).some((key) => key.startsWith('{SLOT}'))"
SETTINGS = {"model": "shakespeare-gru", "prompt": "To be", "temperature": 1, "top_k": 0, "top_p": 1, "min_p": 0}
OTHERS = {"seed": 5, "length": 40, "stop": "none", "bias": "", "picks": ""}
# The text has the temperature of the slider, and its rows.
REWRITTEN = f"() => !{STATE}.draft && !{STATE}.behind && {STATE}.run.settings.temperature === 1.5"


def restore_buttons(page: Page) -> Locator:
    return page.locator("#text .last")


def close_page(page: Page) -> Any:
    """Close the page as when the browser closes, and return its storage without that of the tab."""
    page.wait_for_function(KEPT)
    page.goto("about:blank")  # on which the page stores its text
    state = page.context.storage_state()
    page.context.close()
    return state


def storage_of(server: str, **slots: object) -> Any:
    """A storage that already holds the texts of these closed pages."""
    now = time.time() * 1000
    items = [{"name": SLOT + name, "value": f"{now:.0f} {json.dumps(kept)}"} for name, kept in slots.items()]
    return {"cookies": [], "origins": [{"origin": server, "localStorage": items}]}


def example_record(**record: object) -> dict[str, Any]:
    """What a page stores of a text of three characters."""
    settings: dict[str, Any] = {**SETTINGS, **OTHERS}
    text = {"model": "shakespeare-gru", "prompt": "To be", "ids": [1, 2, 3], "hands": [], "under": [[0, settings]]}
    whole = {**text, "settings": settings, "expected": 3, "stopped": "length", "writing": "To be or", **record}
    place = {"cursor": 3, "shown": 3, "here": False, "busy": False, "playing": False}
    return {"format": 1, "at": "", "settings": settings, "current": whole, "place": place, "versions": []}


def test_after_the_browser_closed_the_last_text_is_offered(visit: Visit, new_page: NewPage) -> None:
    page = visit(HERE)
    generate(page, 40)
    type_into(page, "seed", "6")
    generate(page, 40)
    set_temperature(page, 1.5)
    page.wait_for_function(REWRITTEN)
    page.evaluate("window.playground.play.go(25)")
    kept, text, versions, drawn = shown_state(page), text_of(page), version_labels(page), bars(page)
    state = close_page(page)

    page = visit("/?model=names-gru&prompt=An&length=10", new_page(storage_state=state))
    wait_until_painted(page)
    assert text_of(page) == "An"
    assert version_labels(page) == []
    own = generate(page, 10)
    assert restore_buttons(page).text_content() == WORDS["restore"]
    assert "To be" in str(restore_buttons(page).get_attribute("title"))
    restore_buttons(page).click()
    page.wait_for_function(f"{STATE}.run.model === 'shakespeare-gru'")
    now = shown_state(page)
    assert now["branches"][:-1] == kept["branches"]
    assert now["branches"][-1] == own  # what was shown before
    assert {**now, "branches": []} == {**kept, "branches": []}
    assert text_of(page) == text
    assert len(version_labels(page)) == len(versions) + 1
    assert bars(page).keys() == drawn.keys()
    page.wait_for_url(lambda url: "shakespeare-gru" in url and "temperature=1.5" in url)
    expect(restore_buttons(page)).to_have_count(0)
    reload(page)  # from now on it is this page's own text
    page.wait_for_function(BACK)
    wait_until_painted(page)
    assert text_of(page) == text
    expect(restore_buttons(page)).to_have_count(0)


def test_each_tab_keeps_its_text_and_clear_forgets_all(
    visit: Visit, page: Page, new_page: NewPage, server: str
) -> None:
    visit(HERE)
    first = generate(page, 40)
    other = page.context.new_page()
    visit(HERE.replace("seed=5", "seed=6"), other)
    expect(restore_buttons(other)).to_have_count(1)  # the first one's text is offered, and stays stored
    second = generate(other, 40)
    assert first != second
    reload(page)
    page.wait_for_function(BACK)
    wait_until_painted(page)
    assert text_of(page) == first
    other.goto("about:blank")
    state = close_page(page)

    page = visit("/", new_page(storage_state=state))
    restore_buttons(page).click()  # most recently closed page first
    page.wait_for_function(BACK)
    wait_until_painted(page)
    assert text_of(page) == first
    restore_buttons(page).press("Enter")  # pause: a second click so soon would count as a double click
    page.wait_for_function(f"text => window.playground.runs.textOf({STATE}.run) === text", arg=second)
    expect(restore_buttons(page)).to_have_count(0)
    assert len(version_labels(page)) == 1
    page.locator("#text .forget").click()
    assert version_labels(page) == []
    assert "ids" not in page.evaluate("JSON.stringify([localStorage, sessionStorage])")


def test_a_text_whose_model_is_gone_can_still_be_copied(visit: Visit, new_page: NewPage, server: str) -> None:
    gone = example_record(model="ada/gone@0123456789abcdef0123456789abcdef01234567")
    page = visit(
        HERE, new_page(storage_state=storage_of(server, a=gone), permissions=["clipboard-read", "clipboard-write"])
    )
    restore_buttons(page).click()
    notice = page.locator("#notice .problem")
    expect(notice).to_contain_text(WORDS["version_lost"])
    assert text_of(page) == "To be"
    assert setting(page, "model") == "shakespeare-gru"
    notice.get_by_role("button", name=WORDS["copy"], exact=True).click()
    expect(notice).to_have_count(0)
    assert page.evaluate("navigator.clipboard.readText()") == "To be or"
    expect(restore_buttons(page)).to_have_count(1)  # the model may return
    page.locator("#text .forget").click()
    expect(restore_buttons(page)).to_have_count(0)
    reload(page)
    wait_until_painted(page)
    expect(restore_buttons(page)).to_have_count(0)


@pytest.mark.parametrize("damage", [{"ids": []}, {"hands": [-1]}, {"prompt": 3}])
def test_a_damaged_record_is_not_offered(visit: Visit, new_page: NewPage, server: str, damage: dict[str, Any]) -> None:
    whole = example_record()
    state = storage_of(server, a=example_record(**damage), b={"format": 7}, c="text", d={**whole, "settings": {}})
    page = visit(HERE, new_page(storage_state=state))
    wait_until_painted(page)
    expect(restore_buttons(page)).to_have_count(0)
    assert not page.evaluate(KEPT)
    assert len(generate(page, 40)) == 45
