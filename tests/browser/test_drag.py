"""What a move of the slider costs the browser, in counts, which do not depend on how busy the machine is."""

import json
from collections.abc import Callable
from statistics import median
from typing import Any

from playwright.sync_api import Page

from tests.bench.drag import ASKED, RESTS
from tests.browser.hands import TWO_FRAMES, WORDS, generate, wait_until_painted

POSITIONS = [0.35 + 0.03 * i for i in range(15)]
STEPS = 20  # of the player
GO = f"(place) => {{ window.playground.play.go(place); return ({TWO_FRAMES})(); }}"
TRACED = ["devtools.timeline", "disabled-by-default-devtools.timeline"]


def drag_and_trace(page: Page) -> list[dict[str, Any]]:
    """Drag the slider over the positions, and return the work that the browser recorded for this page meanwhile."""
    rail = page.get_by_role("slider", name=WORDS["temperature"], exact=True).bounding_box()
    browser = page.context.browser
    assert rail is not None
    assert browser is not None

    def go(position: float) -> None:
        page.mouse.move(rail["x"] + rail["width"] * position, rail["y"] + rail["height"] / 2)
        wait_until_painted(page)

    frame = page.context.new_cdp_session(page).send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    go(0.3)
    page.mouse.down()
    go(0.32)
    browser.start_tracing(page=page, categories=TRACED)
    for position in POSITIONS:
        go(position)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    page.mouse.up()
    wait_until_painted(page)
    return [event for event in events if event.get("args", {}).get("beginData", {}).get("frame") == frame]


def test_a_move_of_the_slider_causes_little_style_and_layout_work(page_here: Page) -> None:
    """One style recalculation and one layout a move; a dozen elements, a few more where the figures change.

    When each bar was an element of its own and Generate faded to its new colour, there were six recalculations a
    move, one of 86 elements.
    """
    events = drag_and_trace(page_here)
    styled = [event["args"]["elementCount"] for event in events if event["name"] == "UpdateLayoutTree"]
    laid = [event["args"]["beginData"]["dirtyObjects"] for event in events if event["name"] == "Layout"]
    changes = [count for count in styled if count > 0]
    assert len(POSITIONS) <= len(changes) <= 2 * len(POSITIONS), styled
    assert median(changes) <= 30, styled
    assert sum(changes) <= 40 * len(POSITIONS), styled
    assert len(laid) <= 3 * len(POSITIONS), laid
    assert median(laid) <= 40, laid  # it was 55 when a figure caused a layout of its whole list


def test_a_step_of_the_player_causes_one_layout(visit: Callable[..., Page]) -> None:
    """It caused two: the text's place was read before the rest of the frame was drawn."""
    page = visit("/?model=shakespeare-ngram&prompt=To+be&length=60&seed=5")
    generate(page, 60)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def layouts() -> int:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "LayoutCount")

    page.evaluate(GO, 5)
    before = layouts()
    for place in range(6, 6 + STEPS):
        page.evaluate(GO, place)
    assert STEPS <= layouts() - before <= 1.8 * STEPS


def test_an_idle_page_requests_no_frames(visit: Callable[..., Page], new_page: Callable[..., Page]) -> None:
    """Gradio's loading indicator keeps counting seconds, a frame each, after it disappears."""
    page = new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(ASKED)
    visit("/?model=shakespeare-ngram", page)
    page.wait_for_function(RESTS, polling=100)
    page.evaluate("window.playground.setTemperature(2)")
    wait_until_painted(page)  # an explicitly requested frame still comes


HELD = """(large) => {
  const { store } = window.playground;
  store.setTemperature(1.1);
  return new Promise((done) => requestAnimationFrame(() => {
    // What is still to be drawn comes after a rest, and the model is another one by then.
    const frame = window.requestAnimationFrame;
    const waiting = [];
    window.requestAnimationFrame = (act) => waiting.push(act);
    store.update({ run: large, cursor: large.prompted, shown: large.steps.length });
    setTimeout(() => {
      window.requestAnimationFrame = frame;
      waiting.forEach((act) => frame(act));
      done(waiting.length);
    }, 400);
  }));
}"""


def test_a_deferred_drawing_does_not_mix_two_models(visit: Callable[..., Page], troubles: list[str]) -> None:
    """The rest of a drawing used the old model's symbols with the new model's ids: half of the figures were lost."""
    page = visit("/?model=lua-lstm&prompt=loca")
    page.evaluate("window.large = window.playground.store.state.run")
    page.locator("#model input").fill("names-gru")
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.playground.store.state.run.model === 'names-gru'")
    wait_until_painted(page)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 30})
    for temperature in (0.5, 0.6, 0.7):
        page.evaluate("(t) => window.playground.setTemperature(t)", temperature)
        wait_until_painted(page)
    assert page.evaluate(f"({HELD})(window.large)") > 0
    assert not troubles
    wait_until_painted(page)
    assert page.locator("#figure-likeliest").inner_text()
