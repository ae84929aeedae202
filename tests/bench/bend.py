"""The text under the slider: how often it is written anew while a hand drags, for one visitor and for a class.

One visitor is a real browser whose mouse drags the slider over a text of 200 characters, from cold to hot, and back
over the same temperatures; what counts is each text that was painted whole. A class are clients that ask for one text
after the other, each at another temperature, as pages do whose hands never rest.
"""

import asyncio
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.bench.clients import Seen, stream
from tests.bench.common import WAIT_MILLISECONDS, application, chromium, figure, median, table

MODEL = "shakespeare-lstm"
STEPS = 200
CLASS = 30
STATE = "window.playground.store.state"
# Notes when a text of the slider's was painted, and how long after the move that it is of.
WATCH = """() => {
  const { store } = window.playground;
  window.texts = [];
  const moved = new Map();
  store.subscribe(({ settings }, patch) => {
    if (patch.settings) moved.set(settings.temperature, performance.now());
    if (!patch.draft) return;
    const { temperature } = patch.draft.settings;
    const { length } = patch.draft.steps;
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
      const now = performance.now();
      window.texts.push({ at: now, took: now - moved.get(temperature), length });
    })));
  });
}"""


def measure(quick: bool, app: str | None = None) -> dict[str, float]:
    """Texts a second, and milliseconds from a move to its text."""
    seconds, count = (1.0, 3) if quick else (6.0, CLASS)
    with application(app) as address:
        with chromium() as browser:
            found = _alone(browser, address, seconds)
        found["clients"] = count
        rates = asyncio.run(_class(address, count, seconds))
    return found | {"slowest": min(rates), "median": median(rates)}


def _alone(browser: Browser, address: str, seconds: float) -> dict[str, float]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(WAIT_MILLISECONDS)
    page.goto(f"{address}?model={MODEL}&length={STEPS}&seed=5")
    page.wait_for_selector("#distribution[data-step]")
    page.get_by_label("Speed").fill("1")
    page.locator("#generate").click()
    page.wait_for_function(f"() => {STATE}.run.steps.length - {STATE}.run.prompted === {STEPS} && !{STATE}.busy")
    page.wait_for_function(f"() => !{STATE}.playing")
    page.evaluate(WATCH)
    box = page.locator("#temperature input[type=range]").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    there = _drag(page, seconds, lambda part: page.mouse.move(box["x"] + box["width"] * (0.2 + 0.6 * part), middle))
    back = _drag(page, seconds, lambda part: page.mouse.move(box["x"] + box["width"] * (0.8 - 0.6 * part), middle))
    page.mouse.up()
    page.close()
    return {
        "alone": there["a_second"],
        "back": back["a_second"],
        "took_ms": there["took_ms"],
        "took_back_ms": back["took_ms"],
    }


def _drag(page: Page, seconds: float, move: Callable[[float], None]) -> dict[str, float]:
    """Texts a second that were painted while the hand moved, and milliseconds from a move to its text. On a machine
    that is too busy for one text the hand goes on. move: takes the mouse to a place from 0 to 1 of its way."""
    page.evaluate("() => void (window.texts = [])")
    begun = time.perf_counter()
    while (gone := time.perf_counter() - begun) < seconds or not page.evaluate("window.texts.length"):
        assert gone < WAIT_MILLISECONDS / 1000, "no text was painted"
        move(abs(gone / seconds % 2 - 1) if gone > seconds else gone / seconds)
    gone = time.perf_counter() - begun
    texts = page.evaluate("window.texts")
    assert all(text["length"] >= STEPS for text in texts)
    return {"a_second": len(texts) / gone, "took_ms": median([text["took"] for text in texts])}


async def _class(address: str, count: int, seconds: float) -> list[float]:
    host, port = urlsplit(address).hostname or "", urlsplit(address).port or 80
    end = time.perf_counter() + seconds

    async def drag(number: int) -> float:
        done = 0
        while time.perf_counter() < end:
            seen = Seen()
            temperature = 0.3 + (number + done) % 20 / 10
            await stream(host, port, MODEL, STEPS, number, seen, temperature, light=True)
            done += seen.count == STEPS
        return done / seconds

    return await asyncio.gather(*(drag(number) for number in range(count)))


def report(result: dict[str, float]) -> str:
    """The table."""
    head = ["", "texts a second", "a move → its text, median"]
    rows = [
        ["one visitor, painted", figure(result["alone"]), f"{figure(result['took_ms'])} ms"],
        ["the same, on the way back", figure(result["back"]), f"{figure(result['took_back_ms'])} ms"],
        [f"{result['clients']:.0f} at once, each", figure(result["median"]), ""],
        ["the slowest of them", figure(result["slowest"]), ""],
    ]
    return table(head, rows) + (
        f"\n\n{STEPS} characters of `{MODEL}` each, written anew with the same dice. There each temperature is new;"
        "\non the way back the page still has some of their texts."
    )
