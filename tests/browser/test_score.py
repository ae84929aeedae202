"""The Score tab: it shows the answer of /score, can be pointed at and stopped, and its link restores it."""

import json
import re
from collections.abc import Callable
from math import log

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from playground.server import api
from playground.words import CATALOGUES
from tests.browser.hands import WORDS, generate, input_box, text_of

NGRAM, GRU = "shakespeare-ngram", "shakespeare-gru-geron"
HERE = f"/?tab=score&model={NGRAM}&prompt=To+be&length=20&seed=5&models={NGRAM}"
EXAMPLE = "To be, or not to be, that is the question:\nTo be, or not to be, that is the qeustion:"

# As pasting does; Playwright's fill takes seconds with so long a text.
PASTE = "(box, text) => { box.value = text; box.dispatchEvent(new Event('input')); }"
BITS = "spans => spans.map(({ textContent }) => parseFloat(textContent))"
FETCHES = """() => {
  const { fetch } = window;
  window.signals = [];
  window.fetch = (address, options) => {
    if (String(address).endsWith("/score")) window.signals.push(options.signal);
    return fetch(address, options);
  };
}"""

KOREAN = CATALOGUES / "ko.json"

Open = Callable[..., Page]


@pytest.fixture
def score(server: str, page: Page) -> Open:
    """score(query) opens the tab, and returns the page once all models have read the text."""

    def go(query: str = "") -> Page:
        page.goto(server + HERE + query)
        return wait_until_scored(page)

    return go


def wait_until_scored(page: Page) -> Page:
    """Wait until every model has read the whole text."""
    page.wait_for_function("""() => {
      const panels = [...document.querySelectorAll(".score .panel")];
      return panels.length && panels.every((panel) => panel.querySelector(".figures dd"))
        && document.querySelector(".score .running").hidden && document.querySelector(".score .surprises li");
    }""")
    return page


def figure(page: Page, name: str, panel: int = 0) -> float:
    shown = page.locator(".score .panel").nth(panel).locator(f".score_{name} dd").inner_text()
    return float(shown.replace(",", ""))


def retype(page: Page, text: str) -> None:
    """Put another text into the box, and wait until it is read."""
    page.locator("#score-text").fill(text)
    shown = "text => document.querySelector('.score .cells').textContent.startsWith(text)"
    page.wait_for_function(shown, arg=text.partition("\n")[0])
    wait_until_scored(page)


def table_rows(page: Page) -> list[list[str]]:
    """The rows of the table: what each model says at the current position."""
    rows = page.locator(".score .account tbody tr")
    return [[cell.strip() for cell in row.locator("th, td").all_text_contents()] for row in rows.all()]


def cell(page: Page, index: int) -> Locator:
    return page.locator(f"#score-0-{index}")


def test_the_tab_opens_with_a_line_and_a_costlier_misspelling(score: Open) -> None:
    page = score()
    expect(page.locator("#score-text")).to_have_value(EXAMPLE)
    sums = [float(text.split()[0]) for text in page.locator(".score .line .sum").all_text_contents()]
    bits = [-(p or 0) / log(2) for p in map(float, api.score(EXAMPLE, NGRAM)["log_probabilities"])]  # type: ignore[arg-type]
    assert sums == pytest.approx([sum(bits[:43]), sum(bits[43:])], abs=0.06)
    assert sums[1] > sums[0] + 10
    [[title, letter, p, surprise, total]] = table_rows(page)
    worst = max(range(len(bits)), key=bits.__getitem__)
    assert (letter, EXAMPLE[worst - 1 : worst + 2]) == ("e", "qeu")
    assert title == page.locator(".score select option:checked").inner_text()
    assert float(surprise) == pytest.approx(bits[worst], abs=0.006)
    assert float(total) == pytest.approx(sum(bits[: worst + 1]), abs=0.06)
    assert p.endswith("%")


def test_the_numbers_equal_the_endpoints(score: Open) -> None:
    page = score(f",{GRU},korean-lstm&text=To+be%2C+w%C3%BCrdig%0A%EC%95%88%EB%85%95")
    for panel, model in enumerate([NGRAM, GRU, "korean-lstm"]):
        told = api.score("To be, würdig\n안녕", model)
        assert figure(page, "per_character", panel) == pytest.approx(float(told["bits_per_character"]), abs=6e-4)
        assert figure(page, "perplexity", panel) == pytest.approx(float(told["perplexity"]), rel=1e-4, abs=6e-3)
        assert figure(page, "total", panel) == pytest.approx(float(told["nats"]) / log(2), abs=0.06)
    units = page.locator(".score_perplexity dt").all_text_contents()
    assert [unit.split()[-1] for unit in units] == ["character", "character", "jamo"]
    assert page.locator(".score .lines path").count() == 3
    unknown = page.locator(".score .panel").nth(0).locator(".cell.unknown").all_text_contents()
    assert unknown == ["ü", "안", "녕"]
    assert page.locator(".score .panel").nth(2).locator(".cell.unknown", has_text="안").count() == 0


