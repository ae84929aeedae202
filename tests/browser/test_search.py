"""The Search tab: it shows the answer of /beam, can be stepped and pointed at, and its link restores it."""

import csv
import io
import re
from collections.abc import Callable
from math import exp, log
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from playground.server import api
from tests.browser.hands import WORDS, Requests
from tests.browser.test_language import WORDS as BOTH

MODEL = "shakespeare-ngram"
PROMPT = "To be or not to b"
HERE = f"/?tab=search&model={MODEL}&prompt=To+be+or+not+to+b&seed=5"
DONE = """() => {
  const human = document.querySelector(".search .writing.human .letters");
  return human && human.children.length && document.querySelector(".search .writing.beam .letters").children.length;
}"""

Open = Callable[..., Page]


@pytest.fixture
def search(server: str, page: Page) -> Open:
    """search(query) opens the tab, and returns the page once the search is finished."""

    def go(query: str = "") -> Page:
        page.goto(server + HERE + query)
        page.wait_for_function(DONE)
        return page

    return go


def rows(page: Page) -> list[list[str]]:
    """The ranking: how each text was found, the text, and its log-probability."""
    found = page.locator(".search .ranking tbody tr")
    return [row.locator("th, .what, .much").all_text_contents() for row in found.all()]


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def nodes(page: Page, kind: str) -> list[str]:
    texts = page.locator(f".search .tree text.{kind}").all_text_contents()
    return [text for text in texts if text]  # the prompt has no number


def visible_text(text: str) -> str:
    return text.replace(" ", "␣").replace("\n", "↵")


def test_the_tab_states_its_finding_without_interaction(search: Open) -> None:
    page = search()
    best = api.beam(MODEL, PROMPT, 3, 12)["beams"][0]
    greedy = api.beam(MODEL, PROMPT, 1, 12)["beams"][0]
    times = exp(best["log_probability"] - greedy["log_probability"])
    point = page.locator(".search .point")
    expect(point).to_contain_text(f"found a text {times:.0f} times as likely")
    dull = api.beam(MODEL, PROMPT, 3, 100)["beams"][0]["log_probability"] / -log(2) / 100
    expect(point).to_contain_text(f"the most likely text is dull: {dull:.1f} bits of surprise per character")
    expect(page.locator(".search .writing.beam b")).to_have_text(f"{dull:.2f} bits per character")
    assert "".join(nodes(page, "best")) == visible_text(best["written"])
    letters = page.locator(".search .writing.beam .letter")
    assert letters.count() == 100
    assert page.locator(".search .writing.human .only-read").count() == 20
    assert page.locator(".search .ledger .lines path").count() == 3


def test_the_ranking_has_beam_greedy_and_ten_samples_with_their_numbers(search: Open) -> None:
    page = search()
    ranks = rows(page)
    assert [number(value) for _, _, value in ranks] == sorted((number(v) for *_, v in ranks), reverse=True)
    kinds = [kind for kind, *_ in ranks]
    assert sorted(kinds) == sorted(["Beam 1", "Beam 2", "Beam 3", "Greedy", *["Sample"] * 10])
    beams = {kind: (text, number(value)) for kind, text, value in ranks}
    for place, beam in enumerate(api.beam(MODEL, PROMPT, 3, 12)["beams"], 1):
        text, value = beams[f"Beam {place}"]
        assert text == beam["written"]
        assert value == pytest.approx(beam["log_probability"], abs=0.0051)
    for _, sample, said in [rank for rank in ranks if rank[0] == "Sample"][:3]:
        scored = api.score(PROMPT + sample.replace("↵", "\n"), MODEL)["log_probabilities"][len(PROMPT) :]
        assert number(said) == pytest.approx(sum(float(p or 0) for p in scored), abs=0.01)


def test_the_search_can_be_stepped_and_lists_dropped_branches(search: Open) -> None:
    page = search()
    steps = page.locator(".search .count")
    expect(steps).to_have_text("step 12 of 12")
    page.get_by_role("button", name=WORDS["search_first"]).click()
    expect(steps).to_have_text("step 0 of 12")
    expect(page.locator(".search .step-told")).to_have_text(WORDS["search_step_none"])
    page.get_by_role("button", name=WORDS["search_forward"]).click()
    expect(steps).to_have_text("step 1 of 12")
    first = api.beam(MODEL, PROMPT, 3, 1)["beams"]
    assert sorted(nodes(page, "kept")) == sorted(visible_text(beam["written"]) for beam in first)
    held = sum(exp(beam["log_probability"]) for beam in first)
    told = page.locator(".search .step-told")
    expect(told).to_contain_text("Kept: 3 of 65 branches")
    expect(told).to_contain_text(f"Dropped: {100 * (1 - held):.1f} %")
    dropped = [beam["written"] for beam in api.beam(MODEL, PROMPT, 4, 1)["beams"]][3]
    assert nodes(page, "dropped")[0] == visible_text(dropped), "the likeliest that a beam of four would have kept"
    ranked = api.beam(MODEL, PROMPT, 6, 1)["beams"][3:]
    for beam in ranked:  # as many as the tree has room for; the line names three
        p = 100 * exp(beam["log_probability"])
        expect(told).to_contain_text(f"“{visible_text(beam['written'])}” {p:.{1 if p >= 1 else 2}f} %")
    page.wait_for_url(re.compile("step=1"))
    page.reload()
    page.wait_for_function(DONE)
    expect(steps).to_have_text("step 1 of 12")
    page.get_by_role("slider", name=WORDS["search_step_name"], exact=True).press("ArrowRight")
    expect(steps).to_have_text("step 2 of 12")
    page.get_by_role("button", name=WORDS["search_back"]).click()
    expect(steps).to_have_text("step 1 of 12")
    page.get_by_role("button", name=WORDS["search_last"]).click()
    expect(steps).to_have_text("step 12 of 12")
    page.wait_for_function("() => !location.search.includes('step=')")


