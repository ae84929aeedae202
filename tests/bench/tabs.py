"""From a click on a tab, or on a card of the Shapes tab, to what it shows by default: on a warm server, in a new page.

Everything was opened once by another visitor, as in a class: models are in memory, and answers that are kept are. The
page rests before each click, and the tab's own script and style are fetched by it.
"""

from typing import Any

from playwright.sync_api import Browser, Page

from tests.bench.common import WAIT_MILLISECONDS, application, chromium, figure, median, table
from tests.bench.drag import ASKED, RESTS

ROUNDS = 5
# What is there once the default content is, as JavaScript, by tab; and by section of the Shapes tab, whose first one
# opens with it.
TABS = {
    "temperatures": "all('.column-figures dd').length === 16 && all('.temperatures .ways tbody tr').length",
    "models": "all('.compared .nats b').length"
    " && all('.compared .nats b').every((nats) => /\\d/.test(nats.textContent))"
    " && all('.models .same .cells').length === all('.models .same section').length"
    " && all('.models .same .cells').every((cells) => cells.querySelector('.cell:not(.given)'))",
    "search": "all('.search .tree text.best').length && all('.search .writing.beam .letters > *').length",
    "score": "all('.score .surprises li').length",
    "shapes": "all('#shape-one .letters-plot button').length",
}
SECTIONS = {
    "names": "all('#shape-names .names tbody td').length",
    "review": "all('#shape-review .letters span').length",
    "step": "all('#shape-step .diagram text.of-output').length",
    "translate": "all('#shape-translate .letters:not(.source) .letter').length",
    "gap": "all('#shape-gap .sides > :nth-child(2) .bar').length",
    "pairs": "all('#shape-pairs .piece').length",
    "costs": "all('#shape-costs button.main').length",
}
# Clicks, and gives the milliseconds until a frame in which the content stands, which comes within a minute or never.
OPEN = """(async ([button, shows]) => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const stands = new Function("all", `return ${shows}`);
  const begun = performance.now();
  document.querySelector(button).click();
  while (!stands(all)) {
    if (performance.now() - begun > 60_000) throw new Error(`${button} does not show ${shows}`);
    await new Promise((done) => requestAnimationFrame(done));
  }
  return performance.now() - begun;
})"""


def measure(quick: bool, app: str | None = None) -> dict[str, Any]:
    """Seconds by tab and section: medians."""
    found: dict[str, list[float]] = {}
    with application(app) as address, chromium() as browser:
        if not quick:
            _opened(browser, address)  # counted in none
        for _ in range(1 if quick else ROUNDS):
            for name, seconds in _opened(browser, address).items():
                found.setdefault(name, []).append(seconds)
    return {name: median(seconds) for name, seconds in found.items()}


def _opened(browser: Browser, address: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(WAIT_MILLISECONDS)
    page = context.new_page()
    page.add_init_script(ASKED)
    page.goto(address)
    page.wait_for_selector("#distribution[data-step]", state="attached")
    seconds = {name: _open(page, f"#tab-{name}-button", shows) for name, shows in TABS.items()}
    for name, shows in SECTIONS.items():
        seconds[f"shapes, {name}"] = _open(page, f"[data-shape={name}]", shows)
    context.close()
    return seconds


def _open(page: Page, button: str, shows: str) -> float:
    """Click once the page rests. Seconds."""
    page.wait_for_function(RESTS, polling=100)
    return float(page.evaluate(OPEN, [button, shows])) / 1000


def report(result: dict[str, Any]) -> str:
    rows = [(f"`{name}`", f"{figure(seconds)} s") for name, seconds in result.items()]
    about = f"Medians of {ROUNDS} new pages on a warm server; nobody else asks. `shapes` opens with its first section."
    return f"{table(('tab', 'click → its default content'), rows)}\n\n{about}"
