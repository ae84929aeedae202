"""`python -m tests.bench.pictures [TAB …]`: the README's pictures of the tabs, as they open, anew."""

import argparse

from playwright.sync_api import Page

from playground.ui.page import TABS
from tests.bench.common import REPOSITORY, WAIT_MILLISECONDS, application, chromium

FOLDER = REPOSITORY / "playground" / "ui" / "pictures"
QUIET = 2_000  # milliseconds without a request or a change of what is seen


def take(page: Page, address: str, tab: str) -> None:
    """Open a tab, wait until nothing moves, and take the picture. Play writes a text first, and bends it a little."""
    page.goto(f"{address}?tab={tab}")
    page.wait_for_selector("#distribution[data-step]", state="attached", timeout=WAIT_MILLISECONDS)
    if tab == "play":
        page.locator("#generate").click()
        page.wait_for_function("() => window.playground.store.state.playing", timeout=WAIT_MILLISECONDS)
        page.wait_for_timeout(6_000)
        page.keyboard.press("Space")
    page.wait_for_load_state("networkidle")
    before = b""
    while (seen := page.screenshot()) != before:
        before = seen
        page.wait_for_timeout(QUIET)
    (FOLDER / f"{tab}.png").write_bytes(seen)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pictures", description=__doc__)
    parser.add_argument("tabs", nargs="*", metavar="TAB", help=f"some of {' '.join(TABS)}; else all")
    wanted = parser.parse_args().tabs or [*TABS]
    FOLDER.mkdir(exist_ok=True)
    with application(None) as address, chromium() as browser:
        for tab in wanted:
            context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
            take(context.new_page(), address, tab)
            context.close()


if __name__ == "__main__":
    main()
