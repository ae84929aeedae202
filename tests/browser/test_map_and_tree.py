"""A heat map and a tree of branches on a page of their own: drawn, pointed at, stepped through, and saved."""

import csv
import io
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from playground.server import static
from tests.browser.hands import WORDS

Visit = Callable[..., Page]
BUILD = """async (web) => {
  const load = (path) => import(new URL(`${web}/pack/${path}`, document.baseURI));
  const [{ heatmap }, { tree }, { styleSheet }] = await Promise.all(
    ["charts/heatmap.js", "charts/tree.js", "parts/stylesheet.js"].map(load));
  await Promise.all(["heatmap", "tree"].map(styleSheet));
  const { store, sampling } = window.playground;
  const frame = document.createElement("div");
  const hosts = [0, 1].map(() => frame.appendChild(document.createElement("div")));
  frame.id = "frame";
  document.querySelector("main").prepend(frame);
  window.chosen = [];

  // The likeliest symbols of this place, at temperatures along the slider.
  const { logits, symbols } = store.moment();
  const row = sampling.rank(logits);
  const positions = Array.from({ length: 40 }, (_, i) => (i + 0.5) / 40);
  const temperatures = positions.map(sampling.temperatureAt);
  const under = (temperature) => sampling.stages(row, { temperature, topK: 0, topP: 1, minP: 0 }).probabilities;
  const at = temperatures.map(under);
  const rows = Array.from(row.ids.slice(0, 10), (id) => symbols[id]);
  const map = heatmap(hosts[0], {
    title: "map", unit: "T", tell: (i, j) => `${rows[i]} at ${j}: ${at[j][i].toFixed(3)}`,
    go: (i, j) => window.chosen.push([i, j]),
  });
  const values = rows.map((_, i) => at.map((p) => p[i]));
  map.draw({ rows, columns: temperatures.map(String), ticks: [[0.5, "1"]], values });
  map.follow(0.5);

  const nodes = [
    [-1, "", 0, true], [0, "b", -1.5, true], [0, "a", -0.5, true], [0, "c", -3, false], [2, "<x>", -1, true],
  ].map(([parent, text, logp, kept]) => ({ parent, text, logp, kept }));
  const tell = (i) => `${nodes[i].text} ${nodes[i].logp}`;
  const search = tree(hosts[1], { title: "tree", tell, go: (i) => window.chosen.push(i) });
  window.step = (depth) => search.draw({ nodes, depth });
  window.step(1);
  return at.map((p) => p[0]);
}"""
# Of a row of the map: how strongly each column is coloured, from 0 to 1.
DEPTHS = """([row, columns]) => {
  const canvas = document.querySelector("#frame .heatmap canvas");
  const rows = document.querySelectorAll("#frame .heatmap .rows span").length;
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, Math.round(((row + 0.5) * height) / rows), width, 1);
  return Array.from({ length: columns }, (_, i) => data[4 * Math.floor(((i + 0.5) * width) / columns) + 3] / 255);
}"""


def copied_rows(page: Page, chart: str) -> list[list[str]]:
    """The rows of numbers that a chart's menu copies."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    menu = page.locator(f"#frame .{chart} details.save")
    menu.locator("summary").click()
    menu.get_by_role("button", name=WORDS["copy_csv"]).click()
    expect(menu.get_by_role("status")).to_have_text(WORDS["copied"])
    page.keyboard.press("Escape")
    return list(csv.reader(io.StringIO(page.evaluate("navigator.clipboard.readText()"), newline="")))


def test_a_heat_map_and_a_tree_can_be_pointed_at_stepped_and_saved(visit: Visit) -> None:
    page = visit("/?model=shakespeare-ngram&prompt=To be")
    likeliest = page.evaluate(BUILD, static.folder())
    page.wait_for_function("() => document.querySelector('#frame .heatmap canvas').height > 150")
    # ── The map: each cell has the right colour ──
    depths = page.evaluate(DEPTHS, [0, 40])
    assert depths == pytest.approx([p**0.5 for p in likeliest], abs=0.01)
    assert depths[0] > 0.99 > depths[-1]
    box = page.locator("#frame .cells").bounding_box()
    assert box is not None
    cursor = page.locator("#frame .cursor").bounding_box()
    assert cursor is not None
    assert cursor["x"] + cursor["width"] / 2 == pytest.approx(box["x"] + box["width"] / 2, abs=1.5)

    page.mouse.click(box["x"] + box["width"] * 0.26, box["y"] + box["height"] * 0.15)
    assert page.evaluate("window.chosen") == [[1, 10]]
    cells = page.get_by_role("slider", name="map")
    cells.focus()
    for key in ("PageUp", "Home", "ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    said = cells.get_attribute("aria-valuetext")
    assert said is not None
    assert " at 2: " in said
    expect(page.locator("#frame .heatmap .told")).to_have_text(said)
    page.keyboard.press("Enter")
    assert page.evaluate("window.chosen.at(-1)") == [1, 2]

    head, first, *_ = copied_rows(page, "heatmap")
    assert len(head) == 41
    assert [float(p) for p in first[1:]] == pytest.approx(likeliest)

    # ── The tree: as far as the search has come ──
    texts = page.locator("#frame .tree text")
    assert texts.all_text_contents() == ["", "b", "a", "c"]
    page.evaluate("window.step(2)")
    assert texts.all_text_contents() == ["", "b", "a", "c", "<x>"]
    assert page.locator("#frame .tree text.dropped").all_text_contents() == ["c"]
    branches = page.get_by_role("slider", name="tree")
    branches.focus()
    for key in ("Home", "ArrowRight", "ArrowRight"):  # along the most likely branch
        page.keyboard.press(key)
    expect(branches).to_have_attribute("aria-valuetext", "<x> -1")
    page.keyboard.press("Enter")
    assert page.evaluate("window.chosen.at(-1)") == 4
    around = branches.bounding_box()
    assert around is not None
    page.mouse.click(around["x"] + 12 + 56, around["y"] + 24 * 2.5)  # c, on the lowest line
    assert page.evaluate("window.chosen.at(-1)") == 3
    assert copied_rows(page, "tree")[5] == ["5", "3", "<x>", "-1", "true"]
    assert page.locator("#frame [id]").count() == 0
