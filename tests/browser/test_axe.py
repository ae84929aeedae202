"""axe-core finds nothing on the page: in any state, light, dark, in forced colours, and on a phone.

The script comes from npm (tests/web/package.json).
"""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import WORDS, at_full_speed, cells, generate, set_prompt
from tests.conftest import REPOSITORY, missing

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
AXE = REPOSITORY / "tests" / "web" / "node_modules" / "axe-core" / "axe.min.js"
LINK = "/?model=shakespeare-ngram&prompt=To+be+or+not+to+b&length=200&seed=3"
LOOKS: dict[str, dict[str, Any]] = {
    "light, and forced colours": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
}
NAMED = 350  # milliseconds: the bars' names follow when nothing was drawn for a while (bars.js)
# Each finding in one line: the rule, the element, and what is wrong with it. What passes need not be listed.
FIND = """async () => (await axe.run({ resultTypes: ["violations"] })).violations.flatMap(({ id, nodes }) =>
  nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary.replace(/\\s+/g, " ")}`))"""


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.is_file():
        missing("needs axe-core: run `npm ci` in tests/web")
    return AXE.read_text("utf-8")


def assert_clean(page: Page, state: str, forced: bool) -> None:
    """forced: whether to look in forced colours too, which come and go without another page."""
    page.wait_for_timeout(NAMED)
    found = page.evaluate(FIND)
    if forced:
        page.emulate_media(forced_colors="active")
        found += page.evaluate(FIND)
        page.emulate_media(forced_colors="none")
    assert found == [], f"{state}:\n" + "\n".join(found)


def empty(page: Page) -> None:
    set_prompt(page, "")
    expect(cells(page)).to_have_count(0)


def playing(page: Page) -> None:
    set_prompt(page, "To be or not to b")
    page.evaluate("window.playground.store.update({ pace: 20 })")
    page.evaluate("window.playground.play.generate()")
    page.wait_for_function("() => window.playground.store.state.playing && window.playground.store.state.cursor > 25")


def written(page: Page) -> None:
    page.evaluate("window.playground.play.stop()")
    at_full_speed(page)
    generate(page)
    page.evaluate("window.playground.store.set({ top_k: 5, temperature: 8 })")
    cells(page).nth(30).hover()
    page.evaluate("scrollTo(0, 500)")


def notice(page: Page) -> None:
    set_prompt(page, "café")
    page.evaluate("window.playground.store.set({ seed: -1 })")
    expect(page.locator("#notice .notice")).to_have_count(2)
    page.evaluate("scrollTo(0, 0)")


def hub(page: Page) -> None:
    page.evaluate("window.playground.hub.choose('shakespear-lstm')")  # of no owner: the panel asks which one is meant
    expect(page.locator("#hub .panel.open .meant button").first).to_be_visible()


def explained(page: Page) -> None:
    page.locator("#distribution .bars .bar").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#distribution .sum")).to_be_visible()


def dialog(page: Page) -> None:
    page.evaluate("document.querySelector('#keys').showModal()")
    expect(page.locator("#keys")).to_contain_text(WORDS["keys_list"][:5])


def score(page: Page) -> None:
    page.evaluate("document.querySelector('#keys').close()")
    page.evaluate("window.playground.tabs.show('score')")
    page.get_by_role("button", name=WORDS["score_add"]).click()
    page.wait_for_function("() => document.querySelectorAll('.score .surprises li').length >= 20")
    page.locator(".score .cell").nth(3).hover()


def models(page: Page) -> None:
    page.evaluate("window.playground.tabs.show('models')")
    page.wait_for_selector(".models .evidence tfoot td")
    page.wait_for_function("() => document.querySelectorAll('.models .sides .curve').length >= 5")
    page.locator(".models .same .cell").nth(30).hover()
    page.wait_for_selector(".models .labels .came")


def search(page: Page) -> None:
    page.evaluate("window.playground.tabs.show('search')")
    page.wait_for_selector(".search .writing.human .letter")
    page.wait_for_selector(".search .writing.beam .letter")
    page.locator(".search .tree text.best").last.hover()
    page.locator(".search .writing.beam .letter").nth(3).hover()


def temperatures(page: Page) -> None:
    page.evaluate("window.playground.tabs.show('temperatures')")
    page.wait_for_function("() => document.querySelectorAll('.column-figures dd').length === 16")
    page.get_by_role("button", name=WORDS["temperatures_draw"]).click()
    page.get_by_role("button", name=WORDS["temperatures_seeds"]).click()
    expect(page.locator(".seeds .said")).to_contain_text("Means of", timeout=60_000)
    page.locator(".column-text .cell").nth(3).hover()


def shapes(page: Page) -> None:
    page.evaluate("window.playground.tabs.show('shapes')")
    for card in page.locator(".shapes .shape-card").all():
        card.click()
        page.wait_for_timeout(300)  # of its example, what comes at once
    page.locator(".shapes .shape-card[data-shape=step]").click()
    page.wait_for_selector("#shape-step .bar")


def score_refused(page: Page) -> None:
    page.locator("#score-text").fill("a" * 20_001)
    expect(page.locator(".score .problem")).to_contain_text("20,001")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_axe_finds_nothing(visit: Visit, new_page: NewPage, axe: str, look: dict[str, Any]) -> None:
    theme = look.get("color_scheme", "light")
    page = visit(f"{LINK}&__theme={theme}", new_page(**look))
    page.evaluate(axe)
    assert_clean(page, "opened", not look)
    states = (empty, playing, written, notice, hub, explained, dialog, score, score_refused)
    for state in (*states, models, search, temperatures, shapes):
        state(page)
        assert_clean(page, state.__name__, not look)
