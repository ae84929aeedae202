"""The page in English and Korean: chosen by the browser, the link or the switch, which loses nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

Visit = Callable[..., Page]
I18N = Path(__file__).parents[2] / "playground" / "ui" / "i18n"
WORDS = {name: json.loads((I18N / f"{name}.json").read_text("utf-8")) for name in ("en", "ko")}


def assert_language(page: Page, language: str) -> None:
    """Gradio's parts and the page's own are in this language."""
    words = WORDS[language]
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page).to_have_title(words["title"])
    expect(page.locator("#share")).to_have_text(words["share"])
    expect(page.locator("#figures dt").first).to_contain_text(words["entropy"])
    expect(page.get_by_label(words["model"])).to_be_visible()
    expect(page.get_by_label(words["prompt"], exact=True)).to_have_attribute("placeholder", words["prompt_empty"])
    expect(page.locator("#generate")).to_have_text(words["generate"])
    expect(page.locator("#tab-score-button")).to_have_text(words["tab_score"])
    expect(page.locator("input[type=range][aria-label]").first).to_have_attribute("aria-label", words["temperature"])


def document_language(page: Page) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get("lang", [])


def test_the_switch_translates_every_text_and_loses_nothing(visit: Visit, new_page: Callable[..., Page]) -> None:
    page = visit("/?seed=7&temperature=1.5", new_page(locale="ko-KR"))
    assert_language(page, "ko")
    assert document_language(page) == []
    page.evaluate("window.same = true")
    box = page.locator("#prompt textarea")
    box.fill("O Romeo")
    page.wait_for_function("window.playground.store.state.run.text === 'O Romeo'")
    page.locator("#top-p-box").fill("7")
    expect(page.locator("#notice")).to_contain_text("누적 확률은 0~1 사이의 수여야 하는데 '7'입니다.")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.get_by_role("button", name="English").click()
    assert_language(page, "en")
    expect(page.locator("#notice")).to_contain_text("top-p must be a number from 0 to 1, but was '7'.")
    expect(page.get_by_role("button", name="English")).to_be_focused()
    expect(box).to_have_value("O Romeo")
    assert page.evaluate("window.same")
    assert [url for url in requests if "/gradio_api/" in url] == []
    page.wait_for_function("location.search.includes('lang=en')")
    state = page.evaluate("(({ settings }) => [settings.seed, settings.temperature])(window.playground.store.state)")
    assert state == [7, 1.5]
    page.reload()
    assert_language(page, "en")
    page.get_by_role("button", name="한국어").click()
    assert_language(page, "ko")


def test_the_link_sets_the_language_and_an_unknown_one_is_ignored(visit: Visit) -> None:
    page = visit("/?lang=ko&top-k=-1")
    assert_language(page, "ko")
    told = "상위 k개의 값은 0~1,000,000 사이의 정수여야 합니다. '-1'은 무시하고 0을 씁니다."
    expect(page.locator("#notice")).to_contain_text(told)
    page.wait_for_function("location.search.includes('lang=ko') && location.search.includes('seed=')")
    page.locator("#notice .close").click()
    page.get_by_role("button", name="English").click()
    assert_language(page, "en")
    expect(page.locator("#notice p")).to_have_count(0)  # a closed notice stays closed in the other language
    visit("/?lang=fr")
    assert_language(page, "en")
