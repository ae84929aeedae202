"""The Models tab: it shows the endpoints' answers, can be pointed at, and its link restores it."""

import json
import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from playground import library
from playground.inference.evidence import Evidence, discount
from playground.server import api, comparing
from playground.words import CATALOGUES
from tests.browser.hands import WORDS, input_box, label_of

NGRAM, RNN = "shakespeare-ngram", "shakespeare-rnn"
PROMPT = "To be or not to b"
HERE = f"/?tab=models&model={NGRAM}&prompt=To+be+or+not+to+b&length=60&seed=5"
TWO = f"&compare={NGRAM},{RNN}"

READY = """() => {
  const rows = [...document.querySelectorAll(".models .compared tbody tr")];
  const columns = [...document.querySelectorAll(".models .same section")];
  return rows.length && rows.every((row) => /\\d/.test(row.querySelector(".nats b").textContent))
    && columns.every((column) => column.querySelectorAll(".cell:not(.given)").length >= 60)
    && document.querySelectorAll(".models .sides section:first-child .curve").length === columns.length;
}"""
HEIGHTS = """(row) => [...row.querySelectorAll("i")].map((bar) => new DOMMatrix(bar.style.transform).d)"""

Open = Callable[..., Page]


@pytest.fixture
def models(server: str, page: Page) -> Open:
    """models(query) opens the tab, and returns the page once all models have answered."""

    def go(query: str = TWO) -> Page:
        page.goto(server + HERE + query)
        return wait_until_ready(page)

    return go


def wait_until_ready(page: Page) -> Page:
    page.wait_for_function(READY)
    return page


def rows(page: Page) -> Locator:
    return page.locator(".models .compared tbody tr")


def heights(page: Page, row: int) -> list[float]:
    found: list[float] = rows(page).nth(row).locator(".smallbars").evaluate(HEIGHTS)
    return found


def labels(page: Page) -> list[str]:
    return page.locator(".models .labels [role=option]").all_text_contents()


def expected_row(model: str, prompt: str) -> dict[str, float]:
    told = api.distribution(model, prompt)
    shown = {" ": "␣", "\n": "↵"}
    return {shown.get(symbol, symbol): p for symbol, p in zip(told["symbols"], told["probabilities"], strict=True)}


def evidence_of(symbol: str) -> list[list[str]]:
    """The evidence for a symbol after the prompt: a row for each order, the longest context first."""
    ngram = library.load(NGRAM)
    symbols, ids = ngram.vocabulary.symbols, ngram.vocabulary.encode(PROMPT).ids
    rows = []
    for level in next(Evidence(ids).steps(ngram)):
        count = level.counts[level.ids.index(symbols.index(symbol))]
        taken = discount(count, level.discounts)
        own = (count - taken) / level.total
        context = "".join(label_of(symbols[id]) for id in level.context) or WORDS["evidence_empty"]
        counted = f"{count:,} / {level.total:,}"
        mean = f"({count:,} − {taken:.2f}) / {level.total:,} = {own:.4f}"
        rows.append([context, counted, mean, f"× {level.share:.4f}", f"{level.share * own:.4f}"])
    return rows


def test_the_tab_opens_with_five_shakespeare_models_and_the_yardsticks(models: Open) -> None:
    page = models("")
    titles = [WORDS[f"title_shakespeare-{kind}"] for kind in ("ngram", "rnn", "gru", "lstm", "transformer")]
    expect(page.locator(".models .compared select option:checked")).to_have_text(titles)
    nats = [float(text) for text in page.locator(".models .compared .nats b").all_text_contents()]
    told = api.compare()["models"]
    assert nats[:5] == pytest.approx([float(one["nats"]) for one in told], abs=0.06)
    assert nats[5:] == pytest.approx([float(told[0]["letters_nats"] or 0), told[0]["uniform_nats"]], abs=0.06)
    best = page.locator(".models .compared .best:visible")
    expect(best).to_have_count(1)
    expect(rows(page).first.locator(".best")).to_be_visible()
    [parameters, size, microseconds] = rows(page).nth(1).locator(".value").all_text_contents()
    assert (parameters, size) == ("859 K", "1.7 MB")
    assert int(microseconds.replace(",", "")) > 0
    expect(rows(page).last.locator(".said")).to_contain_text("V = 65")
    expect(rows(page).last.locator(".said")).to_be_visible()
    assert "compare=" not in page.url


