"""Every chart has a menu and saves as a PNG that the browser draws from the chart's SVG."""

import io
import re
from collections import Counter

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from playground.server import static
from tests.browser.hands import WORDS, generate

CHARTS = static.WEB / "charts"
MENU = re.compile(r'\bmenu\(words\.\w+, "\w+", (?:"(\w+)"|name),')
# The charts on the page, and the names of their files.
HOSTS = {
    ".bar-chart": "distribution",
    ".cumulative": "line",
    ".line-chart": "surprise",
    ".heatmap": "heatmap",
    "div.curves": "curves",
    ".tree": "tree",
    ".ranking": "ranking",
    ".ledger": "ledger",
    ".reach-chart": "reach",
    ".lettermap": "embeddings",
    ".moved": "letters",
    ".classes": "classes",
    ".diagram": "diagram",
    ".smallbars.labels": "models",  # one menu for all rows
}
# The charts without a menu, and why.
LEFT_OUT = {
    ".shape-card .diagram": "a picture on a card, which is a button: the open section has the diagram with its menu",
    ".twice .diagram": "a picture of the idea, with no number in it",
    ".gap-line .smallbars": "small bars for comparing gaps: the large ones of a chosen gap have their numbers",
}
HERE = "/?model=shakespeare-ngram&prompt=To be&length=12&seed=3&compare=shakespeare-ngram&tab="
# The views, what to wait for in each, and the charts in it.
VIEWS = {
    "play": ("#distribution[data-step]", ["distribution", "line", "surprise"]),
    "temperatures": (".temperatures .why .bars .bar", ["heatmap", "curves", "distribution", "line"]),
    "models": (".models .sides section:first-child .curve", ["models", "reach"]),
    "search": (".search .tree", ["tree", "ranking", "ledger"]),
    "score": (".score .ledger .lines path", ["ledger"]),
    "shapes&shape=one": ("#shape-one .letters-plot button", ["embeddings", "distribution", "diagram"]),
    "shapes&shape=names": ("#shape-names .bars .bar", ["distribution", "diagram"]),
    "shapes&shape=review": ("#shape-review .flips:not(:empty)", ["classes", "letters", "curves", "diagram"]),
    "shapes&shape=step": ("#shape-step .bars .bar", ["distribution", "diagram"]),
    "shapes&shape=translate": ("#shape-translate .bars .bar", ["distribution", "line", "heatmap", "diagram"]),
    "shapes&shape=gap": ("#shape-gap .bars .bar", ["distribution", "diagram"]),
    "shapes&shape=pairs": ("#shape-pairs .curves path.curve", ["curves", "diagram"]),
}
SEEN = """([hosts, leftOut]) => Object.entries(hosts).flatMap(([selector, name]) =>
  [...document.querySelectorAll(selector)]
    .filter((node) => !node.matches(leftOut) && node.checkVisibility()).map(() => name))"""


def test_every_kind_of_chart_has_a_menu() -> None:
    found = [match for path in CHARTS.glob("*.js") for match in MENU.finditer(path.read_text("utf-8"))]
    assert sorted(match[1] or "reach" for match in found) == sorted(HOSTS.values())
    assert {name for _, names in VIEWS.values() for name in names} == set(HOSTS.values())


# Charts whose part of the page places the menu, and how many of them in a file are pictures of LEFT_OUT.
HANDING = "bars|cumulative|contributions|classes|diagram|smallbars"
HANDED = re.compile(rf'import {{ (\w+) }} from "[./]+/charts/(?:{HANDING})\.js"')
PICTURES = {"gaprows.js": 1, "translation.js": 1, "shapes.js": 1}


def test_every_module_that_draws_a_chart_adds_its_menu() -> None:
    """Also those that no view of this file opens."""
    for path in [*static.WEB.glob("parts/**/*.js"), *static.WEB.glob("tabs/*.js")]:
        code = path.read_text("utf-8")
        names = HANDED.findall(code)
        charts = sum(len(re.findall(rf"(?<![.\w]){name}\(", code)) for name in names) - PICTURES.get(path.name, 0)
        assert len(re.findall(r"\.(?:save|legend)\b", code)) >= charts, f"{path.name} draws {charts} charts"


@pytest.mark.parametrize("view", VIEWS)
def test_every_chart_in_a_view_saves_a_png_that_is_not_blank(view: str, server: str, page: Page) -> None:
    page.goto(server + HERE + view)
    there, names = VIEWS[view]
    page.wait_for_selector(there)
    if view == "play":
        generate(page, 12)
        page.get_by_text(WORDS["chart"]).click()
        page.wait_for_selector(".line-chart .surprise")
    charts = Counter(page.evaluate(SEEN, [HOSTS, ", ".join(LEFT_OUT)]))
    assert set(names) <= charts.keys()
    menus = page.locator("details.save:visible")
    expect(menus).to_have_count(charts.total())
    saved: Counter[str] = Counter()
    for box in menus.all():
        box.locator("summary").click()
        with page.expect_download() as download:
            box.get_by_role("button", name=WORDS["save_png"]).click()
        name = download.value.suggested_filename.removesuffix(".png")
        saved[name.removesuffix("-average")] += 1
        data = download.value.path().read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n"), name
        picture = Image.open(io.BytesIO(data)).convert("RGB")
        assert min(picture.size) > 100, name
        colours = picture.getcolors(picture.width * picture.height) or []
        assert len(colours) > 5, f"{name} shows nothing"
    assert saved == charts