def test_a_letter_can_be_pointed_at_by_mouse_and_keyboard(score: Open) -> None:
    page = score("&text=To+be")
    bits = [-(p or 0) / log(2) for p in map(float, api.score("To be", NGRAM)["log_probabilities"])]  # type: ignore[arg-type]
    cell(page, 1).hover()
    expect(cell(page, 1)).to_have_class(re.compile("at"))
    assert table_rows(page)[0][1:] == ["o", table_rows(page)[0][2], f"{bits[1]:.2f}", f"{sum(bits[:2]):.1f}"]
    text = page.get_by_role("listbox")
    text.focus()
    page.keyboard.press("End")
    expect(text).to_have_attribute("aria-activedescendant", "score-0-4")
    page.keyboard.press("ArrowLeft")
    expect(cell(page, 3)).to_have_attribute("aria-label", f"b, {bits[3]:.2f} bits")
    chart = page.get_by_role("slider", name=WORDS["score_ledger"])
    chart.focus()
    page.keyboard.press("Home")
    expect(cell(page, 0)).to_have_class(re.compile("at"))
    page.keyboard.press("ArrowRight")
    expect(chart).to_have_attribute("aria-valuetext", re.compile(f"o, .*{bits[1]:.2f} bits, sum {sum(bits[:2]):.1f}"))
    where = chart.bounding_box()
    assert where
    page.mouse.move(where["x"] + where["width"] * 0.5, where["y"] + 20)
    expect(cell(page, 2)).to_have_class(re.compile("at"))


def test_the_most_surprising_letters_are_listed_and_clickable(score: Open) -> None:
    lines = "\n".join(f"{n} To be, or not to be" for n in range(10, 80))
    page = score()
    retype(page, lines + "\nZq")
    bits = [-(p or 0) / log(2) for p in map(float, api.score(lines + "\nZq", NGRAM)["log_probabilities"])]  # type: ignore[arg-type]
    order = sorted(range(len(bits)), key=lambda i: -bits[i])[:10]
    listed = page.locator(".score .surprises li")
    assert listed.locator(".bits").evaluate_all(BITS) == pytest.approx([bits[i] for i in order], abs=6e-3)
    assert order[0] > 1_500, "far below what is seen at first"
    assert cell(page, order[0] - 1).count() == 0
    listed.first.get_by_role("button").click()
    expect(cell(page, order[0])).to_be_in_viewport()
    expect(cell(page, order[0])).to_have_class(re.compile("at"))
    expect(page.get_by_role("listbox")).to_be_focused()


def test_adding_and_removing_models_changes_the_address(score: Open, server: str) -> None:
    page = score("&text=Ha")
    page.get_by_role("button", name=WORDS["score_add"]).click()
    wait_until_scored(page)
    page.locator(".score select").nth(1).select_option(GRU)
    wait_until_scored(page)
    page.wait_for_url(re.compile(f"models={NGRAM}%2C{GRU}"))
    page.goto(page.url)
    wait_until_scored(page)
    expect(page.locator("#score-text")).to_have_value("Ha")
    chosen = "selects => selects.map(select => select.value)"
    assert page.locator(".score select").evaluate_all(chosen) == [NGRAM, GRU]
    page.get_by_role("button", name=WORDS["score_remove"]).first.click()
    page.wait_for_url(re.compile(f"models={GRU}"))
    assert page.locator(".score select").evaluate_all(chosen) == [GRU]
    retype(page, "x" * 2_001)
    expect(page.locator(".score .problem")).to_have_text(WORDS["score_not_in_link"])
    page.wait_for_function("() => !location.search.includes('text=')")
    page.reload()  # which loses nothing either
    wait_until_scored(page)
    expect(page.locator("#score-text")).to_have_value("x" * 2_001)