def test_all_bars_share_one_axis_and_one_order(models: Open) -> None:
    page = models()
    told = [expected_row(model, PROMPT) for model in (NGRAM, RNN)]
    names = labels(page)
    sums = [sum(one[name] for one in told) for name in names]
    assert sums == sorted(sums, reverse=True)
    for row, one in enumerate(told):
        assert heights(page, row) == pytest.approx([one[name] for name in names], abs=1e-5)
    ngram = library.load(NGRAM)
    letters = comparing.letters_of(ngram)
    assert letters is not None
    shares = dict(zip(map(label_of, ngram.vocabulary.symbols), letters, strict=True))
    assert heights(page, 2) == pytest.approx([shares[name] for name in names], abs=1e-5), "letter frequencies alone"
    assert heights(page, 3) == pytest.approx([1 / 65] * len(names), abs=1e-6)
    page.evaluate("window.playground.setTemperature(0.25)")
    page.wait_for_function("() => document.querySelector('.models .said').textContent.startsWith('e 100')")
    page.evaluate("window.playground.setTemperature(9)")
    page.wait_for_function("() => !document.querySelector('.models .said').textContent.startsWith('e 100')")
    assert labels(page) == names, "the order is that at T = 1"


def test_the_best_n_gram_is_a_yardstick_even_if_it_is_not_compared(models: Open) -> None:
    page = models(f"&compare={RNN}")
    expect(rows(page)).to_have_count(4)
    expect(rows(page).nth(1)).to_contain_text(WORDS["models_yardstick_count"])
    [one] = api.compare([RNN], PROMPT)["models"]
    assert float(rows(page).nth(1).locator(".nats b").inner_text()) == pytest.approx(one["count_nats"], abs=0.06)
    page.get_by_role("button", name=WORDS["models_metric_surprise"]).click()
    expect(page.locator(".models .sides section").nth(1)).to_contain_text(WORDS["models_best_count"])


def test_a_link_with_too_many_models_says_so(models: Open) -> None:
    page = models("&compare=" + ",".join([NGRAM, RNN] * 5))
    said = WORDS["models_many"].format(n=10, most=8)
    expect(page.locator(".models .problem").first).to_have_text(said)
    expect(rows(page)).to_have_count(10)


def test_pointing_at_an_unfinished_text_shows_all_models(server: str, page: Page) -> None:
    page.goto(server + HERE.replace("length=60", "length=200") + TWO)
    page.wait_for_function("() => document.querySelectorAll('#models-1-30').length")
    page.locator("#models-1-30").dispatch_event("pointerover")
    told = page.locator(".models .told-of span")
    expect(told).to_have_count(3)
    expect(page.locator(".models .told-of")).not_to_contain_text("…")
    expect(told.nth(1)).to_contain_text("%")


def test_a_model_opened_later_can_be_compared(models: Open) -> None:
    page = models()
    page.evaluate("name => window.playground.modelnames.remember(name, null)", f"ada/letters@{'1' * 40}")
    page.get_by_role("button", name=WORDS["models_add"]).click()
    expect(page.locator(".models .compared select").first).to_contain_text("ada/letters@1111111")


def test_pointing_at_a_character_shows_what_each_model_expected_there(models: Open) -> None:
    page = models()
    text = "".join(page.locator(".models .same section").nth(1).locator(".cell").all_text_contents())
    plain = text.replace("↵\n", "\n")
    at = 40
    page.locator(f"#models-1-{at}").hover()
    names_of = [expected_row(model, plain[:at]) for model in (NGRAM, RNN)]

    def agrees() -> bool:
        names = labels(page)
        return all(
            heights(page, row) == pytest.approx([one[name] for name in names], abs=1e-4)
            for row, one in enumerate(names_of)
        )

    page.wait_for_function("() => document.querySelectorAll('.models .labels .came').length === 1")
    for _ in range(100):
        if agrees():
            break
        page.wait_for_timeout(50)
    assert agrees()
    expect(page.locator(f"#models-1-{at}")).to_have_class(re.compile("at"))
    came = page.locator(".models .labels .came").inner_text()
    assert came == {" ": "␣", "\n": "↵"}.get(plain[at], plain[at])
    page.get_by_role("button", name=WORDS["models_back"]).click()
    # One list: a second query could match while the first still fails.
    where = page.locator(".models .where")
    expect(where).to_have_text(WORDS["models_where"].replace("{text}", PROMPT))
    page.evaluate("window.playground.setTemperature(4.82)")  # the bars follow it, and the heading names it
    expect(where).to_have_text(WORDS["models_where"].replace("{text}", PROMPT) + " T = 4.82")
    page.evaluate("window.playground.setTemperature(1)")
    listbox = page.locator(".models .same .cells").first
    listbox.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(listbox).to_have_attribute("aria-activedescendant", "models-0-1")


def test_every_model_uses_the_same_draws(models: Open) -> None:
    page = models()
    page.evaluate("window.playground.store.set({ temperature: Infinity, top_k: 0 })")
    page.wait_for_function("() => document.querySelector('.models').textContent.includes('∞')")
    same = """() => {
      const [a, b] = [...document.querySelectorAll(".models .same .cells")].map((node) => node.textContent);
      return a.length > 70 && a === b;
    }"""
    page.wait_for_function(same)  # if all symbols are equally likely, the random draw alone decides


