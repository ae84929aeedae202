"""What reading and writing cost: a keystroke in a long prompt, a long run, the first character, and an end.

A real keyboard types into a prompt of a thousand characters; a keystroke's time runs from its `input` event to the end
of the first frame that shows the new text and its bars. Bytes are as the browser counts them, with headers. The time to
an end runs from the click on Stop until the writer on the server has ended. `BEFORE` is the page as it was when these
requests were gradio's events: the keystroke on another day, the rest on a busy machine. So they compare roughly.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.bench.common import WAIT_MILLISECONDS, application, chromium, figure, median, server, table

LENGTH = 1_000  # characters of the prompt
STEPS = 2_000
TEXT = ("To be, or not to be, that is the question:\nWhether 'tis nobler in the mind to suffer\n" * 12)[:LENGTH]
ROW = 65 * 4 + 4 + 8  # bytes of a step: the logits of 65 characters, the id, and u
MODEL = "shakespeare-lstm"

STATE = "window.playground.store.state"
PAINTED = """() => {
  const { store } = window.playground;
  const moment = store.moment();
  return Boolean(moment) && document.querySelector("#distribution").dataset.step === String(moment.number);
}"""
# Notes when the box hears a key, and the end of the first frame that shows what it made.
WATCH = """(expected) => {
  const { store } = window.playground;
  window.took = null;
  let begun = 0;
  addEventListener("input", () => { begun = performance.now(); }, { capture: true, once: true });
  const cells = () => document.querySelectorAll("#text .cell").length;
  const look = () => requestAnimationFrame(() => {
    const { run } = store.state;
    if (begun && run.text.length === expected) {
      requestAnimationFrame(() => setTimeout(() => { window.took = performance.now() - begun; }));
    } else look();
  });
  look();
}"""
FIRST = """() => new Promise((done) => {
  const { store } = window.playground;
  const before = store.state.run;
  const begun = performance.now();
  const end = store.subscribe(({ run }) => {
    if (run === before || run.steps.length === run.prompted) return;
    end();
    done(performance.now() - begun);
  });
  document.querySelector("#generate").click();
})"""

BEFORE: dict[str, float] = {"key_ms": 263, "key_down": 363_000, "first_ms": 325, "end_ms": 117}


class Wire:
    """Bytes that a page gets and sends from now on."""

    def __init__(self, page: Page) -> None:
        self.down: dict[str, dict[str, float]] = {}
        self.up = 0.0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.responseReceived", self._answered)
        session.on("Network.dataReceived", self._came)
        session.on("Network.loadingFinished", self._finished)

    def _note(self, event: dict[str, Any]) -> dict[str, float]:
        return self.down.setdefault(event["requestId"], {"head": 0, "data": 0, "all": 0, "packed": 0})

    def _sent(self, event: dict[str, Any]) -> None:
        self.up += len(event["request"].get("postData", "").encode())

    def _answered(self, event: dict[str, Any]) -> None:
        headers = {name.lower() for name in event["response"]["headers"]}
        self._note(event).update(head=event["response"]["encodedDataLength"], packed="content-encoding" in headers)

    def _came(self, event: dict[str, Any]) -> None:
        self._note(event)["data"] += event["dataLength"]

    def _finished(self, event: dict[str, Any]) -> None:
        self._note(event)["all"] = event["encodedDataLength"]

    def total(self) -> float:
        """Of an answer that is still coming the browser tells only its decoded bytes."""
        return sum(max(one["all"], one["head"] + (0 if one["packed"] else one["data"])) for one in self.down.values())


def measure(quick: bool, app: str | None = None) -> dict[str, Any]:
    """Milliseconds and bytes, medians."""
    with application(app) as ours, chromium() as browser:
        found = _typed(browser, ours, 3 if quick else 15)
        found |= _written(browser, ours, 1 if quick else 3)
    with _noting() as (address, folder), chromium() as browser:
        found["end_ms"] = _ended(browser, address, folder, 1 if quick else 5)
    return found


def _open(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(WAIT_MILLISECONDS)
    page.goto(f"{address}?model={MODEL}&prompt=To be&length={STEPS}&seed=5")
    page.wait_for_selector("#distribution[data-step]")
    return page


def _typed(browser: Browser, address: str, keys: int) -> dict[str, float]:
    page = _open(browser, address)
    box = page.locator("#prompt textarea")
    box.fill(TEXT)
    page.wait_for_function(f"text => {STATE}.run.text === text", arg=TEXT)
    box.press("Control+End")
    page.wait_for_timeout(500)
    times, down, up = [], [], []
    for key in range(keys):
        wire = Wire(page)
        page.evaluate(WATCH, LENGTH + key + 1)
        page.keyboard.type("abcdefghij"[key % 10])
        page.wait_for_function("window.took !== null")
        page.wait_for_timeout(400)  # what follows of the answer
        times.append(page.evaluate("window.took"))
        down.append(wire.total())
        up.append(wire.up)
    page.close()
    return {"key_ms": median(times), "key_down": median(down), "key_up": median(up)}


def _written(browser: Browser, address: str, times: int) -> dict[str, float]:
    first, down = [], []
    for _ in range(times):
        page = _open(browser, address)
        page.get_by_label("Speed").fill("1")
        wire = Wire(page)
        first.append(page.evaluate(FIRST))
        page.wait_for_function(f"() => !{STATE}.busy && {STATE}.run.steps.length === {STATE}.run.prompted + {STEPS}")
        page.wait_for_timeout(500)
        down.append(wire.total())
        page.close()
    return {"first_ms": median(first), "run_down": median(down), "run_ratio": median(down) / (STEPS * ROW)}


@contextmanager
def _noting() -> Iterator[tuple[str, Path]]:
    """An app that writes slowly, and notes when its writers end."""
    with tempfile.TemporaryDirectory() as folder, server("-m", "tests.browser.troubled", TROUBLES=folder) as (at, _):
        yield at, Path(folder)


def _ended(browser: Browser, address: str, folder: Path, times: int) -> float:
    took = []
    for n in range(times):
        page = _open(browser, address)
        page.locator("#generate").click()
        page.wait_for_function(f"() => {STATE}.busy && {STATE}.shown > {STATE}.run.prompted + 2")
        begun = time.perf_counter()
        page.evaluate("document.querySelector('#stop').click()")
        while (folder / "writers").read_text().count("ended") <= n:
            time.sleep(0.001)
        took.append(1000 * (time.perf_counter() - begun))
        page.close()
    return median(took)


def report(result: dict[str, Any]) -> str:
    """The table, old beside new."""
    rows = [
        (f"a keystroke after {LENGTH:,} characters → painted", "key_ms", "ms"),
        ("bytes that it gets", "key_down", ""),
        ("bytes that it sends", "key_up", ""),
        (f"bytes of a run of {STEPS:,} steps", "run_down", ""),
        (f"the same ÷ its raw size, {ROW} bytes a step", "run_ratio", ""),
        ("Generate → the first character is here", "first_ms", "ms"),
        ("Stop → the server's job has ended", "end_ms", "ms"),
    ]

    def told(value: float | None, unit: str) -> str:
        return "" if value is None else f"{figure(value)} {unit}".strip()

    lines = [[name, told(BEFORE.get(key), unit), told(result[key], unit)] for name, key, unit in rows]
    return table(["", "before", "now"], lines) + f"\n\n`{MODEL}`, medians; bytes as sent, with headers."
