"""What a visit costs: bytes over the wire, requests and times, of a first and a second visit.

Beside it, in turn, the same of an empty gradio page: that much comes with gradio. The bars are painted before gradio
has built the page; the page's scripts note when (parts/distribution.js).
"""

from typing import Any

from playwright.sync_api import Browser, BrowserContext

from tests.bench.common import WAIT_MILLISECONDS, application, chromium, figure, median, server, table

PAGES = {"ours": "this page", "empty": "an empty gradio page"}
READY = {"ours": "#distribution[data-step]", "empty": "footer"}
VISITS = {"first": "first visit", "second": "second visit, warm cache"}
QUIET_MILLISECONDS = 500  # no byte for so long: the visit is over (gradio's heartbeat never ends)

# Notes when the selector first matches, in the page's own clock.
WATCH = """
new MutationObserver((_, watch) => {
  if (!document.querySelector(%r)) return;
  window.readyAt = performance.now();
  watch.disconnect();
}).observe(document, { subtree: true, childList: true, attributes: true });
"""


def measure(quick: bool, app: str | None = None) -> dict[str, Any]:
    """Medians over fresh browsers' profiles, by page and visit."""
    found: dict[str, list[dict[str, float]]] = {}
    with application(app) as ours, server("-m", "tests.bench.beside", "empty") as (empty, _), chromium() as browser:
        if not quick:  # the very first visitor also waits for the model; counted in none of them
            _visits(browser, ours, "ours")
        for _ in range(1 if quick else 5):
            for page, address in (("ours", ours), ("empty", empty)):
                for visit, figures in _visits(browser, address, page).items():
                    found.setdefault(f"{page}_{visit}", []).append(figures)
    return {which: {key: median(one[key] for one in many) for key in many[0]} for which, many in found.items()}


def _visits(browser: Browser, address: str, page: str) -> dict[str, dict[str, float]]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(WAIT_MILLISECONDS)
    context.add_init_script(WATCH % READY[page])
    figures = {visit: _visit(context, address, READY[page]) for visit in VISITS}
    context.close()
    return figures


def _visit(context: BrowserContext, address: str, ready: str) -> dict[str, float]:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: dict[str, int] = {}  # bytes over the wire by request; 0 where the cache had it
    asked: set[str] = set()
    cached: set[str] = set()

    def sent(event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            asked.add(event["requestId"])

    def headed(event: dict[str, Any]) -> None:
        answer = event["response"]
        if answer.get("fromDiskCache") or answer.get("fromPrefetchCache"):
            cached.add(event["requestId"])
        sizes[event["requestId"]] = int(answer["encodedDataLength"])

    def received(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = sizes.get(event["requestId"], 0) + int(event["encodedDataLength"])

    def finished(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = int(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", sent)
    session.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))
    session.on("Network.responseReceived", headed)
    session.on("Network.dataReceived", received)
    session.on("Network.loadingFinished", finished)
    page.goto(address)
    page.wait_for_selector(ready, state="attached")
    before = -1
    while (now := len(asked) + sum(sizes.values())) != before:
        before = now
        page.wait_for_timeout(QUIET_MILLISECONDS)
    times = page.evaluate(
        "[performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd, window.readyAt,"
        " performance.getEntriesByName('first-paint')[0].startTime,"
        " ...performance.getEntriesByName('bars').map((mark) => mark.startTime)]"
    )
    page.close()
    wire = asked - cached
    return {
        "bytes": float(sum(sizes.get(request, 0) for request in wire)),
        "requests": float(len(wire)),
        "content_ms": times[0],
        "ready_ms": times[1],
        "paint_ms": times[2],
        **({"bars_ms": times[3]} if times[3:] else {}),
    }


def report(result: dict[str, Any]) -> str:
    rows = []
    for visit, when in VISITS.items():
        for page, name in PAGES.items():
            one = result[f"{page}_{visit}"]
            rows.append([
                f"{name}, {when}", f"{one['bytes'] / 1000:,.0f} kB", f"{one['requests']:.0f}",
                f"{figure(one['content_ms'])} ms", f"{figure(one['paint_ms'])} ms",
                f"{figure(one['bars_ms'])} ms" if "bars_ms" in one else "", f"{figure(one['ready_ms'])} ms",
            ])  # fmt: skip
    extra = result["ours_first"]["bytes"] - result["empty_first"]["bytes"]
    ours = {visit: result[f"ours_{visit}"] for visit in VISITS}
    after = {visit: figure(one["bars_ms"] - one["paint_ms"]) for visit, one in ours.items()}
    head = ["", "over the wire", "requests", "DOMContentLoaded", "first paint", "bars painted", "page built"]
    return (
        table(head, rows)
        + f"\n\nOurs adds {extra / 1000:,.0f} kB to what gradio itself weighs. Bytes are as sent, compressed, with"
        + "\nheaders; the empty page is built when its footer stands."
        + f"\nThe bars stand {after['first']} ms after the first paint, and {after['second']} ms with a warm cache."
    )
