"""`hide=` in a link removes controls: before the first paint, from the tab order, and in every later link."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from playground.words import LANGUAGES, catalogue
from tests.browser.hands import WORDS, bars, cells, generate, set_full_speed, setting
from tests.browser.test_bends import bar, menu
from tests.browser.test_front import HERE, HeldPage
from tests.browser.test_layout import STORE
from tests.conftest import REPOSITORY

NewPage = Callable[..., Page]
# What each name hides, and a neighbour that stays.
PARTS = {
    "header": (["#header h1", "#header .languages", "#share"], "#prompt"),
    "tabs": (["#tabs .tab-container:not(.visually-hidden)", "#tab-score-button"], "#prompt"),
    "model": (["#model"], "#prompt"),
    "about": (["#about .line"], "#prompt"),
    "notches": (["#temperature .notches", "#temperature .explain"], "#temperature .rail input"),
    "figures": (["#figures dl", "#figures .told"], "#figures .legend"),
    "bend": (["#figures .legend .reset"], "#figures .legend .outline"),
    "versions": (["#text .listed", "#text .forget"], "#text .cells"),
    "share": (["#share"], "#header h1"),
    "settings": (["#knobs .fold", "#top-k", "#seed"], "#chart"),
    "truncation": (["#top-k", "#top-p", "#min-p"], "#length"),
    "length": (["#length"], "#seed"),
    "stop": (["#stop-at"], "#seed"),
    "seed": (["#seed", "#new-seed"], "#length"),
    "chart": (["#chart summary"], "#knobs"),
}
LINK = "/?model=shakespeare-ngram&prompt=To+be&seed=5&length=30&bias=q:1"


def open_page(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("#distribution[data-step]")
    return page


def test_the_page_the_readme_and_this_test_list_the_same_names() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    told = readme.split("what is left out |")[1].split("</details>")[0]
    listed = (REPOSITORY / "playground/web/core/hidden.js").read_text("utf-8").split("NAMES = [")[1].split("]")[0]
    assert set(re.findall(r'"([a-z]+)"', listed)) == set(re.findall(r"`([a-z]+)`", told)) == set(PARTS)


def test_each_name_hides_its_own_controls_from_eyes_and_keys(shared_page: Page, server: str) -> None:
    page = open_page(shared_page, server + LINK)
    generate(page, 30)
    generate(page, 30)  # the first text becomes an earlier version
    expect(page.locator("#text .branch").first).to_be_visible()
    for name, (parts, beside) in PARTS.items():
        page.evaluate("name => { document.documentElement.dataset.hide = name; }", name)
        for part in parts:
            expect(page.locator(part).first).not_to_be_visible()
            inside = ":is(button, input, select, summary, a)"
            reached = """([part, inside]) => [...document.querySelectorAll(part)]
              .flatMap((node) => [node, ...node.querySelectorAll(inside)]).filter((node) => {
                node.focus();
                return document.activeElement === node;
              }).length"""
            assert page.evaluate(reached, [part, inside]) == 0, part
        expect(page.locator(beside).first).to_be_visible()
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        heading, rail = (page.locator(f"#temperature .{part}").bounding_box() for part in ("value", "rail"))
        assert heading is not None and rail is not None
        assert heading["y"] + heading["height"] <= rail["y"] + 1, name
    page.evaluate("delete document.documentElement.dataset.hide")
    for parts, _ in PARTS.values():
        for part in parts:
            expect(page.locator(part).first).to_be_visible()


def test_hidden_controls_are_absent_at_the_first_paint(server: str, page: Page) -> None:
    held = HeldPage(page, f"{server}{HERE}&hide=header,tabs,model,notches")
    held.wait_until_painted()
    seen = """() => ["#header h1", ".tab-container", ".ask i:first-child", "#temperature .notches", ".ask i", ".bars"]
      .map((part) => [...document.getElementById("front").shadowRoot.querySelectorAll(part)]
        .some((node) => node.checkVisibility({ visibilityProperty: true })))"""
    assert page.evaluate(seen) == [False, False, False, False, True, True]
    held.let_go()
    for part in ("#header h1", "#tab-play-button", "#model", "#temperature .notches"):
        expect(page.locator(part)).not_to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_hide_stays_in_the_address_and_an_unknown_name_is_told(language: str, shared_page: Page, server: str) -> None:
    page = open_page(shared_page, f"{server}{LINK}&lang={language}&hide=seed,nobody,tabs")
    said = catalogue(language)["link_ignored"].replace("{value:은/는}", "{value}는").format(name="hide", value="nobody")
    expect(page.locator("#notice")).to_contain_text(said)
    page.wait_for_url(re.compile("hide=seed,tabs"))
    page.evaluate("window.playground.store.set({ top_k: 7 })")
    page.wait_for_url(re.compile(r"top-k=7"))
    assert "hide=seed,tabs" in page.url
    page.evaluate("window.playground.language.choose('ko'); window.playground.language.choose('en')")
    page.evaluate("window.playground.tabs.show('score')")
    page.wait_for_url(re.compile("tab=score"))
    assert "hide=seed,tabs" in page.url
    page.reload()
    expect(page.locator(".score .cell").first).to_be_visible()
    expect(page.locator("#tab-play-button")).not_to_be_visible()


def test_a_link_shows_one_tab_alone(shared_page: Page, server: str) -> None:
    page = shared_page
    page.goto(f"{server}/?tab=score&hide=header,tabs")
    cell = page.locator(".score .point")
    expect(cell).to_be_visible()
    top = cell.bounding_box()
    assert top is not None and top["y"] < 60, "an empty header stands above it"


def test_keys_of_hidden_controls_do_nothing(shared_page: Page, server: str) -> None:
    page = open_page(shared_page, f"{server}{LINK}&hide={','.join(PARTS)}")
    page.locator("#distribution .bars .bar").first.focus()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()  # in the header, which is hidden
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    expect(cells(page)).to_have_count(6)
    set_full_speed(page)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("g")
    whole = "({ state }) => !state.busy && state.run.steps.length >= 35"
    page.wait_for_function(whole, arg=page.evaluate_handle(STORE))
    stops = set()
    page.locator("#prompt textarea").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        hidden = "#header, #knobs, #model, .tab-wrapper, #chart"
        stops.add(page.evaluate(f"document.activeElement.closest('{hidden}')?.id"))
    assert stops == {None}


def test_hidden_bias_controls_leave_the_bars_as_they_are(shared_page: Page, server: str) -> None:
    page = open_page(shared_page, server + LINK + "&hide=bend&temperature=1")
    before = bars(page)
    bar(page, 2).hover()
    expect(page.locator("#distribution .bend-dots")).to_have_count(0)
    bar(page, 2).click(button="right")
    expect(menu(page)).to_have_count(0)
    box = bar(page, 0).locator(".column").bounding_box()
    assert box is not None
    top = box["y"] + box["height"] * (1 - next(iter(before.values())).height)
    page.mouse.move(box["x"] + box["width"] / 2, top)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, top + 40, steps=4)
    page.mouse.up()
    assert setting(page, "bias") == "q:1"


def test_a_folded_row_does_not_mention_hidden_controls(shared_page: Page, server: str) -> None:
    page = open_page(shared_page, server + LINK + "&hide=truncation,seed")
    fold = page.get_by_title(WORDS["knobs"], exact=True)
    fold.click()
    expect(fold.locator(".muted")).to_have_text(f"{WORDS['name_length']} 30")
    fold.click()
