"""The README's map from the textbooks' chapters: every link opens what its row says."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import setting
from tests.conftest import REPOSITORY

ROW = re.compile(r"^\| .+ \| .+ \| \[.+\]\(http://127\.0\.0\.1:7860(/\?\S+)\) \|$", re.MULTILINE)
LINKS = ROW.findall((REPOSITORY / "README.md").read_text("utf-8"))

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
    "costs": "#shape-costs button",
}


def test_the_map_names_sections_that_there_are() -> None:
    """Without a browser: a section that was renamed would open the first one."""
    files = (REPOSITORY / "playground" / "web" / "parts" / "shapes").glob("*.js")
    there = {name for file in files for name in re.findall(r'^  name: "(\w+)"', file.read_text("utf-8"), re.MULTILINE)}
    mapped = {query["shape"][0] for link in LINKS if "shape" in (query := parse_qs(urlsplit(link).query))}
    assert len(mapped) >= 5
    assert mapped <= there


@pytest.mark.parametrize("link", LINKS)
def test_a_row_of_the_map_opens_what_it_says(server: str, page: Page, link: str) -> None:
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
