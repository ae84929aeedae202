"""The page in Firefox and WebKit: it opens, the slider moves the bars, a text is written and scored, the language
changes."""

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.browser.engines import Engine, firefox, webkit

SECONDS = 60.0
STATE = "window.playground.store.state"
BARS = "[...document.querySelectorAll('#distribution .bars [aria-label]')].map((bar) => bar.ariaLabel).slice(0, 5)"


def wait_for(engine: Engine, expression: str) -> Any:
    """Wait until an expression is true, and return its value."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if found := engine.look(expression):
            return found
        time.sleep(0.1)
    pytest.fail(f"never true: {expression}")


# The drivers use deprecated functions, and leave sockets open.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("started", [firefox, webkit])
def test_the_page_works_in_another_browser(
    started: Callable[[Path], AbstractContextManager[Engine]], server: str, tmp_path: Path
) -> None:
    with started(tmp_path) as engine:
        engine.open(f"{server}/?length=20&lang=en")
        wait_for(engine, "!!document.querySelector('#distribution[data-step]')")
        cold = wait_for(engine, BARS)

        engine.drag("#temperature input[type=range]", 0.8)
        assert engine.look(f"{STATE}.settings.temperature") == pytest.approx(4, abs=0.5)
        wait_for(engine, f"JSON.stringify({BARS}) !== JSON.stringify({json.dumps(cold)})")

        engine.click("#generate")
        wait_for(engine, f"{STATE}.run.steps.length - {STATE}.run.prompted === 20")
        wait_for(engine, f"{STATE}.shown === {STATE}.run.steps.length")
        written = engine.look("document.querySelector('#text').innerText")
        assert "To be or not to b" in written

        engine.click("#header button[lang=ko]")
        wait_for(engine, "document.documentElement.lang === 'ko'")
        wait_for(engine, "document.querySelector('#step').innerText === '한 단계'")
        assert "To be or not to b" in engine.look("document.querySelector('#text').innerText")

        engine.click("#tab-score-button")
        wait_for(engine, "document.querySelectorAll('.score .surprises li').length === 10")
        assert float(engine.look("document.querySelector('.score .score_per_character dd').innerText")) > 1
        assert engine.look("document.querySelectorAll('.score .lines path').length") == 1
