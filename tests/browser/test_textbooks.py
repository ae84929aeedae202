"""The README's table of textbook chapters: every link opens what its row says."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import WORDS, setting
from tests.browser.test_shape_costs import KINDS
from tests.conftest import REPOSITORY

HEADING = "## Where the textbooks' chapters can be seen\n"
SECTION = (REPOSITORY / "README.md").read_text("utf-8").partition(HEADING)[2].partition("\n##")[0]
ROW = re.compile(r"^\| (.+) \| .+ \| \[.+\]\(http://127\.0\.0\.1:7860(/\?\S+)\) \|$", re.MULTILINE)
LINKS = [link for _, link in ROW.findall(SECTION)]
CHAPTERS = [
    "AI for Beginners, 17", "Chollet, 8.1", "Géron, 16.1", "Géron, 16.2", "Géron, 16.3", "Géron, 16.4",
    "language-model notes",
]  # fmt: skip

# What else a row promises that is not its whole tab, by a word of its link.
TAUGHT, BOTH_WAYS, FINE_TUNED, DILATED = "translate-taught", "translate-bahdanau", "sentiment-en", "shakespeare-convnet"
LOOPS, FAR_BACK, COUNTED = "temperatures=0,", "compare=shakespeare-gru-geron,", "shakespeare-ngram"
SCORED, COSTS = "tab=score", "shape=costs"

# What shows that a tab, or a section of the Shapes tab, has its answer.
SEEN = {
    "play": "#distribution .bar",
    "temperatures": ".column-figures dd",
    "models": ".models .smallbars i",
    "search": ".search .tree text.best:not(:empty)",
    "score": ".score .score_per_character",
    "one": "#shape-one svg text",
    "names": "#shape-names .names tbody td",
    "step": "#shape-step .diagram text.note",
    "review": "#shape-review .flips",
    "translate": "#shape-translate .letters > *",
    "gap": "#shape-gap .sides .bar",
    "pairs": "#shape-pairs .piece",
    "costs": "#shape-costs .panels .plot",
}


def test_the_map_names_existing_sections() -> None:
    """Without a browser: a link to a renamed section would open the first one."""
    files = (REPOSITORY / "playground" / "web" / "parts" / "shapes").glob("*.js")
    there = {name for file in files for name in re.findall(r'^  name: "(\w+)"', file.read_text("utf-8"), re.MULTILINE)}
    mapped = {query["shape"][0] for link in LINKS if "shape" in (query := parse_qs(urlsplit(link).query))}
    assert len(mapped) >= 5
    assert mapped <= there


def test_the_map_has_these_rows() -> None:
    for word in (TAUGHT, BOTH_WAYS, FINE_TUNED, DILATED, LOOPS, FAR_BACK, COUNTED, SCORED, COSTS):
        assert [link for link in LINKS if word in link], word


def test_every_row_of_the_map_has_a_link_and_no_chapter_is_missing() -> None:
    _head, _rule, *rows = [line for line in SECTION.splitlines() if line.startswith("|")]
    assert [row for row in rows if not ROW.fullmatch(row)] == []
    assert len(rows) == len(LINKS) > 0
    assert set(CHAPTERS) <= {text for text, _ in ROW.findall(SECTION)}


@pytest.mark.parametrize("link", LINKS)
def test_each_row_of_the_map_opens_what_it_says(server: str, page: Page, link: str) -> None:
    query = parse_qs(urlsplit(link).query)
    tab = query.get("tab", ["play"])[0]
    page.goto(server + link)
    expect(page.locator(f"#tab-{tab}-button")).to_have_attribute("aria-selected", "true", timeout=20_000)
    expect(page.locator(SEEN[query.get("shape", [tab])[0]]).first).to_be_visible(timeout=30_000)
    if "shape" in query:
        expect(page.locator(f"#shape-{query['shape'][0]}")).to_be_visible()
    assert f"{setting(page, 'temperature'):g}" == query.get("temperature", ["1"])[0]
    if "prompt" in query:
        assert setting(page, "prompt") == query["prompt"][0]
    if "temperatures" in query:
        columns = page.locator(".column-head")
        expect(columns).to_have_text([
            re.compile(f"T = {float(one):.2f}|T = {float(one):g}") for one in query["temperatures"][0].split(",")
        ])  # fmt: skip
    if "compare" in query:
        chosen = page.locator(".models .compared select")
        assert chosen.evaluate_all("all => all.map((one) => one.value)") == query["compare"][0].split(",")
    if query.get("shape") == ["translate"]:
        expect(page.locator("#shape-translate .heatmap")).to_be_visible()
    if "model" in query:
        page.wait_for_function("model => window.playground.store.state.run.model === model", arg=query["model"][0])
    if TAUGHT in link:
        right = page.get_by_role("button", name=WORDS["shape_translate_right"])
        expect(right).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#shape-translate .letter.missed").first).to_be_visible()
        expect(page.locator("#shape-translate .told").first).to_contain_text("after the right letters before it")
    if BOTH_WAYS in link:
        chosen = page.locator('#shape-translate .others [aria-pressed="true"]')
        expect(chosen).to_have_text(WORDS["title_translate-bahdanau"].split(" · ")[-1])
        expect(page.locator("#shape-translate .twice p")).to_have_text(WORDS["shape_translate_twice"])
        expect(page.locator("#shape-translate .twice svg")).to_be_visible()
    if FINE_TUNED in link:
        expect(page.locator("#shape-review")).to_contain_text(WORDS["shape_review_words"])
        assert "ULMFiT" in WORDS["shape_review_words"]
    if DILATED in link:
        # With a kernel of 3 and dilations 1, 2, 4, 8, 1, 2, anything further back changes nothing.
        expect(page.locator(".models .reached li").first).to_contain_text(re.compile(r"\d+ symbols suffice"))
        told = page.locator(".models .reached li").first.text_content() or ""
        assert int(re.findall(r"(\d+) symbols", told)[0]) <= 37
    if FAR_BACK in link:
        told_all = page.locator(".models .reached li")
        expect(told_all).to_have_count(3)
        for one in told_all.all():
            expect(one).to_contain_text(re.compile(r"\d+ symbols"))
    if COUNTED in link:
        expect(page.locator(".models .evidence tbody tr").first).to_be_visible()
        expect(page.locator(".models .evidence tfoot td")).to_have_text(re.compile(r"= \d.*%"))
    if LOOPS in link:
        figures = page.locator(".column-figures > div", has_text=WORDS["temperatures_loop_rate"]).locator("dd")
        expect(figures).to_have_text([re.compile(r"^\d.*%$")] * 5)
        greedy, *_, hot = [float(text.split()[0]) for text in figures.all_text_contents()]
        assert greedy > hot
        expect(page.locator(".column-text").first.locator(".loop").first).to_be_visible()
    if SCORED in link:
        expect(page.locator(".score .score_perplexity dd").first).to_have_text(re.compile(r"^\d+\.\d\d$"))
    if COSTS in link:
        expect(page.locator("#shape-costs .panels .plot .curve")).to_have_count(4 * KINDS)
        expect(page.locator("#shape-costs .back .plot .curve")).to_have_count(3)