def test_pointing_at_a_branch_shows_how_its_sum_adds_up(search: Open) -> None:
    page = search("&beam-length=3")
    best = api.beam(MODEL, PROMPT, 3, 3)["beams"][0]
    told = page.locator(".search .tree .told")
    page.locator(".search .tree text.best").last.hover()
    expect(told).to_contain_text(f"= −{-best['log_probability']:.2f} nats")
    expect(told).to_contain_text(WORDS["search_fate_best"])
    said = re.findall(r"(\S) −(\d+\.\d\d)", told.inner_text().partition("=")[0])
    assert "".join(letter for letter, _ in said) == visible_text(best["written"])
    assert sum(float(p) for _, p in said) == pytest.approx(-best["log_probability"], abs=0.02)
    chart = page.get_by_role("slider", name=WORDS["search_tree"])
    chart.focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowRight"):
        chart.press(key)
    expect(chart).to_have_attribute("aria-valuetext", re.compile("nats"))
    chart.press("Enter")
    expect(page.locator(".search .count")).to_have_text("step 3 of 3")


def test_a_branch_that_was_dropped_says_so(search: Open) -> None:
    page = search("&beam-length=3")
    dropped = page.locator(".search .tree text.dropped").last
    dropped.hover()
    expect(page.locator(".search .tree .told")).to_contain_text(re.compile(r"Dropped in step \d"))


def test_the_page_says_that_a_bias_is_ignored(search: Open) -> None:
    page = search("&bias=e:-inf")
    expect(page.locator(".search .note")).to_contain_text(WORDS["search_no_bias"])
    page.evaluate("window.playground.store.set({ bias: '' })")
    expect(page.locator(".search .note")).not_to_contain_text(WORDS["search_no_bias"])


def test_settings_are_in_the_address_and_an_invalid_one_gets_a_message(search: Open) -> None:
    page = search("&beam=1&beam-length=5&penalty=9")
    expect(page.locator(".search .problem")).to_contain_text(["Length penalty α must be a number from 0 to 2; '9'"])
    assert [kind for kind, *_ in rows(page)].count("Beam 2") == 0
    expect(page.locator(".search .point")).to_contain_text(WORDS["search_point_same"])
    width = page.locator("#search-beam")
    width.focus()
    for key, value in (("End", "10"), ("Home", "1"), ("ArrowRight", "2")):
        width.press(key)
        expect(page.locator(".search .knob.beam output")).to_have_text(value)
    expect(page.locator(".search .ranking tbody tr")).to_have_count(13)
    page.wait_for_function("() => location.search.includes('beam=2') && !location.search.includes('penalty=')")
    query = parse_qs(urlsplit(page.url).query)
    assert (query["beam"], query["beam-length"]) == (["2"], ["5"])
    expect(page.locator(".search .ranking-about")).to_have_text(WORDS["search_ranking_about"])
    page.locator("#search-penalty").press("ArrowRight")
    expect(page.locator(".search .ranking-about")).to_have_text(WORDS["search_ranking_scored"])
    expect(page.locator(".search .note")).to_have_text(WORDS["search_no_penalty"])


def test_texts_that_stop_at_a_line_end_are_ranked_with_the_length_penalty(server: str, page: Page) -> None:
    page.goto(f"{server}/?tab=search&model=names-gru&prompt=ma&stop=line&beam=4&beam-length=9&penalty=1")
    page.wait_for_function(DONE)
    for place, beam in enumerate(api.beam("names-gru", "ma", 4, 9, 1.0, "line")["beams"], 1):
        [(text, value)] = [(text, number(value)) for kind, text, value in rows(page) if kind == f"Beam {place}"]
        assert text == beam["written"].replace("\n", "↵")
        assert value == pytest.approx(beam["score"], abs=0.006)
    expect(page.locator(".search .ranking thead .much")).to_have_text(WORDS["search_score"])
    assert page.locator(".search .note").inner_text() == ""


