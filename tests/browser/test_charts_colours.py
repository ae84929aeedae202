"""Chart colours: they follow the page's theme, and the bars' colour follows the temperature."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.hands import WORDS, bars, set_temperature

Visit = Callable[..., Page]
HERE = "/?model=shakespeare-ngram&prompt=To+be&seed=5"
# The colours of the theme, of the bars, and of a dot at the upper left corner of the canvases: there the line has its
# first segment, and the heat map the likeliest symbol at T = 0.
LOOK = """() => {
  const dots = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const drawn = (draw) => {
    dots.clearRect(0, 0, 1, 1);
    draw();
    return [...dots.getImageData(0, 0, 1, 1).data].join(" ");
  };
  const rgb = (colour) => drawn(() => { dots.fillStyle = colour; dots.fillRect(0, 0, 1, 1); });
  const corner = (selector) => {
    const canvas = document.querySelector(selector);
    return canvas && canvas.width ? drawn(() => dots.drawImage(canvas, -3, -3)) : null;
  };
  const theme = getComputedStyle(document.body);
  const fill = document.querySelector("#distribution .field .fill");
  return {
    ...Object.fromEntries(["blue", "violet", "red"].map((name) => [name, rgb(theme.getPropertyValue(`--${name}`))])),
    bars: rgb(getComputedStyle(fill).fill),
    line: corner("#distribution .line canvas"),
    heatmap: corner(".temperatures .heatmap canvas"),
  };
}"""


@pytest.mark.parametrize(("tab", "charts"), [("play", ["bars", "line"]), ("temperatures", ["heatmap"])])
def test_a_chart_is_repainted_when_the_theme_changes(server: str, page: Page, tab: str, charts: list[str]) -> None:
    page.goto(f"{server}{HERE}&tab={tab}")
    page.wait_for_selector({"play": "#distribution[data-step]", "temperatures": ".temperatures .heatmap"}[tab])
    at_one = f"(charts) => {{ const look = ({LOOK})(); return charts.every((name) => look[name] === look.violet); }}"
    page.wait_for_function(at_one, arg=charts)
    before = page.evaluate(LOOK)["violet"]
    for _ in range(2):  # to the other theme and back
        page.get_by_role("button", name=WORDS["theme"]).click()
        page.wait_for_function(f"(before) => ({LOOK})().violet !== before", arg=before)
        page.wait_for_function(at_one, arg=charts)
        before = page.evaluate(LOOK)["violet"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colour_of_the_bars_follows_the_temperature(
    visit: Visit, new_page: Callable[..., Page], theme: str
) -> None:
    page = visit(HERE, new_page(color_scheme=theme))
    ends = {0.0: "blue", 1.0: "violet", float("inf"): "red"}
    warmth = []
    for temperature in (0.0, 0.2, 0.5, 1.0, 1.2, 2.0, float("inf")):
        set_temperature(page, str(temperature).replace("inf", "Infinity"))
        bars(page)
        look = page.evaluate(LOOK)
        assert look["bars"] == look["line"], temperature
        if temperature in ends:
            assert look["bars"] == look[ends[temperature]], temperature
        red, _, blue, _ = map(int, look["bars"].split())
        warmth.append(red - blue)
    assert warmth == sorted(set(warmth)), "from blue through violet to red, no colour twice"
