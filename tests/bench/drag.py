"""From a move of the temperature slider to the painted bars: our page, beside slider → Python → gr.Plot.

A real mouse drags both sliders. Our page is left alone first, until it rests. Each move waits until the last one is
painted, so that the time of one move is measured and no queue. Time runs from the `input` event to the end of the
first frame that shows the change. Scripts, styles and layout are the browser's own counts of its main thread. Our page
is measured with a second model too, a small one with the 50,257 tokens of GPT-2, and once more with the processor
slowed six times, as a cheap phone is.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession

from tests import small_gpt2
from tests.bench.common import WAIT_MILLISECONDS, application, chromium, figure, median, p95, server, table

MOVES = 60
FROM, TO = 0.35, 0.8  # of the slider: T from 0.5 to 4, where every move changes some bar that can be seen
SCRIPT = Path(__file__).with_name("drag.js").read_text("utf-8")
SLOWED = 6
# When a page last asked for a frame, and whether that is long ago. Gradio's sign of loading goes on asking a while.
ASKED = """(() => {
  const ask = window.requestAnimationFrame;
  window.requestAnimationFrame = (act) => {
    window.asked = performance.now();
    return ask.call(window, act);
  };
})()"""
RESTS = "() => performance.now() - window.asked > 700"
WAYS = {
    "ours": "this page",
    "slow": f"this page, processor slowed {SLOWED} times",
    "tokens": f"this page, {small_gpt2.SIZE:,} tokens",
    "plot": "`gr.Slider` → Python → `gr.Plot`",
}
OURS = {"slider": "#temperature input[type=range]", "ready": "#distribution[data-step]"}
PLOT = {"slider": "#slider input[type=range]", "ready": "#chart .bars .point path"}
COMMIT = "5" * 40
TOKENS = f"?model=someone/small@{COMMIT}&prompt=the rest is"
COUNTS = {"ScriptDuration": "script_ms", "RecalcStyleDuration": "style_ms", "LayoutDuration": "layout_ms"}


def measure(quick: bool, app: str | None = None) -> dict[str, Any]:
    """Milliseconds from input to painting, and requests, for each way."""
    moves, rounds = (6, 1) if quick else (MOVES // 2, 2)
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    with (
        application(app) as ours,
        _with_tokens() as tokens,
        server("-m", "tests.bench.beside", "plot") as (plot, _),
        chromium() as browser,
    ):
        for _ in range(rounds):  # in turn, half of the moves each time
            for way, address in (("ours", ours), ("slow", ours), ("tokens", tokens + TOKENS), ("plot", plot)):
                found[way].append(_drag(browser, address, way, moves))
    return {way: _together(halves) for way, halves in found.items()}


@contextmanager
def _with_tokens() -> Iterator[str]:
    """The address of our page, with a model of tokens among what it has fetched."""
    with tempfile.TemporaryDirectory() as home:
        small_gpt2.write(Path(home) / "hub" / "models--someone--small" / "snapshots" / COMMIT)
        with server("app.py", HF_HOME=home, PLAYGROUND_HUB_TOKEN="visitors") as (address, _):
            yield address


def _together(halves: list[dict[str, Any]]) -> dict[str, Any]:
    times = [time for half in halves for time in half["times"]]
    others = {name: sum(half[name] for half in halves) / len(times) for name in halves[0] if name != "times"}
    return {"moves": len(times), "median_ms": median(times), "p95_ms": p95(times), **others}


def _drag(browser: Browser, address: str, way: str, moves: int) -> dict[str, Any]:
    """The times of each move, and sums over all of them of everything else."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(WAIT_MILLISECONDS)
    page.add_init_script(ASKED)
    page.goto(address)
    kind, parts = ("plot", PLOT) if way == "plot" else ("ours", OURS)
    page.wait_for_selector(parts["ready"], state="attached")
    if kind == "ours":
        page.wait_for_function(RESTS, polling=100)
    page.evaluate(SCRIPT)
    page.evaluate("([slider, kind]) => window.bench.begin(slider, kind)", [parts["slider"], kind])
    box = page.locator(parts["slider"]).bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)

    # The browser is told of the mouse directly: Playwright's own drag runs a script in the page after each move.
    def mouse(kind: str, part: float) -> None:
        at = {"x": box["x"] + box["width"] * part, "y": middle, "button": "left", "buttons": 1, "clickCount": 1}
        session.send("Input.dispatchMouseEvent", {"type": kind, **at})

    def go(part: float) -> None:
        with page.expect_console_message(lambda message: message.text == "painted"):
            mouse("mouseMoved", part)

    # Two moves that are not counted: the press, and what is only done once.
    mouse("mousePressed", 0.5)
    for part in (0.45, 0.4):
        go(part)
    begun = len(page.evaluate("window.bench.moves"))

    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    session.send("Performance.enable")
    if way == "slow":
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    before = _counts(session)
    for move in range(moves):
        go(FROM + (TO - FROM) * move / moves)
    after = _counts(session)
    mouse("mouseReleased", TO)
    times = page.evaluate(
        "(begun) => window.bench.moves.slice(begun).map((t) => window.bench.paintings.find((p) => p > t) - t)", begun
    )
    page.close()
    return {"times": times, "requests": len(requests), **{name: after[name] - before[name] for name in after}}


def _counts(session: CDPSession) -> dict[str, float]:
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    return {name: 1000 * metrics[metric] for metric, name in COUNTS.items()}


def report(result: dict[str, Any]) -> str:
    """The table, and the ratio in words."""
    head = ["", "input → painted, median", "p95", "requests a move", "scripts", "styles", "layout"]
    rows = []
    for way, name in WAYS.items():
        took = result[way]
        times = [f"{figure(took[key])} ms" for key in ("median_ms", "p95_ms")]
        parts = [f"{figure(took[key])} ms" for key in COUNTS.values()]
        rows.append([name, *times, f"{took['requests']:.3g}", *parts])
    usual = result["plot"]["median_ms"] / result["ours"]["median_ms"]
    tokens = result["tokens"]["median_ms"] / result["ours"]["median_ms"]
    return (
        table(head, rows)
        + f"\n\n{result['ours']['moves']} moves of a real mouse each; the usual way takes {usual:.1f} times as long,"
        + f"\nGPT-2's {small_gpt2.SIZE:,} tokens {tokens:.2f} times (medians)."
        + "\nScripts, styles and layout are the main thread's own time a move, mean; a frame is 16.7 ms."
    )
