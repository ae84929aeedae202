"""A version that loads late does not replace what the visitor did since; it stays among the earlier versions."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import generate, set_full_speed, text_of, wait_until_painted
from tests.browser.test_memory import BACK, STATE, reload, version_labels
from tests.browser.test_memory_closed import KEPT, restore_buttons

Visit = Callable[..., Page]
HERE = "/?model=shakespeare-gru&prompt=To+be&length=30&seed=5"
TEXTS = f"() => {STATE}.branches.map((branch) => window.playground.runs.writingOf(branch))"
OUTLINED = f"() => {STATE}.branches.filter((branch) => branch.record).length"
# The first response with a version waits until it is released.
HOLD = """() => {
  const { fetch } = window;
  let first = true;
  window.held = 0;
  const free = new Promise((done) => { window.letGo = done; });
  window.fetch = async (...given) => {
    const answer = await fetch(...given);
    if (first && /"way":"kept-/.test(given[1]?.body ?? "")) {
      first = false;
      window.held = 1;
      await free;
      setTimeout(() => { window.held = 2; }, 500); // more than its frames take
    }
    return answer;
  };
}"""


def release_version(page: Page) -> None:
    """Release the version, and wait until it is read."""
    page.evaluate("window.letGo()")
    page.wait_for_function("window.held === 2")
    wait_until_painted(page)


def is_held(page: Page) -> None:
    page.wait_for_function("window.held === 1")


@pytest.fixture
def reloaded(visit: Visit) -> tuple[Page, list[str]]:
    """A page with three texts: the last is shown, the others are versions whose rows are not loaded yet."""
    page = visit(HERE)
    texts = [generate(page, 30) for _ in range(3)]
    reload(page)
    page.wait_for_function(BACK)
    wait_until_painted(page)
    set_full_speed(page)
    assert page.evaluate(TEXTS) == texts[:2]
    assert page.evaluate(OUTLINED) == 2
    page.evaluate(HOLD)
    return page, texts


def test_a_late_version_does_not_replace_a_newer_text(reloaded: tuple[Page, list[str]]) -> None:
    page, (first, second, third) = reloaded
    page.locator("#text .branch").nth(0).click()
    is_held(page)
    page.locator("#text .branch").nth(1).click()
    page.wait_for_function(f"text => window.playground.runs.writingOf({STATE}.run) === text", arg=second)
    fresh = generate(page, None)
    release_version(page)
    assert text_of(page) == fresh
    assert first in page.evaluate(TEXTS)
    assert {first, third} <= {*page.evaluate(TEXTS)}
    assert page.evaluate(OUTLINED) == 0  # it has loaded, and a click shows it
    page.locator("#text .branch").nth(page.evaluate(TEXTS).index(first)).click()
    wait_until_painted(page)
    assert text_of(page) == first


@pytest.mark.parametrize("act", ["play.generate()", "read"])
def test_a_late_version_does_not_stop_a_text_being_written(reloaded: tuple[Page, list[str]], act: str) -> None:
    page, (first, *_) = reloaded
    page.locator("#text .branch").nth(0).click()
    is_held(page)
    if act == "read":
        page.locator("#prompt textarea").fill("To be or")
        page.wait_for_function(f"{STATE}.run.text === 'To be or'")
        text = "To be or"
    else:
        page.evaluate(
            "() => { window.playground.store.update({ pace: 20 }); document.querySelector('#generate').click(); }"
        )
        page.wait_for_function(f"{STATE}.playing && {STATE}.cursor > {STATE}.run.prompted + 2")
    release_version(page)
    if act != "read":
        assert page.evaluate(f"{STATE}.playing || {STATE}.cursor === {STATE}.run.steps.length")
        page.evaluate("window.playground.store.update({ pace: Infinity })")
        page.wait_for_function(f"!{STATE}.playing && !{STATE}.busy && {STATE}.run.stopped")
        wait_until_painted(page)
        text = text_of(page)
        assert len(text) == 35
        assert text != first
    assert text_of(page) == text
    assert first in page.evaluate(TEXTS)


def test_a_version_chosen_before_the_text_is_restored_stays(visit: Visit, page: Page) -> None:
    visit(HERE)
    first, second = generate(page, 30), generate(page, 30)
    page.add_init_script(f"({HOLD})()")
    reload(page)
    is_held(page)
    page.locator("#text .branch").click()
    page.wait_for_function(f"text => window.playground.runs.writingOf({STATE}.run) === text", arg=first)
    release_version(page)
    assert text_of(page) == first
    assert page.evaluate(TEXTS) == [second]


def test_the_last_text_of_another_page_is_still_offered(visit: Visit, page: Page) -> None:
    visit(HERE)
    last = generate(page, 30)
    page.wait_for_function(KEPT)
    other = page.context.new_page()
    visit("/?model=names-gru&prompt=An&length=10", other)
    other.evaluate(HOLD)
    restore_buttons(other).click()
    is_held(other)
    fresh = generate(other, 10)
    release_version(other)
    assert text_of(other) == fresh
    assert version_labels(other) == []
    expect(restore_buttons(other)).to_have_count(1)
    restore_buttons(other).click()
    other.wait_for_function(f"text => window.playground.runs.writingOf({STATE}.run) === text", arg=last)
    assert other.evaluate(TEXTS) == [fresh]
