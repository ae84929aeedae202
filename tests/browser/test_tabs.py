"""The tabs: each loads when it is first opened, the address says which one is looked at, and none loses anything."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from playground.ui.page import TABS
from playground.words import catalogue
from tests.browser.hands import WORDS, Requests, generate, painted, set_temperature, setting, text_of
from tests.browser.test_textbooks import SEEN

HERE = "/?model=shakespeare-ngram&prompt=To+be&length=20&seed=5"
OPENED = "#distribution[data-step]"
SCORED = ".score .score_per_character"


def tab(page: Page, name: str) -> None:
    """Click a tab, and wait until its content is seen."""
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
    tab(page, "score")
    page.wait_for_selector(SCORED)
    assert of_score() == ["css/score.css", "pack/tabs/score.js"]
    tab(page, "play")
    tab(page, "score")
    assert of_score() == ["css/score.css", "pack/tabs/score.js"]


# The address is written anew before gradio shows a tab: on a slow machine that takes it longer than the page waits.
REWRITTEN = """{
  let held;
  Object.defineProperty(window, "playground", { get: () => held, set: (handles) => {
    held = handles;
    history.replaceState(null, "", location.href.replace("&tab=score", ""));
  } });
}"""


def test_a_link_opens_its_tab_however_long_gradio_takes(server: str, page: Page) -> None:
    page.add_init_script(REWRITTEN)
    page.goto(server + HERE + "&tab=score&lang=ko")
    page.wait_for_selector(SCORED)
    page.wait_for_url(re.compile(r"[?&]tab=score\b"))


def test_back_and_forward_go_from_tab_to_tab(server: str, page: Page) -> None:
    page.goto(server + HERE)
    page.wait_for_selector(OPENED)
    tab(page, "score")
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
    tab(page, "play")
    painted(page)
    assert setting(page, "temperature") == 0.25
    assert text_of(page) == "To be"
    assert "tab=" not in page.url


def test_a_link_to_a_tab_leaves_no_tab_in_another_language(server: str, new_page: Callable[..., Page]) -> None:
    """Gradio kept the old label of a tab that is not open, every second time."""
    names = [catalogue("ko")[module.TITLE] for module in TABS.values()]
    for _ in range(3):
        page = new_page(locale="ko-KR")
        page.goto(f"{server}{HERE}&tab=search")
        page.wait_for_function("() => window.playground?.store.state.tab === 'search'")
        expect(page.get_by_role("tab")).to_have_text(names)


def test_a_tab_that_there_is_not_is_play(server: str, page: Page) -> None:
    page.goto(f"{server}{HERE}&tab=nowhere")
    page.wait_for_selector(OPENED)
    expect(page.locator("#tab-play")).to_be_visible()
    page.wait_for_function("() => !location.search.includes('tab=')")


def test_changing_tabs_keeps_all_that_was_done_in_them(server: str, page: Page) -> None:
    page.goto(server + HERE)
    page.wait_for_selector(OPENED)
    set_temperature(page, 0.5)
    written = generate(page, 20)
    tab(page, "score")
    box = page.locator("#score-text")
    box.fill("abc")
    tab(page, "play")
    painted(page)
    assert text_of(page) == written
    assert setting(page, "temperature") == 0.5
    tab(page, "score")
    expect(box).to_have_value("abc")


def test_the_keys_of_play_do_nothing_on_another_tab(server: str, page: Page) -> None:
    page.goto(server + HERE)
    page.wait_for_selector(OPENED)
    tab(page, "score")
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
    tab(page, "play")
    page.locator("h1").click()
    page.keyboard.press("1")
    page.wait_for_function("() => window.playground.store.state.settings.temperature === 0")


def test_a_tab_that_did_not_arrive_can_be_asked_for_again(server: str, page: Page, troubles: list[str]) -> None:
    page.route("**/tabs/score.js", lambda route: route.abort())
    page.goto(server + HERE)
    page.wait_for_selector(OPENED)
    tab(page, "score")
    expect(page.locator("#score").get_by_role("alert")).to_have_text(WORDS["tab_failed"])
    page.locator("#score").get_by_role("button", name=WORDS["try_again"]).click()
    page.wait_for_selector(SCORED)
    assert all("ERR_FAILED" in trouble or "dynamically imported module" in trouble for trouble in troubles), troubles
    troubles.clear()


@pytest.mark.parametrize("width", [320, 820])
def test_a_link_opens_the_last_tab_where_not_all_of_them_fit(server: str, page: Page, width: int) -> None:
    """Gradio takes those that do not fit out of the page."""
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{server}{HERE}&tab={[*TABS][-1]}")
    page.wait_for_selector(".shapes .diagram")
    expect(page.locator("#tabs [role=tablist] [role=tab]")).to_have_count(len(TABS))
    expect(page.get_by_role("tab").last).to_be_in_viewport(ratio=0.9)
    page.get_by_role("tab", name=WORDS["tab_play"]).click()
    expect(page.locator("#tab-play")).to_be_visible()


@pytest.mark.parametrize("name", ["temperatures", "models", "search", "score", "shapes"])
def test_the_temperature_asks_the_server_nothing(server: str, page: Page, name: str) -> None:
    """Once a tab shows what it shows by default: what follows from T is worked out in the browser, but for texts."""
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
        page.wait_for_url(f"**temperature={temperature}**")  # written after a pause, as long as any before a question
    assert set(sent) <= ({"write"} if name == "models" else set())
