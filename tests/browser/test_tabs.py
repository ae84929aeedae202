"""The tabs: each loads when it is first opened, the address names the open one, and none loses anything."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from playground.ui.page import TABS
from playground.words import LANGUAGES, catalogue
from tests.browser.hands import WORDS, Requests, generate, set_temperature, setting, text_of, wait_until_painted
from tests.browser.test_textbooks import SEEN

HERE = "/?model=shakespeare-ngram&prompt=To+be&length=20&seed=5"
OPENED = "#distribution[data-step]"
SCORED = ".score .score_per_character"


def open_tab(page: Page, name: str) -> None:
    """Click a tab, and wait until its content is shown."""
    page.get_by_role("tab", name=WORDS[f"tab_{name}"], exact=True).click()
    expect(page.locator(f"#tab-{name}")).to_be_visible()


def test_a_tab_loads_when_it_is_first_opened_and_only_then(server: str, page: Page) -> None:
    requests = Requests(page)

    def of_score() -> list[str]:
        return sorted(match[1] for sent in requests if (match := re.search(r"/web-\w+/(.*score\.\w+)", sent)))

    page.goto(server + HERE)
    page.wait_for_selector(OPENED)
    assert of_score() == []
    assert not [sent for sent in requests if "ledger" in sent]
    open_tab(page, "score")
    page.wait_for_selector(SCORED)
    assert of_score() == ["css/score.css", "pack/tabs/score.js"]
    open_tab(page, "play")
    open_tab(page, "score")
    assert of_score() == ["css/score.css", "pack/tabs/score.js"]


# The address changes before gradio shows a tab: on a slow machine that takes it longer than the page waits.
REWRITTEN = """{
  let held;
  Object.defineProperty(window, "playground", { get: () => held, set: (handles) => {
    held = handles;
    history.replaceState(null, "", location.href.replace("&tab=score", ""));
  } });
}"""


def test_a_link_opens_its_tab_even_if_gradio_is_slow(server: str, page: Page) -> None:
    page.add_init_script(REWRITTEN)
    page.goto(server + HERE + "&tab=score&lang=ko")
    page.wait_for_selector(SCORED)
    page.wait_for_url(re.compile(r"[?&]tab=score\b"))


def test_back_and_forward_move_between_tabs(server: str, page: Page) -> None:
    page.goto(server + HERE)
    page.wait_for_selector(OPENED)
    open_tab(page, "score")
    page.wait_for_url("**tab=score**")
    set_elsewhere = "window.playground.setTemperature(0.5)"
    page.evaluate(set_elsewhere)
    page.go_back()
    expect(page.locator("#tab-play")).to_be_visible()
    page.wait_for_function("() => location.search.includes('temperature=0.5') && !location.search.includes('tab=')")
    assert setting(page, "temperature") == 0.5
    page.go_forward()
    expect(page.locator("#tab-score")).to_be_visible()
    page.wait_for_function("() => location.search.includes('tab=score')")


def test_a_link_opens_a_tab_and_the_page_with_it(server: str, page: Page) -> None:
    before = page.evaluate("history.length")  # of a page that other tests had, at most 50
    page.goto(f"{server}{HERE}&tab=score&temperature=0.25")
    page.wait_for_selector(SCORED)
    expect(page.get_by_role("tab", name=WORDS["tab_score"])).to_have_attribute("aria-selected", "true")
    assert page.evaluate("history.length") == min(before + 1, 50), "the link is one entry of the history"
    page.wait_for_function("() => window.playground.store.state.opened")
    open_tab(page, "play")
    wait_until_painted(page)
    assert setting(page, "temperature") == 0.25
    assert text_of(page) == "To be"
    assert "tab=" not in page.url


def test_a_link_to_a_tab_translates_every_tab(server: str, new_page: Callable[..., Page]) -> None:
    """Gradio kept the old label of a closed tab, every second time."""
    names = [catalogue("ko")[module.TITLE] for module in TABS.values()]
    for _ in range(3):
        page = new_page(locale="ko-KR")
        page.goto(f"{server}{HERE}&tab=search")
        page.wait_for_function("() => window.playground?.store.state.tab === 'search'")
        expect(page.get_by_role("tab")).to_have_text(names)


def test_an_unknown_tab_opens_play(server: str, page: Page) -> None:
    page.goto(f"{server}{HERE}&tab=nowhere")
    page.wait_for_selector(OPENED)
    expect(page.locator("#tab-play")).to_be_visible()
    page.wait_for_function("() => !location.search.includes('tab=')")


def test_changing_tabs_keeps_their_state(server: str, page: Page) -> None:
    page.goto(server + HERE)
    page.wait_for_selector(OPENED)
    set_temperature(page, 0.5)
    written = generate(page, 20)
    open_tab(page, "score")
    box = page.locator("#score-text")
    box.fill("abc")
    open_tab(page, "play")
    wait_until_painted(page)
    assert text_of(page) == written
    assert setting(page, "temperature") == 0.5
    open_tab(page, "score")
    expect(box).to_have_value("abc")


def test_the_shortcuts_of_play_do_nothing_on_another_tab(server: str, page: Page) -> None:
    page.goto(server + HERE)
    page.wait_for_selector(OPENED)
    open_tab(page, "score")
    page.wait_for_selector(SCORED)
    before = "JSON.stringify([window.playground.store.state.settings, window.playground.store.state.run.steps.length])"
    state = page.evaluate(before)
    page.locator("h1").click()
    for key in ("n", "g", "1", "ArrowRight", " "):
        page.keyboard.press(key)
    assert page.evaluate(before) == state
    assert page.evaluate("window.playground.store.state.busy") is False
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    open_tab(page, "play")
    page.locator("h1").click()
    page.keyboard.press("1")
    page.wait_for_function("() => window.playground.store.state.settings.temperature === 0")


def test_a_tab_that_failed_to_load_can_be_retried(server: str, page: Page, troubles: list[str]) -> None:
    page.route("**/tabs/score.js", lambda route: route.abort())
    page.goto(server + HERE)
    page.wait_for_selector(OPENED)
    open_tab(page, "score")
    expect(page.locator("#score").get_by_role("alert")).to_have_text(WORDS["tab_failed"])
    page.locator("#score").get_by_role("button", name=WORDS["try_again"]).click()
    page.wait_for_selector(SCORED)
    assert all("ERR_FAILED" in trouble or "dynamically imported module" in trouble for trouble in troubles), troubles
    troubles.clear()


@pytest.mark.parametrize(("tab", "there"), [("play", OPENED), ("shapes", ".shapes .diagram")])
@pytest.mark.parametrize("language", LANGUAGES)
def test_all_tabs_are_visible_on_a_phone(server: str, page: Page, language: str, tab: str, there: str) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{server}/?model=shakespeare-ngram&lang={language}&tab={tab}")
    page.wait_for_selector(there)
    for module in TABS.values():
        name = catalogue(language)[module.TITLE]
        expect(page.get_by_role("tab", name=name, exact=True)).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize("width", [320, 820])
def test_a_link_opens_the_last_tab_even_if_not_all_fit(server: str, page: Page, width: int) -> None:
    """Gradio removes tabs that do not fit from the page."""
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{server}{HERE}&tab={[*TABS][-1]}")
    page.wait_for_selector(".shapes .diagram")
    expect(page.locator("#tabs [role=tablist] [role=tab]")).to_have_count(len(TABS))
    expect(page.get_by_role("tab").last).to_be_in_viewport(ratio=0.9)
    page.get_by_role("tab", name=WORDS["tab_play"]).click()
    expect(page.locator("#tab-play")).to_be_visible()


@pytest.mark.parametrize("name", ["temperatures", "models", "search", "score", "shapes"])
def test_changing_the_temperature_sends_no_request(server: str, page: Page, name: str) -> None:
    """Once a tab shows its default content: what depends on T is computed in the browser, except for texts."""
    page.goto(
        f"{server}/?tab={name}&model=shakespeare-ngram&prompt=To+be&length=40&temperatures=0.5,1"
        "&compare=shakespeare-ngram,shakespeare-bigram"
    )
    page.wait_for_selector(SEEN["one" if name == "shapes" else name], state="attached")
    page.wait_for_load_state("networkidle")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(urlsplit(request.url).path.rpartition("/")[2]))
    for temperature in ("0.3", "0.8", "2.5"):
        page.evaluate(f"window.playground.setTemperature({temperature})")
        page.wait_for_url(f"**temperature={temperature}**")  # sent after a pause, as long as any before a request
    assert set(sent) <= ({"write"} if name == "models" else set())
