"""Charts: saving pictures and numbers, several on one page, mouse and keyboard."""

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Callable
from math import log2
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Download, Locator, Page, expect

from playground.server import static
from tests.browser.hands import (
    REACH,
    WORDS,
    bars,
    generate,
    moment,
    set_full_speed,
    set_temperature,
    wait_until_painted,
)

Visit = Callable[..., Page]
HERE = "/?model=shakespeare-ngram&prompt=To be&length=12&seed=3"


def open_menu(page: Page, title: str) -> Locator:
    """Open the menu of a chart."""
    box = page.locator("details.save").filter(has=page.locator(f'summary[title="{WORDS[title]}"]'))
    box.locator("summary").click()
    return box


def save_chart(page: Page, title: str, entry: str) -> bytes:
    with page.expect_download() as download:
        open_menu(page, title).get_by_role("button", name=WORDS[entry]).click()
    got: Download = download.value
    return Path(got.path()).read_bytes()


def copied_rows(page: Page, title: str) -> list[list[str]]:
    """The rows of numbers that a chart's menu copies."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    box = open_menu(page, title)
    box.get_by_role("button", name=WORDS["copy_csv"]).click()
    expect(box.get_by_role("status")).to_have_text(WORDS["copied"])
    page.keyboard.press("Escape")
    expect(box.locator(".menu")).to_be_hidden()
    return list(csv.reader(io.StringIO(page.evaluate("navigator.clipboard.readText()"), newline="")))


def test_the_saved_bars_equal_the_drawn_ones(visit: Visit) -> None:
    page = visit(HERE)
    set_temperature(page, 0.5)
    expected = moment(page)
    head, *rows = copied_rows(page, "save_bars")
    assert head == ["symbol", "id", "logit", "probability (T = 0.5)", "probability (T = 1)"]
    ranked = sorted(zip(expected.logits, expected.symbols, strict=True), key=lambda one: -one[0])
    assert [row[0] for row in rows[:3]] == [symbol for _, symbol in ranked[:3]]
    for symbol, id, logit, *_ in rows:
        assert expected.symbols[int(id)] == symbol
        assert float(logit) == pytest.approx(expected.logits[int(id)], abs=1e-6)
    assert sum(float(row[3]) for row in rows) == pytest.approx(1)

    svg = save_chart(page, "save_bars", "save_svg")
    heights = [float(rect.get("height", 0)) for rect in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}rect")][1::2]
    drawn = [bar.height for bar in bars(page).values()]
    assert [h / 220 for h in heights] == pytest.approx(drawn[: len(heights)], abs=0.01)
    assert save_chart(page, "save_bars", "save_png").startswith(b"\x89PNG\r\n\x1a\n")


def test_the_cumulative_line_is_saved(visit: Visit) -> None:
    page = visit(HERE)
    u = moment(page).u
    head, *rows = copied_rows(page, "save_line")
    assert head == ["symbol", "id", "from", "to", "u"]
    assert float(rows[-1][3]) == pytest.approx(1)
    [under] = [row for row in rows if row[4]]
    assert float(under[4]) == u
    assert float(under[2]) <= float(under[4]) < float(under[3])
    ET.fromstring(save_chart(page, "save_line", "save_svg"))


def test_the_chart_of_surprise_is_read_and_used_by_keyboard(visit: Visit) -> None:
    page = visit(HERE)
    generate(page, 12)
    page.get_by_text(WORDS["chart"]).click()
    chart = page.get_by_role("slider", name=WORDS["chart"])
    expect(chart).to_have_attribute("aria-valuemax", "12")
    chart.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    told = page.evaluate("""() => {
      const { runs, store, format } = window.playground;
      const { run } = store.state;
      const step = run.steps[run.prompted + 2];
      return [format.seen(run.symbols[step.id]), runs.judge(step).probability, runs.judge(step).entropy];
    }""")
    symbol, probability, entropy = told
    bits = {"surprise": f"{-log2(probability):.2f}", "entropy": f"{entropy:.2f}"}
    said = WORDS["line_point"].format(n=3, symbol=symbol, **bits)
    expect(page.locator(".line-chart .told")).to_have_text(said)
    expect(chart).to_have_attribute("aria-valuetext", said)
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => { const { cursor, run } = window.playground.store.state; return cursor === run.prompted + 2; }"
    )
    _, *rows = copied_rows(page, "save_chart")
    assert len(rows) == 12
    assert float(rows[2][2]) == pytest.approx(-log2(probability))


def test_the_painted_pixels_agree_with_the_shapes_over_the_bars(visit: Visit) -> None:
    """Other tests read the heights from the shapes (hands.py); this one checks the pixels."""
    page = visit(HERE)
    for temperature, settings in ((2, {}), (0.5, {}), (2, {"top_k": 3})):
        page.evaluate("settings => window.playground.store.set({ top_k: 0, ...settings })", settings)
        set_temperature(page, temperature)
        colour = page.locator("#distribution .field .fill").first.evaluate(
            "path => getComputedStyle(path).fill.match(/[0-9]+/g).map(Number)"
        )
        drawn = list(bars(page).values())[:8]
        for i, bar in enumerate(drawn):
            column = page.locator("#distribution .bars .column").nth(i)
            image = Image.open(io.BytesIO(column.screenshot())).convert("RGB")
            x = image.width // 2
            those = [y for y in range(image.height) if image.getpixel((x, y)) == tuple(colour)]
            high = image.height - those[0] if those else 0
            assert high == pytest.approx(0 if bar.cut else image.height * bar.height, abs=1.5), (temperature, bar)


def test_two_charts_of_a_kind_on_one_page_show_their_own_data(visit: Visit) -> None:
    """Charts do not know the page: they draw what they are given, anywhere, and have no ids."""
    page = visit(HERE)
    set_full_speed(page)
    found = page.evaluate(
        """async (web) => {
          const load = (path) => import(new URL(`${web}/pack/${path}`, document.baseURI));
          const [{ bars }, { cumulative }, { distributionOf }] = await Promise.all(
            ["charts/bars.js", "charts/cumulative.js", "core/distribution.js"].map(load));
          const settings = { temperature: 1, topK: 0, topP: 1, minP: 0 };
          const before = new Set([...document.querySelectorAll("[id]")]);
          const charts = [[0, 1], [2, 0]].map((logits) => {
            const host = document.createElement("div");
            const line = document.createElement("div");
            document.querySelector("main").append(host, line);
            const chosen = [];
            const shown = distributionOf({ logits: Float64Array.from(logits), symbols: ["x", "y"], u: 0.5 }, settings);
            const chart = bars(host, { pick: (id) => chosen.push(id) });
            chart.draw(shown);
            cumulative(line).draw(shown);
            host.querySelector(".bars .bar").click();
            return { host, line, chosen };
          });
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          REACH
          const look = (root, part, ...names) => names.map((name) => getComputedStyle(root.querySelector(part))[name]);
          const own = document.querySelector("#distribution");
          return charts.map(({ host, line, chosen }) => ({
            labels: [...host.querySelectorAll(".bars .label")].map((label) => label.textContent),
            heights: [...host.querySelectorAll(".bars .bar")].map((bar) => reach(bar, ".fill")),
            dart: line.querySelector(".dart").textContent,
            chosen, ids: [...document.querySelectorAll("[id]")].filter((node) => !before.has(node)).length,
            looks: [[host, ".bar", "width", "backgroundColor"], [host, ".fill", "fill"],
              [host, ".ghost", "stroke", "fill"], [host, ".label", "fontFamily", "height"],
              [line, ".line", "height"], [line, ".dart", "fontSize"]].filter(
              ([root, ...of]) => String(look(root, ...of)) !== String(look(own, ...of))).map(([, part]) => part),
          }));
        }""".replace("REACH", REACH),
        static.folder(),
    )
    assert found[0] == {
        "labels": ["y", "x"],
        "heights": pytest.approx([0.73106, 0.26894], abs=1e-4),
        "dart": WORDS["dart"].format(u="0.5000", symbol="y"),
        "chosen": [1],
        "ids": 0,
        "looks": [],  # with the page's styles, though outside of its parts
    }
    assert (found[1]["labels"], found[1]["chosen"]) == (["x", "y"], [0])
    wait_until_painted(page)  # the page's own chart is unaffected