def test_a_text_from_play_is_scored_by_the_model_that_wrote_it(server: str, page: Page) -> None:
    page.goto(f"{server}/?model={NGRAM}&prompt=To+be&length=20&seed=5")
    page.wait_for_selector("#distribution[data-step]")
    written = generate(page, 20)
    page.get_by_role("tab", name=WORDS["tab_score"]).click()
    wait_until_scored(page)
    page.locator(".score select").select_option(GRU)
    page.get_by_role("button", name=WORDS["score_written"]).click()
    wait_until_scored(page)
    expect(page.locator("#score-text")).to_have_value(written)
    assert page.locator(".score select").input_value() == NGRAM
    told = api.score(written, NGRAM)["bits_per_character"]
    assert figure(page, "per_character") == pytest.approx(float(told), abs=6e-4)
    page.get_by_role("tab", name=WORDS["tab_play"]).click()
    assert text_of(page) == written
    expect(input_box(page, "prompt")).to_have_value("To be")


def test_a_long_text_shows_progress_and_can_be_stopped(score: Open) -> None:
    page = score()
    page.locator(".score select").select_option("shakespeare-gru")  # the slowest of the small models
    wait_until_scored(page)
    text = "\n".join(f"{n} To be, or not to be, that is the question" for n in range(440))[:20_000]
    page.locator("#score-text").evaluate(PASTE, text)
    bar = page.get_by_role("progressbar", name=WORDS["score_progress"])
    page.wait_for_function("""() => {
      const bar = document.querySelector(".score progress");
      return !bar.parentElement.hidden && bar.value > 0.02 && bar.value < 1;
    }""")
    expect(bar).to_be_visible()
    page.locator(".score").get_by_role("button", name=WORDS["stop"]).click()
    expect(bar).to_be_hidden()
    said = page.locator(".score .status").inner_text()
    done, of = re.findall(r"[\d,]+", said)[:2]
    assert 0 < int(done.replace(",", "")) < 20_000
    assert of == "20,000"
    assert figure(page, "per_character") > 0
    page.wait_for_selector(".score .surprises li")
    # Of the 20,000 cells only those near the view are elements.
    assert page.locator(".score .cell").count() < 4_000
    retype(page, "To be")
    expect(page.locator(".score .status")).to_be_empty()


def test_changing_the_text_cancels_its_request(score: Open, page: Page) -> None:
    score()
    page.evaluate(FETCHES)

    def hold(route: Route) -> None:
        """Keeps the request waiting."""

    page.route("**/score", hold, times=1)
    page.locator("#score-text").fill("one")
    page.wait_for_function("() => !document.querySelector('.score .running').hidden")
    retype(page, "two")
    page.wait_for_function("() => document.querySelector('.score .running').hidden")
    assert page.evaluate("window.signals.map(({ aborted }) => aborted)") == [True, False]


def test_a_refused_text_says_why_and_a_failed_one_can_be_retried(score: Open, troubles: list[str]) -> None:
    page = score()
    page.locator("#score-text").fill("a" * 20_001)
    expect(page.locator(".score .problem")).to_contain_text("20,001 characters; at most 20,000")
    page.route("**/score", lambda route: route.abort())
    page.locator("#score-text").fill("abc")
    expect(page.locator(".score .status")).to_contain_text(WORDS["lost"])
    page.unroute("**/score")
    page.locator(".score .status").get_by_role("button", name=WORDS["try_again"]).click()
    wait_until_scored(page)
    assert all("ERR_FAILED" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_a_link_with_too_many_models_says_so(score: Open) -> None:
    page = score(f",{GRU},{NGRAM},{GRU},{NGRAM}&text=Ha")
    expect(page.get_by_role("alert").filter(has_text=WORDS["models_many"].format(n=5, most=3))).to_be_visible()
    expect(page.locator(".score select")).to_have_count(3)


def test_markup_in_a_text_is_shown_as_text(score: Open) -> None:
    page = score("&text=%3Cimg+src%3Dx+onerror%3D%22window.bad%3D1%22%3E%26amp%3B")
    assert page.locator(".score .cells").inner_text().startswith('<img src=x onerror="window.bad=1">&amp;')
    assert page.locator(".score img").count() == 0
    assert page.evaluate("window.bad") is None


def test_switching_the_language_renames_the_models_and_loses_nothing(score: Open) -> None:
    page = score(f",{GRU}&text=Ha&lang=en")
    figures = page.locator(".score .figures dd").all_text_contents()
    page.evaluate("window.playground.language.choose('ko')")
    titles = [json.loads(KOREAN.read_text("utf-8"))[f"title_{model}"] for model in (NGRAM, GRU)]
    expect(page.locator(".score .account tbody .title")).to_have_text(titles)
    expect(page.locator(".score select option:checked")).to_have_text(titles)
    assert page.locator(".score .figures dd").all_text_contents() == figures
    expect(page.locator("#score-text")).to_have_value("Ha")
