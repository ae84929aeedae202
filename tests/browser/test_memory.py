"""A reload loses nothing: the text, earlier versions, position and settings are all restored."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import (
    WORDS,
    ServerCalls,
    bars,
    cells,
    generate,
    input_box,
    moment,
    set_temperature,
    setting,
    text_of,
    type_into,
    wait_until_painted,
    wait_until_written,
)
from tests.browser.test_rewriting import RESTS

Visit = Callable[..., Page]
STATE = "window.playground.store.state"
HERE = "/?model=shakespeare-gru&prompt=To+be&length=40&seed=5"
KEY = "playground.memory"
SHOWN = f"""() => {{
  const {{ run, cursor, shown, here, branches }} = {STATE};
  const {{ writingOf, judge }} = window.playground.runs;
  return {{
    steps: run.steps.map(({{ id, u, hand, settings, bias }}) => ({{ id, u, hand, settings, bias }})),
    surprise: run.steps.map((step) => judge(step).surprise.toFixed(3)),
    place: [cursor - run.prompted, shown - run.prompted, here], prompt: run.text, settings: run.settings,
    stopped: run.stopped, expected: run.expected, branches: branches.map((branch) => writingOf(branch)),
  }};
}}"""
BACK = f"() => {STATE}.run && {STATE}.run.steps.length > {STATE}.run.prompted"


def reload(page: Page) -> None:
    page.reload()
    page.wait_for_selector("#distribution[data-step]")


def version_labels(page: Page) -> list[str]:
    return page.locator("#text .branch").all_text_contents()


def shown_state(page: Page) -> dict[str, Any]:
    wait_until_painted(page)
    told: dict[str, Any] = page.evaluate(SHOWN)
    return told


def test_a_reload_keeps_text_versions_position_and_settings(visit: Visit) -> None:
    page = visit(HERE)
    first = generate(page, 40)
    type_into(page, "seed", "6")
    generate(page, 40)
    page.evaluate("window.playground.play.go(25)")
    set_temperature(page, 1.5)  # rewrites the text from there
    page.evaluate("window.playground.store.set({ bias: 'e:-inf' })")
    page.wait_for_function(RESTS)
    before = page.evaluate(f"{STATE}.run.id")
    page.evaluate(f"window.playground.play.pick({STATE}.run.symbols.indexOf('q'))")  # chosen by hand, among drawn ones
    wait_until_written(page, before, None)
    generate(page, None)
    page.evaluate("window.playground.play.go(20)")
    kept, drawn, dice = shown_state(page), bars(page), moment(page)
    assert len({step["settings"]["temperature"] for step in kept["steps"] if step["settings"]}) == 2
    assert [step["hand"] for step in kept["steps"]].count(True) == 1
    assert len(kept["branches"]) >= 2
    words = version_labels(page)
    text = text_of(page)
    asked = ServerCalls(page)
    reload(page)
    page.wait_for_function(BACK)
    assert shown_state(page) == kept
    assert text_of(page) == text
    assert version_labels(page) == words
    now = bars(page)
    assert now.keys() == drawn.keys()
    assert [bar.height for bar in now.values()] == pytest.approx([bar.height for bar in drawn.values()], abs=0.01)
    assert moment(page).u == dice.u
    assert setting(page, "temperature") == 1.5
    assert [what for what in asked if what != "stop"] == ["open", "write"]  # rows of versions are loaded on demand
    page.locator("#text .branch").first.click()
    page.wait_for_function(f"text => window.playground.runs.textOf({STATE}.run) === text", arg=first)
    wait_until_painted(page)
    assert text_of(page) == first
    assert setting(page, "prompt") == "To be"
    # All settings it was drawn with are restored, so that the link gives it again.
    assert [setting(page, name) for name in ("seed", "temperature", "bias", "picks")] == [5, 1, "", ""]
    page.wait_for_url(lambda url: "seed=5" in url and "temperature=1&" in url)
    reload(page)  # and once more
    page.wait_for_function(BACK)
    wait_until_painted(page)
    assert text_of(page) == first


def test_clear_forgets_the_text_and_all_versions(visit: Visit) -> None:
    page = visit(HERE)
    expect(page.locator("#text .forget")).to_have_count(0)
    generate(page, 40)
    type_into(page, "seed", "6")
    generate(page, 40)
    page.wait_for_function(f"sessionStorage.getItem('{KEY}')?.includes('ids')")
    assert "ids" in page.evaluate("JSON.stringify(localStorage)")
    page.locator("#text .forget").click()
    wait_until_painted(page)
    assert text_of(page) == "To be"
    assert version_labels(page) == []
    expect(page.locator("#text .forget")).to_have_count(0)
    assert "ids" not in page.evaluate(f"sessionStorage.getItem('{KEY}')")
    assert "ids" not in page.evaluate("JSON.stringify(localStorage)")
    assert setting(page, "seed") == 6
    reload(page)
    wait_until_painted(page)
    assert text_of(page) == "To be"
    assert version_labels(page) == []


@pytest.mark.parametrize(
    "trouble",
    [
        f"sessionStorage.setItem('{KEY}', '{{\"format\": 1, \"versions\": [7')",
        f"sessionStorage.setItem('{KEY}', JSON.stringify({{ format: 1, at: '', versions: [{{}}], place: 3 }}))",
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }",
        """for (const name of ['sessionStorage', 'localStorage']) {
          Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });
        }""",
    ],
)
def test_the_page_works_when_storage_fails(visit: Visit, page: Page, trouble: str) -> None:
    page.add_init_script(trouble)
    visit(HERE)
    text = generate(page, 40)
    assert len(text) == 45
    reload(page)
    wait_until_painted(page)
    assert text_of(page) == "To be"
    assert setting(page, "seed") == 5


def test_a_link_opened_in_the_same_tab_takes_precedence(visit: Visit, server: str) -> None:
    page = visit(HERE)
    generate(page, 40)
    page.goto(f"{server}/?model=names-gru&prompt=An")
    page.wait_for_selector("#distribution[data-step]")
    wait_until_painted(page)
    assert text_of(page) == "An"
    assert version_labels(page) == []
    reload(page)
    wait_until_painted(page)
    assert text_of(page) == "An"
    assert setting(page, "model") == "names-gru"


def test_ids_that_the_model_lacks_are_dropped(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 40)
    page.evaluate("""() => {
      const { setItem } = Storage.prototype;
      Storage.prototype.setItem = function (key, value) {
        setItem.call(this, key, value.replace(/"ids":.\\d+/, '"ids":[7000'));
      };
    }""")
    reload(page)
    page.locator("#text .branch").click()
    expect(page.locator("#notice")).to_contain_text(WORDS["version_lost"])
    assert text_of(page) == "To be"
    expect(cells(page)).to_have_count(5)
    expect(input_box(page, "prompt")).to_have_value("To be")