def test_the_tab_sends_requests_only_while_open_and_follows_play(server: str, page: Page) -> None:
    requests = Requests(page)

    def searches() -> int:
        return sum("stream/search" in sent for sent in requests)

    page.goto(server + HERE.replace("tab=search&", ""))
    page.wait_for_selector("#distribution[data-step]")
    assert searches() == 0
    page.get_by_role("tab", name=WORDS["tab_search"]).click()
    page.wait_for_function(DONE)
    assert searches() == 1
    page.evaluate("window.playground.setTemperature(0.3)")
    page.get_by_role("tab", name=WORDS["tab_play"]).click()
    page.locator("#prompt textarea").fill("O Romeo, R")
    page.wait_for_function("window.playground.store.state.run.text === 'O Romeo, R'")
    assert searches() == 1, "the temperature plays no part, and nobody looks"
    page.get_by_role("tab", name=WORDS["tab_search"]).click()
    best = api.beam(MODEL, "O Romeo, R", 3, 12)["beams"][0]["written"]
    expect(page.locator(".search .ranking .beam .what").first).to_have_text(visible_text(best).replace("␣", " "))
    expect(page.locator(".search .after span", has_text="Prompt:").first).to_have_text("Prompt: O Romeo, R")
    expect(page.locator(".search .after")).to_contain_text("Model: Shakespeare · n-gram")
    assert searches() == 2
    page.get_by_role("button", name=WORDS["search_change"]).click()
    expect(page.locator("#tab-play")).to_be_visible()


def test_another_human_text_is_scored(search: Open) -> None:
    page = search()
    page.locator(".search summary", has_text=WORDS["search_human"]).click()
    text = "What is the matter here, my lord? <b> I know not."
    page.locator("#search-human").fill(text)
    expect(page.locator(".search .writing.human .letters")).to_have_text(text)
    bits = [-float(p or 0) / log(2) for p in api.score(text, MODEL)["log_probabilities"]][20:]
    expect(page.locator(".search .writing.human b")).to_contain_text(f"{sum(bits) / len(bits):.2f} bits")
    page.wait_for_url(re.compile("human=What"))
    place = page.locator(".search .writing.human .letter").nth(4)
    place.hover()
    expect(page.locator(".search .told-dull")).to_contain_text(f"After 5 symbols: human text {sum(bits[:5]):.1f} bits")


def test_switching_the_language_sends_no_request(search: Open) -> None:
    page = search("&lang=en")
    before = rows(page)
    requests = Requests(page)
    page.evaluate("window.playground.language.choose('ko')")
    expect(page.locator(".search h2").first).to_have_text(BOTH["ko"]["search_tree"])
    expect(page.locator(".search .count")).to_have_text("12단계 중 12단계")
    assert [row[1:] for row in rows(page)] == [row[1:] for row in before]
    assert rows(page)[0][0] == "빔 1"
    assert not [sent for sent in requests if "stream/search" in sent]


def test_a_failed_search_can_be_retried(server: str, page: Page, troubles: list[str]) -> None:
    page.route("**/stream/search", lambda route: route.abort())
    page.goto(server + HERE)
    problem = page.locator(".search .problem").first
    expect(problem).to_contain_text(WORDS["lost"])
    page.unroute("**/stream/search")
    problem.get_by_role("button", name=WORDS["try_again"]).click()
    page.wait_for_function(DONE)
    expect(problem).to_be_empty()
    assert all("ERR_FAILED" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_a_long_search_can_be_stopped_and_restarted(server: str, page: Page) -> None:
    page.route("**/stream/search", lambda route: None, times=1)  # its answer never comes
    page.goto(server + HERE)
    page.locator(".search").get_by_role("button", name=WORDS["stop"]).click()
    problem = page.locator(".search .problem").first
    expect(problem).to_contain_text(WORDS["search_stopped"])
    problem.get_by_role("button", name=WORDS["try_again"]).click()
    page.wait_for_function(DONE)
    expect(problem).to_be_empty()


def test_the_charts_can_be_copied_as_numbers(search: Open) -> None:
    page = search("&beam-length=4")
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    tables = []
    for chart in (".tree", ".ranking", ".dull .ledger"):
        page.locator(f".search {chart} .save summary").click()
        page.locator(f".search {chart} .save").get_by_role("button", name=WORDS["copy_csv"]).click()
        page.wait_for_function("() => window.copied")
        tables.append(list(csv.reader(io.StringIO(page.evaluate("window.copied")))))
        page.evaluate("window.copied = ''")
    tree, ranking, along = tables
    assert tree[0] == ["node", "parent", "text", "log-probability", "kept"]
    assert len(tree) > 4 * 4
    assert len(ranking) == 1 + 14
    assert ranking[1][1:4] == ["Beam", api.beam(MODEL, PROMPT, 3, 4)["beams"][0]["written"], "4"]
    assert len(along) == 1 + 100
    assert float(along[1][3]) >= 0
