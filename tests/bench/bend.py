"""The text under the slider: how often it is written anew while a hand drags, for one visitor and for a class.

One visitor is a real browser whose mouse drags the slider over a text of 200 characters, from cold to hot, and back
over the same temperatures; what counts is each text that was painted whole while the hand moved, and how soon the bars
follow it. A class are clients that do as pages whose hands never rest (web/parts/rewriting.js): one text is under way
and comes to its end, the next is of another temperature; one that waits longer than `SLOW` for a text stops until the
hand lets go, which here it does not. The browser drags once more as one of them.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.bench.clients import Seen, stream
from tests.bench.common import WAIT_MILLISECONDS, application, chromium, figure, median, p95, table

MODEL = "shakespeare-lstm"
STEPS = 200
CLASS = 30
SLOW = 1.5  # seconds without a text after which a page says that the server is too busy, and waits: rewriting.js
STATE = "window.playground.store.state"
# Notes when a text of the slider's was painted, and how long after the move that it is of; and how long the bars took,
# from the first input event that they do not show yet to the end of the frame that does.
WATCH = """() => {
  const { store } = window.playground;
  window.texts = [];
  window.bars = [];
  let since = null;
  document.querySelector("#temperature input[type=range]").addEventListener("input", () => {
    since ??= performance.now();
  }, { capture: true });
  new MutationObserver(() => {
    if (since !== null) window.bars.push(performance.now() - since);
    since = null;
  }).observe(document.querySelector("#distribution"), { attributeFilter: ["data-temperature"] });
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
    seconds, count = (2.0, 3) if quick else (6.0, CLASS)
    with application(app) as address:
        with chromium() as browser:
            found = _browser(browser, address, seconds, count - 1)
        found["clients"] = count
        rates, told = asyncio.run(_class(address, count, seconds))
    return found | {"slowest": min(rates), "median": median(rates), "told": told}


def _browser(browser: Browser, address: str, seconds: float, others: int) -> dict[str, float]:
    """What a page sees that is alone, and then beside so many others."""
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
    left, width = box["x"], box["width"]
    drags = {"alone": _drag(page, seconds, lambda part: page.mouse.move(left + width * (0.2 + 0.6 * part), middle))}
    drags["back"] = _drag(page, seconds, lambda part: page.mouse.move(left + width * (0.8 - 0.6 * part), middle))
    with ThreadPoolExecutor(1) as pool:
        rates = pool.submit(lambda: asyncio.run(_class(address, others, seconds)))
        # By other temperatures than those whose texts the page has.
        among = _drag(page, seconds, lambda part: page.mouse.move(left + width * (0.203 + 0.6 * part), middle))
        rates.result()
    drags["among"] = among
    page.mouse.up()
    page.close()
    return {f"{name}_{part}": value for name, drag in drags.items() for part, value in drag.items()}


def _drag(page: Page, seconds: float, move: Callable[[float], None]) -> dict[str, float]:
    """Texts a second that were painted while the hand moved, of none 0; milliseconds from a move to its text, and to
    its bars. move: takes the mouse to a place from 0 to 1 of its way."""
    page.evaluate("() => void (window.texts = [], window.bars = [])")
    begun = time.perf_counter()
    while (gone := time.perf_counter() - begun) < seconds:
        move(gone / seconds)
    texts, bars = page.evaluate("[window.texts, window.bars]")
    assert all(text["length"] >= STEPS for text in texts)
    took = median([text["took"] for text in texts]) if texts else seconds * 1000
    return {"texts": len(texts) / gone, "took_ms": took, "bars_ms": median(bars), "bars_95_ms": p95(bars)}


async def _class(address: str, count: int, seconds: float) -> tuple[list[float], int]:
    """Texts a second of each of so many clients, and how many of them stopped because the server was too slow."""
    told = 0
    host, port = urlsplit(address).hostname or "", urlsplit(address).port or 80
    end = time.perf_counter() + seconds

    async def drag(number: int) -> float:
        nonlocal told
        done = 0
        while time.perf_counter() < end:
            begun, seen = time.perf_counter(), Seen()
            temperature = 0.3 + (number + done) % 20 / 10
            await stream(host, port, MODEL, STEPS, number, seen, temperature, light=True)
            if time.perf_counter() < end:  # what comes later is not seen while the hand moves
                done += seen.count == STEPS
            if time.perf_counter() - begun > SLOW:
                told += 1
                break
        return done / seconds

    return await asyncio.gather(*(drag(number) for number in range(count))), told


def report(result: dict[str, float]) -> str:
    """The table."""
    head = ["", "texts a second", "a move → its text, median", "a move → its bars, median", "95 %"]
    names = {
        "alone": "one visitor, painted", "back": "the same, on the way back",
        "among": f"the same among {result['clients']:.0f}",
    }  # fmt: skip
    rows = [
        [said, figure(result[f"{name}_texts"])]
        + [f"{figure(result[f'{name}_took_ms'])} ms" if result[f"{name}_texts"] else "–"]
        + [f"{figure(result[f'{name}_{part}'])} ms" for part in ("bars_ms", "bars_95_ms")]
        for name, said in names.items()
    ]
    rows += [
        [f"{result['clients']:.0f} at once, each", figure(result["median"]), "", "", ""],
        ["the slowest of them", figure(result["slowest"]), "", "", ""],
    ]
    return table(head, rows) + (
        f"\n\n{STEPS} characters of `{MODEL}` each, written anew with the same dice. There each temperature is new;"
        "\non the way back the page still has some of their texts. What was painted while the hand moved counts."
        f"\n{result['told']:.0f} of the {result['clients']:.0f} waited {SLOW} s for a text,"
        " after which a page says that the server is too busy."
    )
