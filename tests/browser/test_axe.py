"""axe-core finds nothing on the page in any state: light, dark, forced colours, phone, both languages.

The script comes from npm (tests/web/package.json).
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import cells, generate, set_full_speed, set_prompt
from tests.browser.test_shapes import SHAPES
from tests.conftest import REPOSITORY, missing

Visit = Callable[..., Page]
NewPage = Callable[..., Page]
AXE = REPOSITORY / "tests" / "web" / "node_modules" / "axe-core" / "axe.min.js"
LINK = "/?model=shakespeare-ngram&prompt=To+be+or+not+to+b&length=200&seed=3"
# In each state the whole page is checked once, and again for the rules that depend on colours alone.
LOOKS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "light, dark, and forced colours": ({}, ("dark", "forced")),
    "phone, in Korean": (
        {"viewport": {"width": 390, "height": 844}, "has_touch": True, "locale": "ko-KR"}, ("dark", "forced")
    ),
    "tablet": ({"viewport": {"width": 820, "height": 1180}, "has_touch": True}, ()),
}
COLOURS = ["color-contrast", "link-in-text-block"]  # the rules that a theme can affect
NAMED = 350  # milliseconds: the bars' names follow when nothing was drawn for a while (bars.js)
# Each finding in one line: the rule, the element, and what is wrong with it. What passes need not be listed.
FIND = """async ([rules, within]) => (await axe.run(within, {
    resultTypes: ["violations"], ...(rules.length ? { runOnly: rules } : {}),
  })).violations.flatMap(({ id, nodes }) =>
  nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary.replace(/\\s+/g, " ")}`))"""
CATALOGUES = REPOSITORY / "playground" / "ui" / "i18n"


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.is_file():
        missing("needs axe-core: run `npm ci` in tests/web")
    return AXE.read_text("utf-8")


def assert_clean(page: Page, state: str, themes: tuple[str, ...], within: str = "html") -> None:
    """themes: those that can be switched without reloading; their findings start with their names. within: the part
    to check, if not the whole page."""
    page.wait_for_timeout(NAMED)
    found = page.evaluate(FIND, [[], within])
    for theme in themes:
        switch_theme(page, theme, on=True)
        found += [f"{theme}: {one}" for one in page.evaluate(FIND, [COLOURS, within])]
        switch_theme(page, theme, on=False)
    assert found == [], f"{state}:\n" + "\n".join(found)


def switch_theme(page: Page, theme: str, *, on: bool) -> None:
    if theme == "dark":  # as the switch in the header does
        page.evaluate("(on) => document.body.classList.toggle('dark', on)", on)
        page.wait_for_function("() => !document.getAnimations().some((one) => one instanceof CSSTransition)")
    else:
        page.emulate_media(forced_colors="active" if on else "none")


def page_words(page: Page) -> dict[str, str]:
    """The page's texts in its language."""
    language = page.locator("html").get_attribute("lang")
    return json.loads((CATALOGUES / f"{language}.json").read_text("utf-8"))


def open_empty_prompt(page: Page) -> None:
    set_prompt(page, "")
    expect(cells(page)).to_have_count(0)


def start_playing(page: Page) -> None:
    set_prompt(page, "To be or not to b")
    page.evaluate("window.playground.store.update({ pace: 20 })")
    page.evaluate("window.playground.play.generate()")
    page.wait_for_function("() => window.playground.store.state.playing && window.playground.store.state.cursor > 25")


def write_text(page: Page) -> None:
    page.evaluate("window.playground.play.stop()")
    set_full_speed(page)
    generate(page)
    page.evaluate("window.playground.store.set({ top_k: 5, temperature: 8 })")
    cells(page).nth(30).hover()
    page.evaluate("scrollTo(0, 500)")


def show_notice(page: Page) -> None:
    set_prompt(page, "café")
    page.evaluate("window.playground.store.set({ seed: -1 })")
    expect(page.locator("#notice .notice")).to_have_count(2)
    page.evaluate("scrollTo(0, 0)")


def open_hub_panel(page: Page) -> None:
    page.evaluate("window.playground.hub.choose('shakespear-lstm')")  # without an owner: the panel offers a choice
    expect(page.locator("#hub .panel.open .meant button").first).to_be_visible()


def open_explanation(page: Page) -> None:
    page.locator("#distribution .bars .bar").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#distribution .sum")).to_be_visible()


def open_dialog(page: Page) -> None:
    page.evaluate("document.querySelector('#keys').showModal()")
    expect(page.locator("#keys")).to_contain_text(page_words(page)["keys_list"][:5])


def open_score(page: Page) -> None:
    page.evaluate("document.querySelector('#keys').close()")
    page.evaluate("window.playground.tabs.show('score')")
    page.get_by_role("button", name=page_words(page)["score_add"]).click()
    page.wait_for_function("() => document.querySelectorAll('.score .surprises li').length >= 20")
    page.locator(".score .cell").nth(3).hover()


def open_models(page: Page) -> None:
    page.evaluate("window.playground.tabs.show('models')")
    page.wait_for_selector(".models .evidence tfoot td")
    page.wait_for_function("() => document.querySelectorAll('.models .sides .curve').length >= 5")
    page.locator(".models .same .cell").nth(30).hover()
    page.wait_for_selector(".models .labels .came")


def open_search(page: Page) -> None:
    page.evaluate("window.playground.tabs.show('search')")
    page.wait_for_selector(".search .writing.human .letter")
    page.wait_for_selector(".search .writing.beam .letter")
    page.locator(".search .tree text.best").last.hover()
    page.locator(".search .writing.beam .letter").nth(3).hover()


def open_temperatures(page: Page) -> None:
    page.evaluate("window.playground.tabs.show('temperatures')")
    page.wait_for_function("() => document.querySelectorAll('.column-figures dd').length === 16")
    page.get_by_role("button", name=page_words(page)["temperatures_draw"]).click()
    page.get_by_role("button", name=page_words(page)["temperatures_seeds"]).click()
    done = page_words(page)["temperatures_seeds_done"]
    expect(page.locator(".seeds .said")).to_contain_text(done[-30:], timeout=60_000)
    page.locator(".column-text .cell").nth(3).hover()


def open_shape(page: Page, name: str) -> None:
    """Open a section of the Shapes tab, with its example."""
    page.evaluate("window.playground.tabs.show('shapes')")
    page.locator(f".shapes .shape-card[data-shape={name}]").click()
    expect(page.locator(f"#shape-{name} :is(.diagram text.of-output, table td, svg path)").first).to_be_attached()


def open_translation(page: Page) -> None:
    page.locator(".shapes .shape-card[data-shape=translate]").click()
    page.locator("#shape-translate .letters:not(.source) .letter").nth(3).click()
    page.locator("#shape-translate .bar").nth(1).click()
    expect(page.locator("#shape-translate .letter.hand")).to_be_visible(timeout=60_000)
    expect(page.locator("#shape-translate .heatmap")).to_be_visible(timeout=60_000)


def open_refused_score(page: Page) -> None:
    page.locator("#score-text").fill("a" * 20_001)
    expect(page.locator(".score .problem")).to_contain_text("20,001")


@pytest.mark.parametrize(("options", "themes"), LOOKS.values(), ids=LOOKS)
def test_axe_finds_nothing(
    visit: Visit, new_page: NewPage, axe: str, options: dict[str, Any], themes: tuple[str, ...]
) -> None:
    page = visit(f"{LINK}&__theme=light", new_page(**options))
    page.evaluate(axe)
    assert_clean(page, "opened", themes)
    states = (
        open_empty_prompt, start_playing, write_text, show_notice, open_hub_panel,
        open_explanation, open_dialog, open_score, open_refused_score,
    )  # fmt: skip
    for state in states:
        state(page)
        assert_clean(page, state.__name__, themes)
    for tab in (open_models, open_search, open_temperatures):
        tab(page)
        assert_clean(page, tab.__name__, themes, f".{tab.__name__.removeprefix('open_')}")


@pytest.mark.parametrize(("options", "themes"), LOOKS.values(), ids=LOOKS)
def test_axe_finds_nothing_in_any_section_of_shapes(
    visit: Visit, new_page: NewPage, axe: str, options: dict[str, Any], themes: tuple[str, ...]
) -> None:
    page = new_page(**options)
    for name in SHAPES:  # a page each: axe checks hidden sections too, which takes long
        visit(f"{LINK}&__theme=light&tab=shapes&shape={name}", page, "attached")
        page.evaluate(axe)
        open_shape(page, name)
        if name == "translate":
            open_translation(page)
        assert_clean(page, f"shape {name}", themes, ".shapes")