def test_the_curve_and_the_evidence_equal_the_models_numbers(models: Open) -> None:
    page = models()
    chart = page.locator(".models .sides svg[role=slider]").first
    chart.focus()
    page.keyboard.press("End")
    full, best = (np.array([*expected_row(model, PROMPT).values()]) for model in (RNN, NGRAM))
    gap = float((full * np.log(full / best)).sum())
    counted = f"best n-gram: Shakespeare · n-gram – · Shakespeare · RNN {gap:.4f}"  # compared with itself: –
    expect(chart).to_have_attribute("aria-valuetext", counted)
    page.keyboard.press("ArrowLeft")
    expect(chart).to_have_attribute("aria-valuetext", re.compile(r"all: .* 0\.00 · .* 0\.00"))
    page.keyboard.press("ArrowLeft")
    expect(chart).to_have_attribute("aria-valuetext", re.compile("last 16 symbols: "))
    expect(page.locator(".models .reached li").first).to_contain_text("8 symbols suffice")
    p = expected_row(NGRAM, PROMPT)
    expect(page.locator(".models .evidence tfoot td")).to_have_text(f"{p['e']:.4f} = {100 * p['e']:.1f} %")
    parts = [float(text) for text in page.locator(".models .evidence tbody td:last-child").all_text_contents()]
    assert sum(parts) == pytest.approx(p["e"], abs=5e-4)
    levels = page.locator(".models .evidence tbody tr")
    assert levels.count() == 8
    assert [row.locator("th, td").all_text_contents() for row in levels.all()[:3]] == evidence_of("e")[:3]
    box_of = page.locator(".models .labels")
    box_of.focus()
    for key in ("Home", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    second = labels(page)[1]
    expect(page.locator(".models .evidence tfoot th")).to_have_text(f"Sum: probability of {second} at T = 1")
    page.wait_for_url(re.compile(f"evidence={second}"))


def test_adding_and_removing_models_changes_the_address(models: Open) -> None:
    page = models()
    page.get_by_role("button", name=WORDS["models_add"]).click()
    wait_until_ready(page)
    assert rows(page).count() == 5
    page.locator(".models .compared select").nth(2).select_option("names-gru")
    page.wait_for_url(re.compile("compare=shakespeare-ngram%2Cshakespeare-rnn%2Cnames-gru"))
    page.get_by_role("button", name=WORDS["models_remove"]).first.click()
    page.wait_for_url(re.compile("compare=shakespeare-rnn%2Cnames-gru"))
    page.goto(page.url)
    wait_until_ready(page)
    chosen = "selects => selects.map(select => select.value)"
    assert page.locator(".models .compared select").evaluate_all(chosen) == [RNN, "names-gru"]


def test_the_prompt_is_that_of_play(models: Open) -> None:
    page = models()
    page.locator("#models-prompt").fill("HAMLET:")
    expect(page.locator(".models .where code")).to_have_text("HAMLET:")
    names = expected_row(NGRAM, "HAMLET:")
    page.wait_for_function("() => document.querySelector('.models .labels').textContent.startsWith('↵')")
    wait_until_ready(page)
    assert heights(page, 0)[0] == pytest.approx(names["↵"], abs=1e-4)
    page.get_by_role("tab", name=WORDS["tab_play"]).click()
    expect(input_box(page, "prompt")).to_have_value("HAMLET:")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    input_box(page, "prompt").fill("ROMEO:")
    page.wait_for_function("() => window.playground.store.state.run.text === 'ROMEO:'")
    assert not [url for url in asked if url.endswith(("/compare", "/reach", "/evidence"))], "nobody looks at it"
    page.get_by_role("tab", name=WORDS["tab_models"]).click()
    expect(page.locator(".models .where code")).to_have_text("ROMEO:")
    expect(page.locator("#models-prompt")).to_have_value("ROMEO:")


def test_a_failed_model_says_why_and_can_be_retried(models: Open, troubles: list[str]) -> None:
    page = models()
    page.route("**/compare", lambda route: route.abort())
    page.locator("#models-prompt").fill("To")
    status = page.locator(".models .same .status").first
    expect(status).to_contain_text(WORDS["lost"])
    page.unroute("**/compare")
    status.get_by_role("button", name=WORDS["try_again"]).click()
    wait_until_ready(page)
    expect(status).to_be_empty()
    assert all("ERR_FAILED" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_switching_the_language_renames_all_and_loses_nothing(models: Open) -> None:
    page = models(TWO + "&lang=en")
    nats = page.locator(".models .compared .nats b").all_text_contents()
    page.evaluate("window.playground.language.choose('ko')")
    korean = json.loads((CATALOGUES / "ko.json").read_text("utf-8"))
    expect(page.locator(".models .compared select option:checked")).to_have_text(
        [korean[f"title_{name}"] for name in (NGRAM, RNN)]
    )
    expect(page.locator(".models h2").first).to_have_text(korean["models_texts"])
    expect(page.locator(".models .where")).to_contain_text("다음 글자에 대한")
    expect(page.locator(".models .reached li").first).to_contain_text("충분")
    assert page.locator(".models .compared .nats b").all_text_contents() == nats
