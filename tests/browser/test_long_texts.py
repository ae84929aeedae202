"""Texts longer than one request may ask for: a reload restores them, and the slider rewrites all of them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import WORDS, set_full_speed, wait_until_painted
from tests.browser.test_memory import reload

Visit = Callable[..., Page]
STATE = "window.playground.store.state"
WRITTEN = f"({STATE}.run.steps.length - {STATE}.run.prompted)"
TEXT = f"window.playground.runs.writingOf({STATE}.run)"
RESTS = f"() => !{STATE}.busy && !{STATE}.playing && !{STATE}.draft && !{STATE}.behind"
FAR = 90_000  # milliseconds: thousands of symbols are written and shown
BIGRAM = "/?model=shakespeare-bigram&prompt=To+be&length=2000&seed=5"


def wait_until_rest(page: Page) -> None:
    page.wait_for_function(RESTS, timeout=FAR)


def write_long_text(page: Page, length: int) -> str:
    """Write a text of so many symbols, in several requests that each continue from its end, and return it."""
    set_full_speed(page)
    for part in range(0, length, 2_000):
        page.evaluate("length => window.playground.store.set({ length })", min(2_000, length - part))
        if part:
            page.evaluate(f"window.playground.store.update({{ here: true, cursor: {STATE}.run.steps.length }})")
        page.evaluate("() => window.playground.play.generate()")
        page.wait_for_function(f"most => {WRITTEN} === most", arg=min(length, part + 2_000), timeout=FAR)
        wait_until_rest(page)
    return str(page.evaluate(TEXT))


def rewrite_at(page: Page, temperature: float) -> str:
    page.evaluate("temperature => window.playground.setTemperature(temperature)", temperature)
    page.wait_for_function(f"t => {STATE}.run.settings.temperature === t", arg=temperature, timeout=FAR)
    wait_until_rest(page)
    return str(page.evaluate(TEXT))


@pytest.mark.parametrize("length", [2_001, 11_000])
def test_a_reload_restores_a_long_text(visit: Visit, length: int) -> None:
    page = visit(BIGRAM)
    text = write_long_text(page, length)
    assert len(text) == length + 5
    reload(page)
    page.wait_for_function(f"length => {WRITTEN} === length", arg=length, timeout=FAR)
    wait_until_painted(page)
    assert page.evaluate(TEXT) == text
    expect(page.locator("#text .branch")).to_have_count(0)
    expect(page.locator("#notice")).to_be_empty()


def test_the_slider_rewrites_all_of_a_long_text(visit: Visit) -> None:
    page = visit(BIGRAM)
    first = write_long_text(page, 4_001)
    page.evaluate(f"() => window.playground.play.go({STATE}.run.prompted)")
    bent = rewrite_at(page, 2)
    assert len(bent) == len(first)
    assert bent[:200] != first[:200]
    assert bent[-200:] != first[-200:]
    assert page.evaluate(f"{STATE}.run.steps.slice({STATE}.run.prompted).every((s) => s.settings.temperature === 2)")
    expect(page.locator("#notice")).to_be_empty()
    expect(page.locator("#text .branch")).to_have_count(1)
    # The random draws are the same throughout, so the text returns with the old temperature.
    assert rewrite_at(page, 1) == first


def test_the_slider_rewrites_a_continued_text_that_stopped_at_a_line_end(visit: Visit) -> None:
    page = visit("/?model=shakespeare-gru&length=50&stop=line&seed=3&prompt=a")
    set_full_speed(page)
    while page.evaluate(WRITTEN) <= 90 or page.evaluate(f"{STATE}.run.stopped") != "line":
        for act in ("step", "generate"):
            run = page.evaluate(f"{STATE}.run.id")
            page.evaluate(f"window.playground.play.{act}()")
            page.wait_for_function(f"run => {STATE}.run.id !== run || {STATE}.problem", arg=run)
            wait_until_rest(page)
    text = str(page.evaluate(TEXT))
    page.evaluate(f"window.playground.play.go({STATE}.run.prompted + 60)")
    bent = rewrite_at(page, 0.5)
    assert bent[:61] == text[:61]
    assert bent != text
    expect(page.locator("#notice")).to_be_empty()


def test_a_long_text_that_plays_follows_the_slider_to_its_end(visit: Visit) -> None:
    page = visit(BIGRAM)
    write_long_text(page, 4_001)
    page.evaluate(f"""() => {{
      const {{ store, play }} = window.playground;
      store.update({{ pace: 20 }});
      play.go({STATE}.run.prompted);
      play.toggle();
    }}""")
    page.wait_for_function(f"{STATE}.cursor > {STATE}.run.prompted + 5")
    page.evaluate("window.playground.setTemperature(0.3)")
    page.wait_for_function(f"{STATE}.run.settings.temperature === 0.3")
    page.evaluate("window.playground.store.update({ pace: Infinity })")
    wait_until_rest(page)
    assert page.evaluate(WRITTEN) == 4_001
    assert page.evaluate(f"{STATE}.run.stopped") == "length"
    assert page.evaluate(f"{STATE}.shown === {STATE}.run.steps.length")
    expect(page.locator("#notice")).to_be_empty()


def test_a_version_that_the_server_refuses_says_why_and_is_kept(visit: Visit) -> None:
    """Only a missing model is reported as text that cannot be shown again."""
    page = visit("/?model=shakespeare-bigram&prompt=To+be&length=40&seed=5")
    text = write_long_text(page, 40)
    page.evaluate("""() => {
      const { setItem } = Storage.prototype;
      Storage.prototype.setItem = function (key, value) {
        const ids = Array(12_001).fill(1).join();
        setItem.call(this, key, value.replace(/"ids":\\[/, `"ids":[${ids},`));
      };
    }""")
    reload(page)
    notice = page.locator("#notice")
    for _ in range(2):
        expect(notice).to_contain_text(re.compile("at most 12,000 characters"))
        expect(notice).not_to_contain_text(WORDS["version_lost"])
        notice.get_by_role("button", name=WORDS["close"]).click()
        page.locator("#text .branch").click()
    assert page.evaluate(f"window.playground.runs.writingOf({STATE}.branches[0])") == text
