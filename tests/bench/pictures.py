"""`python -m tests.bench.pictures [NAME …]`: the README's pictures anew: of the tabs, as they open, and of two charts.

The charts are those of what the kinds cost, in the Shapes tab. They are measured for the picture, so the machine should
have nothing else to do.
"""

import argparse

from playwright.sync_api import FloatRect, Page

from playground.ui.page import TABS
from playground.words import catalogue
from tests.bench.common import REPOSITORY, WAIT_MILLISECONDS, application, chromium

FOLDER = REPOSITORY / "playground" / "ui" / "pictures"
QUIET = 2_000  # milliseconds without a request or a change of what is seen
MEASURED = 300_000  # milliseconds, on a busy machine
WIDE, NARROW = (1440, 900), (1000, 900)  # a tab, and charts whose words are read in the width of a text
# Of a picture of the Shapes tab: the button that measures, and the first and the last of what is to be seen.
CHARTS = {
    "costs": ("#shape-costs button.main >> nth=0", "#shape-costs .keys >> nth=0", "#shape-costs .panels"),
    "gradients": ("#shape-costs button.main >> nth=1", "#shape-costs .back .keys", "#shape-costs .back .plot"),
}
# How likely the most likely symbol is, and may be where Play is taken: one bar shows little, and so do many low ones.
LIKELIEST = """() => {
  const { logits } = window.playground.store.moment();
  const most = Math.max(...logits);
  return 1 / logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
}"""
LIVELY = (0.3, 0.6)
SPACE = 16  # pixels around a chart
TICKS = 44  # pixels under a plot, for its numbers and their unit
ALONE = "#shape-costs :is(.tools, .lost, .table-box) { visibility: hidden }"  # nothing of what is around


def take(page: Page, address: str, tab: str) -> bytes:
    """Open a tab, wait until nothing moves, and take the picture. Play writes a text first, and bends it a little."""
    page.goto(f"{address}?tab={tab}")
    page.wait_for_selector("#distribution[data-step]", state="attached", timeout=WAIT_MILLISECONDS)
    if tab == "play":
        page.locator("#generate").click()
        page.wait_for_function("() => window.playground.store.state.playing", timeout=WAIT_MILLISECONDS)
        page.wait_for_timeout(6_000)
        page.keyboard.press("Space")
        back = page.get_by_role("button", name=catalogue("en")["back"], exact=True)
        while not LIVELY[0] < page.evaluate(LIKELIEST) < LIVELY[1]:
            back.click()
        page.mouse.move(0, 0)
    page.wait_for_load_state("networkidle")
    before = b""
    while (seen := page.screenshot()) != before:
        before = seen
        page.wait_for_timeout(QUIET)
    return before


def take_chart(page: Page, address: str, name: str) -> bytes:
    """Open what the kinds cost, measure it, and take the picture of what was drawn."""
    button, first, last = CHARTS[name]
    page.goto(f"{address}?tab=shapes&shape=costs")
    page.locator(button).click(timeout=WAIT_MILLISECONDS)
    page.locator(f"{button.split(' >> ')[0]}:disabled").wait_for(state="detached", timeout=MEASURED)
    page.locator(last).wait_for()
    page.mouse.move(0, 0)
    page.evaluate("() => document.fonts.ready")
    return page.screenshot(full_page=True, clip=between(page, first, last), style=ALONE)


def between(page: Page, first: str, last: str) -> FloatRect:
    """The part of the page from one element to another that stands below it, with some space around."""
    page.evaluate("() => scrollTo(0, 0)")
    boxes = [page.locator(selector).bounding_box() for selector in (first, last)]
    [top, end] = [box for box in boxes if box]
    left = min(top["x"], end["x"]) - SPACE
    right = max(box["x"] + box["width"] for box in (top, end)) + SPACE
    bottom = end["y"] + end["height"] + SPACE + (TICKS if last.endswith(".plot") else 0)
    return {"x": left, "y": top["y"] - SPACE, "width": right - left, "height": bottom - top["y"] + SPACE}


def main() -> None:
    names = [*TABS, *CHARTS]
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pictures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {' '.join(names)}; else all")
    wanted = parser.parse_args().names or names
    FOLDER.mkdir(exist_ok=True)
    with application(None) as address, chromium() as browser:
        for name in wanted:
            width, height = NARROW if name in CHARTS else WIDE
            context = browser.new_context(viewport={"width": width, "height": height}, locale="en-US")
            seen = (take_chart if name in CHARTS else take)(context.new_page(), address, name)
            (FOLDER / f"{name}.png").write_bytes(seen)
            context.close()


if __name__ == "__main__":
    main()
