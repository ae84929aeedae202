"""In forced colours (Windows' high contrast) states can be told apart, on a light and a dark system."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import generate, wait_until_painted

NewPage = Callable[..., Page]
LINK = "/?model=shakespeare-ngram&prompt=To+be+or+not+to+b&seed=3&length=60&temperature=1.3&top-k=6"
COLOUR = """([selector, name, part]) => getComputedStyle(document.querySelector(selector), part ?? null)[name]"""
# The system colours as computed values.
SYSTEM = """() => Object.fromEntries(["Canvas", "CanvasText", "Highlight", "HighlightText"].map((name) => {
  const node = document.createElement("i");
  node.style.cssText = `forced-color-adjust: none; color: ${name}`;
  document.body.append(node);
  const { color } = getComputedStyle(node);
  node.remove();
  return [name, color];
}))"""
# The colours of a row of a canvas, in its middle: of neighbours that are alike, one.
ROW = """(selector) => {
  const canvas = document.querySelector(selector);
  const { data } = canvas.getContext("2d").getImageData(0, Math.round(canvas.height * 0.9), canvas.width, 1);
  const colours = [];
  for (let i = 0; i < data.length; i += 4) colours.push(data.slice(i, i + 4).join());
  return colours.filter((colour, i) => colour !== colours[i - 1]);
}"""


@pytest.fixture(params=["light", "dark"])
def forced_page(request: pytest.FixtureRequest, new_page: NewPage, server: str) -> Page:
    page = new_page(forced_colors="active", color_scheme=request.param)
    page.goto(server + LINK)
    page.wait_for_selector("#distribution[data-step]")
    return page


def colour(page: Page, selector: str, name: str, part: str | None = None) -> str:
    return str(page.evaluate(COLOUR, [selector, name, part]))


def test_bars_cuts_and_outlines_differ_from_the_background_and_each_other(forced_page: Page) -> None:
    page = forced_page
    system: dict[str, Any] = page.evaluate(SYSTEM)
    assert colour(page, ".bar-chart .fills", "forcedColorAdjust") == "none"
    assert colour(page, ".bar-chart .fill", "fill") == system["CanvasText"]
    assert colour(page, ".bar-chart .fill.aimed", "fill") == system["Highlight"]
    assert colour(page, ".bar-chart path.cut", "stroke") == system["CanvasText"]
    assert colour(page, ".bar-chart .ghost", "stroke") == system["Highlight"]
    assert len({system["Canvas"], system["CanvasText"], system["Highlight"]}) == 3
    hatch = "node => node.className = 'hatch'"
    page.evaluate(f"(({hatch}))(document.querySelector('.bar-chart').appendChild(document.createElement('i')))")
    assert system["CanvasText"] in colour(page, ".bar-chart .hatch", "backgroundImage")


def test_the_segments_of_the_line_are_told_apart(forced_page: Page) -> None:
    assert colour(forced_page, ".cumulative .line", "forcedColorAdjust") == "none"
    assert len(set(forced_page.evaluate(ROW, "#distribution .line canvas"))) >= 4


def test_the_slider_has_a_thumb_and_a_track(forced_page: Page) -> None:
    page = forced_page
    system = page.evaluate(SYSTEM)
    assert colour(page, "#temperature input[type=range]", "forcedColorAdjust") == "none"
    box = page.locator("#temperature input[type=range]").bounding_box()
    assert box is not None
    shot = page.screenshot(clip={**box, "height": box["height"]})
    pixels = page.evaluate("""async (bytes) => {
      const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, Math.round(image.height / 2), image.width, 1);
      const counts = {};
      for (let i = 0; i < data.length; i += 4) {
        const name = `rgb(${data[i]}, ${data[i + 1]}, ${data[i + 2]})`;
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return counts;
    }""", list(shot))
    assert pixels.get(system["CanvasText"], 0) > box["width"] / 2, "the rail"
    coloured = [n for name, n in pixels.items() if len(set(name[4:-1].split(", "))) > 1]
    assert sum(coloured) >= 6, "the edge of the thumb"
    assert pixels.get(system["Canvas"], 0) >= 10, "the thumb"


def test_chosen_and_writing_states_are_visible(forced_page: Page) -> None:
    page = forced_page
    system = page.evaluate(SYSTEM)
    for chosen in (".legend .choice button[aria-pressed=true]", "#text .transport .main", "#hub .quiet.main"):
        if chosen.startswith("#hub"):  # a button of the panel that asks
            page.evaluate("""() => {
              const button = document.createElement("button");
              button.className = "quiet main";
              document.querySelector("#hub .panel").append(button);
            }""")
        assert colour(page, chosen, "backgroundColor") == system["Highlight"], chosen
        assert colour(page, chosen, "color") == system["HighlightText"], chosen
    for button in ("#generate", "#stop", "#step"):
        assert colour(page, button, "borderTopWidth") == "1px", button
    page.evaluate("window.playground.setTemperature(1)")
    expect(page.locator("#temperature .mark.now")).to_be_visible()
    assert "underline" in colour(page, "#temperature .mark.now", "textDecorationLine")
    page.locator("#prompt textarea").focus()
    page.keyboard.press("Tab")
    assert colour(page, ":focus-visible", "outlineColor") == system["Highlight"]
    for bar in ("#hub .progress i",):
        assert colour(page, bar, "forcedColorAdjust") == "none"
        assert colour(page, bar, "backgroundColor") == system["CanvasText"]
    assert colour(page, "#hub .progress", "borderTopWidth") == "1px"


def test_surprise_is_shown_by_a_line_under_each_character(forced_page: Page) -> None:
    page = forced_page
    generate(page, 60)
    wait_until_painted(page)
    widths = page.evaluate("""() => [...document.querySelectorAll("#text .cell")]
      .map((node) => [Number(node.style.getPropertyValue("--level")),
        Number.parseFloat(getComputedStyle(node).borderBottomWidth)])""")
    deep = [width for level, width in widths if level > 0.5]
    flat = [width for level, width in widths if level < 0.1]
    assert deep and flat
    assert min(deep) >= 3 and max(flat) <= 1
    assert "dotted" in colour(page, "#text .cell.prompt", "textDecoration")
    page.evaluate("window.playground.play.go(window.playground.store.state.cursor - 5)")
    wait_until_painted(page)
    assert colour(page, "#text .cell.at", "outlineStyle") == "solid"
    assert colour(page, "#text .scale i", "clipPath") != "none"


def test_a_strip_and_a_heat_map_are_told_apart(new_page: NewPage, server: str) -> None:
    page = new_page(forced_colors="active", viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(server + LINK)
    page.wait_for_selector("#distribution[data-step]")
    system = page.evaluate(SYSTEM)
    page.evaluate("scrollTo(0, 600)")
    expect(page.locator(".strip")).to_be_visible()
    assert colour(page, ".strip i", "backgroundColor") == system["CanvasText"]
    assert colour(page, ".strip .track", "borderTopWidth") == "1px"
    page.evaluate("window.playground.tabs.show('temperatures')")
    page.wait_for_function("() => document.querySelectorAll('.heatmap .rows span').length > 5")
    assert colour(page, ".heatmap canvas", "forcedColorAdjust") == "none"
    assert len(set(page.evaluate(ROW.replace("0.9", "0.02"), ".heatmap canvas"))) > 8
    page.evaluate("window.playground.tabs.show('score')")
    expect(page.locator(".score .cell").first).to_be_visible()
    assert colour(page, ".score progress", "appearance") == "auto"
